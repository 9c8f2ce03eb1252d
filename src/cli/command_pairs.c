/* lowbend pairs: makes user pairs from images alone. */
#include <math.h>
#include <stdio.h>

#include "image_options.h"

struct pairs_options {
    const char *images;
    const char *out;
    long long neighbours;
    long long pairs;
    struct image_options reading;
    struct lb_image_pairs_params params;
};

static int print_json(struct cli *cli, const struct lb_image_pairs *found,
                      const struct lb_train_params *suggested)
{
    json_t *json = json_pack(
        "{s:I s:[i,i,i] s:f s:f s:I s:I s:f s:f s:f s:I s:I s:I s:f s:f s:f s:f s:f s:f}", "images",
        (json_int_t)found->images, "shape", found->shape[0], found->shape[1], found->shape[2],
        "low", found->low, "high", found->high, "copies", (json_int_t)found->copies, "edges",
        (json_int_t)found->edges, "median_edge", found->median_edge, "longest_edge",
        found->longest_edge, "epsilon", found->epsilon, "candidates", (json_int_t)found->candidates,
        "within", (json_int_t)found->within, "pairs", (json_int_t)found->written, "smallest",
        found->smallest, "largest", found->largest, "offset_candidates", found->offset_candidates,
        "offset_mean", found->offset_mean, "offset_max", found->offset_max, "bending_bias",
        found->bending_bias);
    if (json != NULL &&
        (json_object_set_new(json, "suggested_epsilon", json_real(found->largest)) != 0 ||
         json_object_set_new(json, "suggested_lambda", json_real(suggested->lambda)) != 0)) {
        json_decref(json);
        json = NULL;
    }
    return cli_print_json(json) ? EXIT_DONE : cli_out_of_memory(cli);
}

static void print_lines(const struct pairs_options *o, const struct lb_image_pairs *found)
{
    if (found->vectors) {
        printf("%-10s %zu, each a row of %d numbers", "images", found->images, found->shape[2]);
    } else {
        printf("%-10s %zu of %dx%dx%d", "images", found->images, found->shape[0], found->shape[1],
               found->shape[2]);
    }
    printf(" from %.3g to %.3g, ", found->low, found->high);
    if (found->copies > 0) {
        printf("%zu of them duplicates, ", found->copies);
    }
    printf("%zu edges, median length %.4g, longest %.4g\n", found->edges, found->median_edge,
           found->longest_edge);
    printf("%-10s %zu with an image between them within epsilon %.4g, %zu of these with one within "
           "%g of the middle\n",
           "found", found->candidates, found->epsilon, found->within, o->params.tolerance);
    printf("%-10s %zu pairs, distances %.4g to %.4g\n", "written", found->written, found->smallest,
           found->largest);
    printf("%-10s the average is %.3g of d off the middle, at most %.3g: bending %.3g\n", "bias",
           found->offset_mean, found->offset_max, found->bending_bias);
}

/* Settings that train uses for the file by default, in the units of its distances. */
static int suggest(struct cli *cli, const char *file, struct lb_train_params *params)
{
    lb_train_params_default(params);
    snprintf(params->dataset, sizeof params->dataset, "%s", file);
    return cli_finish(cli, lb_train_params_recommend(cli->device, params, NULL));
}

static int make_pairs(struct cli *cli, const struct pairs_options *o)
{
    struct lb_image_pairs found;
    struct lb_train_params suggested;
    const struct lb_source_path source = {o->images, image_options_kind(&o->reading)};
    int exit_status = cli_check_output(cli, o->out, &source, 1);
    if (exit_status == EXIT_DONE) {
        exit_status = cli_open_device(cli);
    }
    if (exit_status == EXIT_DONE) {
        exit_status = cli_finish(
            cli, lb_image_pairs_make(cli->device, o->images, o->out, &o->params, &found));
    }
    if (exit_status == EXIT_DONE) {
        exit_status = suggest(cli, o->out, &suggested);
    }
    if (exit_status != EXIT_DONE) {
        return exit_status;
    }
    const bool any_values = o->reading.scale > 0.0 && (found.low < 0.0 || found.high > 1.0);
    cli_note(cli, "%s written (train on it: lowbend train %s%s --out RUN)", o->out, o->out,
             any_values ? " --scale 1" : "");
    if (cli->json) {
        return print_json(cli, &found, &suggested);
    }
    print_lines(o, &found);
    printf("%-10s epsilon %.4g and lambda %.4g: the largest distance and its square, which train "
           "uses by default\n",
           "suggested", found.largest, suggested.lambda);
    return EXIT_DONE;
}

int command_pairs(struct cli *cli, int argc, char **argv)
{
    struct pairs_options o = {0};
    lb_image_pairs_params_default(&o.params);
    o.neighbours = o.params.neighbours;
    o.pairs = (long long)o.params.pairs;
    const struct option_row options[] = {
        {.name = "out",
         .placeholder = "FILE",
         .help = "the .safetensors file to write (required)",
         .kind = OPTION_TEXT,
         .target = &o.out},
        {.name = "neighbours",
         .placeholder = "K",
         .help = "connect each image to its K nearest neighbours (default 8)",
         .kind = OPTION_INTEGER,
         .target = &o.neighbours,
         .low = 1,
         .high = LB_NEIGHBOURS_MAX},
        {.name = "epsilon",
         .placeholder = "NUMBER",
         .help = "largest distance of a pair (default: four times the median edge length)",
         .kind = OPTION_NUMBER,
         .target = &o.params.epsilon,
         .open_low = true,
         .high = INFINITY},
        {.name = "tolerance",
         .placeholder = "NUMBER",
         .help = "largest offset of the average from the midpoint, as a fraction of the distance "
                 "(default 0.05)",
         .kind = OPTION_NUMBER,
         .target = &o.params.tolerance,
         .open_low = true,
         .high = 0.49},
        {.name = "pairs",
         .placeholder = "N",
         .help = "maximum number of pairs to write, chosen at random (default 10000)",
         .kind = OPTION_INTEGER,
         .target = &o.pairs,
         .low = 1,
         .high = UINT32_MAX},
        IMAGE_ROWS(&o.reading),
    };
    const struct syntax syntax = {
        .arguments = "IMAGES --out FILE",
        .summary = "Makes pairs from images without known distances: a graph connects similar "
                   "images, the distance of a\n"
                   "pair is the length of the shortest path, and its average is the image on that "
                   "path closest to the\n"
                   "midpoint. IMAGES is a picture or a folder of pictures (PNG, JPEG, BMP, PGM, "
                   "PPM), in numeric order:\n"
                   "2.png before 10.png; an .npy array; or a .safetensors or .npz file with "
                   "`images`: (n,H,W,C), (n,H,W)\n"
                   "or (n,D), of any dtype (uint8 means 0..255, uint16 0..65535).\n"
                   "FILE gets `x`, `y`, `average`, `distance` and `index` (n,3), the numbers of "
                   "the three images.\n"
                   "The bending in the output is what even a perfect flat embedding would show, "
                   "because averages are off\n"
                   "the midpoint. lambda is in units of d squared: by default, train uses the "
                   "square of the largest d.",
        .example = "lowbend pairs images.npy --neighbours 8 --out pairs.safetensors",
        .options = options,
        .option_count = COUNT(options),
        .positional_min = 1,
        .positional_max = 1,
        .prints_results = true,
    };
    int exit_status = cli_parse(cli, &syntax, argc, argv, &o.images);
    if (exit_status != CLI_CONTINUE) {
        return exit_status;
    }
    if (o.out == NULL || o.out[0] == '\0') {
        return cli_usage(cli, "missing option: --out must be given");
    }
    exit_status = cli_check_array_name(cli, o.out, false);
    if (exit_status == CLI_CONTINUE) {
        exit_status = image_options_read(cli, &o.reading, &o.params.read);
    }
    if (exit_status != CLI_CONTINUE) {
        return exit_status;
    }
    o.params.neighbours = (int)o.neighbours;
    o.params.pairs = (size_t)o.pairs;
    o.params.seed = cli->seed;
    return make_pairs(cli, &o);
}
