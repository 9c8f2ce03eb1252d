/*
 * The fused loss and gradient of small networks against the general way, which test_chain checks
 * against differences in double: batches that fill blocks and work-items and that do not, layers
 * narrower and wider than vectors, none hidden. The two ways add up in different orders; latents
 * differ by roundings, which the second quotient magnifies by 8 / d^2 <= 89: see test_chain.c. Its
 * gradient magnifies them by that again: an ulp of a latent near 1 is 0.3 * 2 * 89^2 * 2^-24 =
 * 3e-4. Many pairs average this out, one pair does not.
 */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "mlp_reference.h"
#include "trainer_support.h"

#define TOLERANCE          1e-4
#define TOLERANCE_ONE_PAIR 5e-4

struct net {
    int hidden[4];
    int count;
    int latent;
    enum lb_activation activation;
};

static void make_params(struct lb_train_params *params, const struct net *net, int pairs)
{
    lb_train_params_default(params);
    params->gemm = LB_GEMM_PANEL;
    params->epsilon = 0.5;
    params->min_distance = 0.3;
    params->lambda = 0.3;
    params->c = 0.5;
    params->latent = net->latent;
    params->activation = net->activation;
    memset(params->hidden, 0, sizeof params->hidden);
    memcpy(params->hidden, net->hidden, sizeof net->hidden);
    params->hidden_count = net->count;
    params->pairs = pairs;
    params->steps = 4;
    params->decoder_steps = 0;
    params->lr = 1e-30; // too small to change anything
    params->log_every = 3;
    params->seed = 4;
}

static float *take_step(const struct device_fixture *fixture, struct lb_trainer *trainer,
                        struct lb_means *means)
{
    take_one_step(fixture, trainer, LB_PHASE_ENCODER, 1, means);
    return encoder_gradient(fixture, trainer);
}

static void compare(const struct device_fixture *fixture, struct lb_dataset *dataset,
                    const struct net *net, int pairs)
{
    char what[64];
    struct lb_train_params params;
    struct lb_means means[3];
    make_params(&params, net, pairs);
    snprintf(what, sizeof what, "%d layers, %d pairs", net->count + 1, pairs);
    struct lb_trainer *trainer = start_trainer(fixture, dataset, NULL, &params);
    const size_t n = trainer->encoder.network->layers.block_size;
    assert_ptr_equal(trainer->strategy, &lb_fused_step);
    float *fused = take_step(fixture, trainer, &means[0]);
    float *again = take_step(fixture, trainer, &means[1]);
    trainer->strategy = &lb_layerwise_step;
    float *general = take_step(fixture, trainer, &means[2]);
    double *want = allocate(n, sizeof *want);
    for (size_t i = 0; i < n; i++) {
        want[i] = (double)general[i];
    }
    assert_memory_equal(fused, again, n * sizeof *fused);
    assert_memory_equal(&means[0].loss, &means[1].loss, sizeof means[0].loss);
    check_near(what, 0, means[0].term[0], means[2].term[0], 1e-4 * means[2].term[0]);
    check_near(what, 1, means[0].term[1], means[2].term[1], 1e-4 * means[2].term[1]);
    check_floats(what, fused, want, n, pairs == 1 ? TOLERANCE_ONE_PAIR : TOLERANCE);
    free(fused);
    free(again);
    free(general);
    free(want);
    lb_trainer_destroy(&trainer);
}

static void fused_is_the_general_way(void **state)
{
    static const struct net nets[] = {
        {{0}, 0, 3, LB_ELU},
        {{64, 64}, 2, 3, LB_ELU},
        {{5, 33, 8, 17}, 4, 9, LB_TANH}, // slopes from the activations
        {{5, 33, 8, 17}, 4, 9, LB_RELU},
        {{5, 33, 8, 17}, 4, 9, LB_SILU}, // stored slopes
        {{5, 33, 8, 17}, 4, 9, LB_SOFTPLUS},
        {{5, 33, 8, 17}, 4, 9, LB_SIGMOID},
        {{64, 64}, 2, 3, LB_SILU},
        {{16}, 1, 16, LB_ELU},
        {{64}, 1, 3, LB_ELU},          // in place, then copied
        {{32, 32, 32}, 3, 16, LB_ELU}, // all in place
    };
    static const int pairs[] = {1, 16, 17, 129, 1100};
    const struct device_fixture *fixture = *state;
    const struct lb_dataset_params sphere = {.name = "sphere"};
    struct lb_dataset *dataset = NULL;
    require_ok(fixture, lb_dataset_open(&dataset, fixture->device, &sphere));
    for (size_t i = 0; i < LB_COUNT(nets); i++) {
        for (size_t k = 0; k < LB_COUNT(pairs); k++) {
            compare(fixture, dataset, &nets[i], pairs[k]);
        }
    }
    lb_dataset_close(&dataset);
}

/* Networks that do not fit into a cache use the general path, and so do products by CLBlast. */
static void only_small_networks_are_fused(void **state)
{
    const struct device_fixture *fixture = *state;
    static const int hidden[] = {64};
    const struct lb_mlp small = {3, hidden, 1, 3, LB_ELU, LB_LINEAR};
    const struct lb_mlp large = {4096, hidden, 1, 3, LB_ELU, LB_LINEAR};
    const struct lb_mlp curved = {3, hidden, 1, 3, LB_ELU, LB_SIGMOID};
    const struct {
        const struct lb_mlp *mlp;
        enum lb_gemm_kind gemm;
        bool pays;
    } cases[] = {{&small, LB_GEMM_PANEL, true},
                 {&small, LB_GEMM_CLBLAST, false},
                 {&large, LB_GEMM_PANEL, false},
                 {&curved, LB_GEMM_PANEL, false}};
    for (size_t i = 0; i < LB_COUNT(cases); i++) {
        struct lb_gemm *gemm = NULL;
        if (!lb_gemm_is_built(cases[i].gemm)) {
            continue;
        }
        require_ok(fixture, lb_gemm_create(&gemm, fixture->device, cases[i].gemm));
        struct lb_network *network = mlp_create(fixture, gemm, cases[i].mlp);
        assert_int_equal(lb_fused_pays(fixture->device, &network->layers, cases[i].gemm),
                         cases[i].pays && fixture->device->info.type == LB_DEVICE_CPU);
        lb_network_destroy(&network);
        lb_gemm_destroy(&gemm);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fused_is_the_general_way),
        cmocka_unit_test(only_small_networks_are_fused),
    };
    return cmocka_run_group_tests_name("fused", tests, open_device_fixture, close_device_fixture);
}
