/* Trains in memory, without a RUN folder.
 *     cc train_in_memory.c $(pkg-config --cflags --libs lowbend) -lm && ./a.out */
#include <lowbend/lowbend.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { PAIRS = 4, PIXELS = 3, LATENT = 3 };
static struct lb_context *ctx;

static void check(enum lb_status status)
{
    if (status != LB_OK) { // the context holds the error text
        fprintf(stderr, "train_in_memory: %s\n", ctx ? lb_context_error(ctx) : "out of memory");
        exit(1);
    }
}

int main(void)
{
    struct lb_device *device;
    struct lb_trainer *trainer;
    struct lb_trainer_state now;
    struct lb_means means;
    struct lb_train_params params;
    lb_train_params_default(&params);
    check(lb_context_create(&ctx, NULL));
    check(lb_train_params_set(ctx, &params, "dataset", "sphere"));
    check(lb_train_params_set(ctx, &params, "hidden", "64,64"));
    params.latent = LATENT;
    params.steps = params.decoder_steps = 300;
    check(lb_device_open(&device, ctx, NULL)); // NULL: the best device
    check(lb_trainer_create(&trainer, device, &params));
    for (check(lb_trainer_get_state(trainer, &now)); !now.finished;) {
        check(lb_trainer_step(trainer, 100));
        check(lb_trainer_means(trainer, &means));
        check(lb_trainer_get_state(trainer, &now));
        printf("%s step %d: loss %.5f\n", lb_phase_name(now.phase), now.step, means.loss);
        if (now.step == now.steps) {
            check(lb_trainer_evaluate(trainer, &means)); // on fresh pairs
            printf("evaluated: %.5f +- %.5f\n", means.loss, means.stderr_loss);
            check(lb_trainer_next_phase(trainer)); // to the decoder, and then to the end
            check(lb_trainer_get_state(trainer, &now));
        }
    }
    float x[2][PAIRS][PIXELS], z[2][PAIRS][LATENT], d[PAIRS]; // images, codes, true distances
    const struct lb_pairs pairs = {.x = x[0][0], .y = x[1][0], .distance = d};
    const struct lb_pairs_params draw = {.epsilon = 0.3, .min_distance = 0.1};
    check(lb_dataset_pairs(lb_trainer_dataset(trainer), &draw, PAIRS, &pairs));
    check(lb_network_apply(lb_trainer_encoder(trainer), x[0][0], 2 * PAIRS, z[0][0]));
    for (int i = 0; i < PAIRS; i++) {
        const float *a = z[0][i], *b = z[1][i];
        printf("true distance %.4f, latent distance %.4f\n", d[i],
               hypot(hypot(b[0] - a[0], b[1] - a[1]), b[2] - a[2]));
    }
    lb_trainer_destroy(&trainer); // in reverse order of creation
    lb_device_close(&device);
    lb_context_destroy(&ctx);
    return 0;
}
