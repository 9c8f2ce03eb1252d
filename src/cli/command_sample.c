/* lowbend sample: writes pairs of nearby points with their images, midpoints and distances. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "dataset_options.h"
#include "system.h"

struct sample_options {
    struct dataset_options dataset;
    const char *out;
    long long pairs;
    double epsilon;
    double min_distance;
};

/* Arrays of n pairs in one allocation: images, points, distances. */
struct sample {
    float *data;
    struct lb_pairs pairs;
};

static bool multiply(size_t *product, size_t factor)
{
    if (factor != 0 && *product > SIZE_MAX / factor) {
        return false;
    }
    *product *= factor;
    return true;
}

static int allocate(struct cli *cli, struct sample *sample, const struct lb_dataset_info *info,
                    size_t n)
{
    const size_t image = (size_t)info->height * (size_t)info->width * (size_t)info->channels;
    const size_t point = (size_t)info->point_size;
    size_t floats = 3 * image + 3 * point + 1;
    const bool fits = multiply(&floats, n) && floats <= system_memory() / sizeof(float);
    sample->data = fits ? malloc(floats * sizeof(float)) : NULL;
    if (sample->data == NULL) {
        cli_error(cli,
                  "sample: %zu pairs of %dx%dx%d images do not fit into memory (use a "
                  "smaller --pairs or --size)",
                  n, info->height, info->width, info->channels);
        return EXIT_FAILED;
    }
    float *next = sample->data;
    float **const images[] = {&sample->pairs.x, &sample->pairs.y, &sample->pairs.average};
    float **const points[] = {&sample->pairs.point_x, &sample->pairs.point_y,
                              &sample->pairs.point_average};
    for (size_t i = 0; i < COUNT(images); i++) {
        *images[i] = next;
        next += n * image;
    }
    for (size_t i = 0; i < COUNT(points); i++) {
        *points[i] = next;
        next += n * point;
    }
    sample->pairs.distance = next;
    return EXIT_DONE;
}

static struct lb_tensor image_tensor(const char *name, const float *data, size_t n,
                                     const struct lb_dataset_info *info)
{
    struct lb_tensor tensor = {.name = name, .dtype = LB_F32, .rank = 4, .data = data};
    tensor.shape[0] = n;
    tensor.shape[1] = (size_t)info->height;
    tensor.shape[2] = (size_t)info->width;
    tensor.shape[3] = (size_t)info->channels;
    if (info->height == 1 && info->width == 1) { // point datasets: (n, D)
        tensor.rank = 2;
        tensor.shape[1] = (size_t)info->channels;
    }
    return tensor;
}

static struct lb_tensor point_tensor(const char *name, const float *data, size_t n,
                                     const struct lb_dataset_info *info)
{
    struct lb_tensor tensor = {.name = name, .dtype = LB_F32, .rank = 2, .data = data};
    tensor.shape[0] = n;
    tensor.shape[1] = (size_t)info->point_size;
    return tensor;
}

static enum lb_status write_sample(struct cli *cli, const struct sample_options *o,
                                   const struct lb_dataset_info *info, const struct lb_pairs *pairs,
                                   const char *min_distance)
{
    const size_t n = (size_t)o->pairs;
    const struct lb_tensor tensors[] = {
        image_tensor("x", pairs->x, n, info),
        image_tensor("y", pairs->y, n, info),
        image_tensor("average", pairs->average, n, info),
        {.name = "distance", .dtype = LB_F32, .rank = 1, .shape = {n}, .data = pairs->distance},
        point_tensor("point_x", pairs->point_x, n, info),
        point_tensor("point_y", pairs->point_y, n, info),
        point_tensor("point_average", pairs->point_average, n, info),
    };
    char epsilon[32];
    char seed[32];
    snprintf(epsilon, sizeof epsilon, "%.9g", o->epsilon);
    snprintf(seed, sizeof seed, "%" PRIu64, cli->seed);
    const struct lb_metadata metadata[] = {
        {"dataset", info->name},
        {"epsilon", epsilon},
        {"min_distance", min_distance},
        {"seed", seed},
    };
    return lb_tensor_file_write(cli->ctx, o->out, tensors, COUNT(tensors), metadata,
                                COUNT(metadata));
}

static int draw_and_write(struct cli *cli, const struct sample_options *o,
                          struct lb_dataset *dataset)
{
    const struct lb_dataset_info *info = lb_dataset_get_info(dataset);
    const struct lb_pairs_params params = {
        .epsilon = o->epsilon,
        .min_distance = o->min_distance,
        .seed = cli->seed,
    };
    struct sample sample = {0};
    int exit_status = allocate(cli, &sample, info, (size_t)o->pairs);
    if (exit_status != EXIT_DONE) {
        return exit_status;
    }
    char min_distance[32];
    snprintf(min_distance, sizeof min_distance, "%.9g",
             o->min_distance < 0.0 ? o->epsilon / 10.0 : o->min_distance);
    enum lb_status status = lb_dataset_pairs(dataset, &params, (size_t)o->pairs, &sample.pairs);
    if (status == LB_OK) {
        status = write_sample(cli, o, info, &sample.pairs, min_distance);
    }
    exit_status = cli_finish(cli, status);
    free(sample.data);
    if (exit_status == EXIT_DONE) {
        const struct lb_device_info *device = lb_device_get_info(cli->device);
        cli_note(cli, "%lld pairs of %s written to %s (device %s, %s)", o->pairs, info->name,
                 o->out, device->selector, device->name);
    }
    return exit_status;
}

static int run(struct cli *cli, struct sample_options *o)
{
    struct lb_dataset *dataset = NULL;
    int exit_status = dataset_options_check_output(cli, &o->dataset, o->out);
    if (exit_status == EXIT_DONE) {
        exit_status = dataset_options_open(cli, &o->dataset, &dataset);
    }
    if (exit_status == EXIT_DONE && o->epsilon == 0.0) {
        struct lb_train_params params;
        exit_status = dataset_options_recommend(cli, &o->dataset, &params);
        o->epsilon = params.epsilon;
    }
    if (exit_status == EXIT_DONE) {
        exit_status = draw_and_write(cli, o, dataset);
    }
    lb_dataset_close(&dataset);
    return exit_status;
}

int command_sample(struct cli *cli, int argc, char **argv)
{
    struct sample_options o = {.min_distance = -1.0};
    const struct option_row options[] = {
        {.name = "pairs",
         .placeholder = "N",
         .help = "number of pairs (required)",
         .kind = OPTION_INTEGER,
         .target = &o.pairs,
         .low = 1,
         .high = 1e15},
        {.name = "out",
         .placeholder = "FILE",
         .help = "the .safetensors file to write (required)",
         .kind = OPTION_TEXT,
         .target = &o.out},
        {.name = "epsilon",
         .placeholder = "NUMBER",
         .help = "largest distance of a pair, below the injectivity radius (default: the dataset's "
                 "epsilon, as in train)",
         .kind = OPTION_NUMBER,
         .target = &o.epsilon,
         .high = 1e308,
         .open_low = true},
        {.name = "min-distance",
         .placeholder = "NUMBER",
         .help = "smallest distance of a pair; 0 is allowed (default epsilon/10)",
         .kind = OPTION_NUMBER,
         .target = &o.min_distance,
         .high = 1e308},
        DATASET_ROWS(&o.dataset),
    };
    const struct syntax syntax = {
        .arguments = "DATASET --pairs N --out FILE",
        .summary = "Draws pairs of nearby points and writes their images x and y, the image "
                   "`average` of their geodesic\n"
                   "midpoint, their distance, and the points (point_x, point_y, point_average).\n"
                   "DATASET is a built-in name (see lowbend datasets) or the path of a .cl file.",
        .example = "lowbend sample sphere --pairs 100000 --out pairs.safetensors",
        .options = options,
        .option_count = COUNT(options),
        .positional_min = 1,
        .positional_max = 1,
    };
    int exit_status = cli_parse(cli, &syntax, argc, argv, &o.dataset.name);
    if (exit_status != CLI_CONTINUE) {
        return exit_status;
    }
    if (o.pairs == 0 || o.out == NULL || o.out[0] == '\0') {
        return cli_usage(cli, "missing option: --pairs and --out must be given");
    }
    exit_status = cli_check_array_name(cli, o.out, false);
    return exit_status == CLI_CONTINUE ? run(cli, &o) : exit_status;
}
