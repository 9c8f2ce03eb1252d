/* A program on the library: trains on a dataset of its own, then encodes images it never saw.
 *     cc example.c $(pkg-config --cflags --libs lowbend) && ./a.out pendulum.cl RUN */
#include <lowbend/lowbend.h>
#include <stdio.h>
#include <stdlib.h>

enum { IMAGES = 10, LATENT = 3 };

static bool show(void *user, const struct lb_progress *now)
{
    printf("%s step %d: loss %.4f\n", lb_phase_name(now->phase), now->step, now->loss);
    return now->step < *(const int *)user; // false stops the training, with a checkpoint
}

static bool encode(struct lb_run *run)
{
    const struct lb_dataset_info *info = lb_dataset_get_info(lb_run_dataset(run));
    const int pixels = info->height * info->width * info->channels;
    float *points = malloc(sizeof(float) * IMAGES * (size_t)info->point_size);
    float *images = malloc(sizeof(float) * IMAGES * (size_t)pixels);
    float code[IMAGES][LATENT];
    const bool done = lb_dataset_points(lb_run_dataset(run), 1, IMAGES, points) == LB_OK &&
                      lb_dataset_render(lb_run_dataset(run), points, IMAGES, images) == LB_OK &&
                      lb_network_apply(lb_run_encoder(run), images, IMAGES, code[0]) == LB_OK;
    for (int i = 0; done && i < IMAGES; i++) {
        printf("code %+.4f %+.4f %+.4f\n", code[i][0], code[i][1], code[i][2]);
    }
    free(points);
    free(images);
    return done;
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
    snprintf(params.dataset, sizeof params.dataset, "%s", argc == 3 ? argv[1] : "sundial");
    params.latent = LATENT;
    params.steps = 300;
    params.decoder_steps = 0;
    const bool done = argc == 3 && lb_context_create(&ctx, NULL) == LB_OK && // a failed call leaves
                      lb_device_open(&device, ctx, NULL) == LB_OK && // its text in the context
                      lb_train(device, &params, argv[2], &control) == LB_OK &&
                      lb_run_open(&run, device, argv[2]) == LB_OK && encode(run);
    if (!done) {
        fprintf(stderr, "example: %s\n", ctx ? lb_context_error(ctx) : "takes DATASET and RUN");
    }
    lb_run_close(&run); // what was made last goes first; NULL is fine
    lb_device_close(&device);
    lb_context_destroy(&ctx);
    return done ? 0 : 1;
}
