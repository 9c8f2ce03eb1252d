/* Uses the library to train on a user-defined dataset and to export the encoder.
 *     cc example.c $(pkg-config --cflags --libs lowbend) && ./a.out pendulum.cl RUN model.onnx */
#include <lowbend/lowbend.h>
#include <stdio.h>

static bool show(void *user, const struct lb_progress *now)
{
    printf("%s step %d: loss %.4f\n", lb_phase_name(now->phase), now->step, now->means.loss);
    return now->step < *(const int *)user; // false stops the training, with a checkpoint
}

int main(int argc, char **argv)
{
    int last = 1000000;
    const struct lb_train_control control = {.progress = show, .user = &last, .overwrite = true};
    struct lb_context *ctx = NULL;
    struct lb_device *device = NULL;
    struct lb_run *run = NULL;
    struct lb_train_params params;
    lb_train_params_default(&params);
    snprintf(params.dataset, sizeof params.dataset, "%s", argc > 1 ? argv[1] : "");
    params.latent = 3;
    params.steps = 300;
    params.decoder_steps = 0;

    const bool done = argc == 4 && lb_context_create(&ctx, NULL) == LB_OK &&
                      lb_device_open(&device, ctx, NULL) == LB_OK && // NULL: the best device
                      lb_train(device, &params, argv[2], &control) == LB_OK &&
                      lb_run_open(&run, device, argv[2]) == LB_OK &&
                      lb_run_write_latent(run) == LB_OK && // RUN/latent.safetensors
                      lb_run_export_onnx(run, LB_EXPORT_ENCODER, argv[3]) == LB_OK;
    if (!done) { // the context holds the error text
        fprintf(stderr, "example: %s\n", ctx ? lb_context_error(ctx) : "DATASET RUN MODEL");
    }
    lb_run_close(&run); // in reverse order of creation; NULL is allowed
    lb_device_close(&device);
    lb_context_destroy(&ctx);
    return done ? 0 : 1;
}
