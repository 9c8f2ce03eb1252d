/* Training without a folder: steps, means and codes stay in this program.
 *     cc train_in_memory.c $(pkg-config --cflags --libs lowbend) -lm && ./a.out */
#include <lowbend/lowbend.h>
#include <math.h>
#include <stdio.h>

enum { PAIRS = 4, PIXELS = 3, LATENT = 3 };

/* How far apart the codes of nearby points are, against their true distance. */
static enum lb_status show_stretch(struct lb_trainer *trainer)
{
    float images[2][PAIRS][PIXELS], codes[2][PAIRS][LATENT], distance[PAIRS];
    const struct lb_pairs_params params = {.epsilon = 0.3, .min_distance = 0.1, .seed = 7};
    const struct lb_pairs pairs = {.x = images[0][0], .y = images[1][0], .distance = distance};
    enum lb_status s = lb_dataset_pairs(lb_trainer_dataset(trainer), &params, PAIRS, &pairs);
    s = s ? s : lb_network_apply(lb_trainer_encoder(trainer), images[0][0], 2 * PAIRS, codes[0][0]);
    for (int i = 0; i < PAIRS && !s; i++) {
        float *x = codes[0][i], *y = codes[1][i];
        printf("true distance %.4f, latent distance %.4f\n", distance[i],
               sqrt(pow(x[0] - y[0], 2) + pow(x[1] - y[1], 2) + pow(x[2] - y[2], 2)));
    }
    return s;
}

static enum lb_status train(struct lb_trainer *trainer)
{
    struct lb_trainer_state now = {0};
    struct lb_means means = {0};
    enum lb_status s = lb_trainer_get_state(trainer, &now);
    while (!s && !now.finished) {
        s = lb_trainer_step(trainer, 100);
        s = s ? s : lb_trainer_means(trainer, &means);
        s = s ? s : lb_trainer_get_state(trainer, &now);
        if (s) {
            return s;
        }
        printf("%s step %d: loss %.5f\n", lb_phase_name(now.phase), now.step, means.loss);
        if (now.step == now.steps) {
            s = lb_trainer_evaluate(trainer, &means);   // on pairs that were never trained on
            s = s ? s : lb_trainer_next_phase(trainer); // the decoder, then finished
            s = s ? s : lb_trainer_get_state(trainer, &now);
            if (!s) {
                printf("evaluated: %.5f +- %.5f\n", means.loss, means.stderr_loss);
            }
        }
    }
    return s ? s : show_stretch(trainer);
}

int main(void)
{
    struct lb_context *ctx = NULL;
    struct lb_device *device = NULL;
    struct lb_trainer *trainer = NULL;
    struct lb_train_params params;
    lb_train_params_default(&params);
    snprintf(params.dataset, sizeof params.dataset, "sphere");
    params.latent = LATENT;
    params.steps = params.decoder_steps = 300;
    params.log_every = 100;
    params.hidden[0] = params.hidden[1] = 64;
    params.hidden_count = 2;
    enum lb_status s = lb_context_create(&ctx, NULL);
    s = s ? s : lb_device_open(&device, ctx, NULL); // NULL: the best there is
    s = s ? s : lb_trainer_create(&trainer, device, &params);
    s = s ? s : train(trainer);
    if (s) { // a call that fails leaves its text in the context
        fprintf(stderr, "train_in_memory: %s\n", ctx ? lb_context_error(ctx) : "out of memory");
    }
    lb_trainer_destroy(&trainer); // what was made last goes first; NULL is fine
    lb_device_close(&device);
    lb_context_destroy(&ctx);
    return s;
}
