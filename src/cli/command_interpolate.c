/* lowbend interpolate: decoded straight latent paths, true geodesic images, pixel blends. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataset_options.h"
#include "command_interpolate.h"
#include "measuring.h"
#include "numbers.h"
#include "system.h"

/* The runs to interpolate: RUN, then those of --compare. */
struct runs {
    struct lb_run *items[1 + OPTION_LIST_MAX];
    size_t count;
};

/* Parses "1,2,4": increasing positive numbers. */
static bool parse_distances(struct interpolate_options *o)
{
    char number[64];
    const char *at = o->distances;
    bool more = true;
    while (more) {
        const size_t length = strcspn(at, ",");
        double value = 0.0;
        if (length >= sizeof number || o->count == LB_INTERPOLATION_DISTANCES) {
            return false;
        }
        memcpy(number, at, length);
        number[length] = '\0';
        const double last = o->count > 0 ? o->multiples[o->count - 1] : 0.0;
        if (!parse_number(number, &value) || !(value > last)) {
            return false;
        }
        o->multiples[o->count++] = value;
        more = at[length] == ',';
        at += length + more;
    }
    return true;
}

/* The errors as in eval.json, without off_manifold, which only `lowbend eval` computes. */
static json_t *error_row(const struct lb_interpolation_errors *errors)
{
    json_t *row = json_object();
    for (size_t i = 0; i < lb_interpolation_number_count(); i++) {
        const struct lb_number_info number = lb_interpolation_number_at(i);
        const struct lb_estimate value = lb_interpolation_number(errors, i);
        char error_key[64];
        snprintf(error_key, sizeof error_key, "%s_stderr", number.key);
        if ((number.needs & LB_NEEDS_SEARCH) != 0) {
            continue;
        }
        if (json_object_set_new(row, number.key, json_number(value.mean)) != 0 ||
            (number.has_error &&
             json_object_set_new(row, error_key, json_number(value.standard_error)) != 0)) {
            json_decref(row);
            return NULL;
        }
    }
    return row;
}

/* {"run", "label", "interpolation": [...]}, the last one as in eval.json. */
static json_t *run_object(const struct lb_interpolation *interpolation, size_t run,
                          const char *path)
{
    json_t *array = json_array();
    const struct lb_interpolation_errors *errors = lb_interpolation_errors(interpolation, run);
    for (size_t i = 0; i < lb_interpolation_count(interpolation); i++) {
        if (json_array_append_new(array, error_row(&errors[i])) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return json_pack("{s:s, s:s, s:o}", "run", path, "label",
                     lb_interpolation_label(interpolation, run), "interpolation", array);
}

static bool print_json(const struct interpolate_options *o, const struct runs *runs,
                       const struct lb_interpolation *interpolation)
{
    json_t *array = json_array();
    for (size_t i = 0; i < runs->count; i++) {
        const char *path = i == 0 ? o->run : o->compare.items[i - 1];
        if (json_array_append_new(array, run_object(interpolation, i, path)) != 0) {
            json_decref(array);
            return false;
        }
    }
    return cli_print_json(json_pack("{s:s, s:f, s:I, s:o}", "dataset",
                                    lb_dataset_get_info(lb_run_dataset(runs->items[0]))->name,
                                    "epsilon", lb_run_params(runs->items[0])->epsilon, "pairs",
                                    (json_int_t)o->pairs, "runs", array));
}

/* A column of the table: its own name, or a run's label plus a suffix. */
static void print_head(const char *label, const char *more)
{
    const int width = (int)(strlen(label) + strlen(more));
    printf("  %*s%s%s", width < 16 ? 16 - width : 0, "", label, more);
}

static void print_cell(const char *label, const char *more, double value)
{
    const int width = (int)(strlen(label) + strlen(more));
    printf("  %*.4g", width < 16 ? 16 : width, value);
}

static void print_table(const struct runs *runs, const struct lb_interpolation *interpolation)
{
    static const char geodesic[] = ", geodesic";
    const struct lb_interpolation_errors *first = lb_interpolation_errors(interpolation, 0);
    printf("mean squared error per pixel against the images of the geodesic\n"
           "%-10s",
           "distance");
    for (size_t r = 0; r < runs->count; r++) {
        const char *label = lb_interpolation_label(interpolation, r);
        print_head(label, "");
        if (isfinite(lb_interpolation_errors(interpolation, r)[0].geodesic_mse.mean)) {
            print_head(label, geodesic);
        }
    }
    print_head("blended pixels", "");
    for (size_t i = 0; i < lb_interpolation_count(interpolation); i++) {
        printf("\n%-10.4g", first[i].distance);
        for (size_t r = 0; r < runs->count; r++) {
            const struct lb_interpolation_errors *errors =
                &lb_interpolation_errors(interpolation, r)[i];
            const char *label = lb_interpolation_label(interpolation, r);
            print_cell(label, "", errors->image_mse.mean);
            if (isfinite(errors->geodesic_mse.mean)) {
                print_cell(label, geodesic, errors->geodesic_mse.mean);
            }
        }
        print_cell("blended pixels", "", first[i].blend_mse.mean);
    }
    putchar('\n');
}

static enum lb_status open_runs(struct cli *cli, const struct interpolate_options *o,
                                struct runs *runs)
{
    enum lb_status status = LB_OK;
    for (size_t i = 0; i <= o->compare.count && status == LB_OK; i++) {
        const char *path = i == 0 ? o->run : o->compare.items[i - 1];
        status = lb_run_open_with(&runs->items[i], cli->device, path, &o->files);
        runs->count += status == LB_OK;
    }
    return status;
}

static int run(struct cli *cli, const struct interpolate_options *o)
{
    struct measuring measuring = {.cli = cli};
    const struct lb_interpolation_params params = {
        .multiples = o->multiples,
        .count = o->count,
        .pairs = (size_t)o->pairs,
        .seed = cli->seed,
        .progress = measuring_show,
        .user = &measuring,
    };
    struct runs runs = {0};
    struct lb_interpolation *interpolation = NULL;
    int exit_status = cli_open_device(cli);
    if (exit_status != EXIT_DONE) {
        return exit_status;
    }
    signals_catch();
    enum lb_status status = open_runs(cli, o, &runs);
    if (status == LB_OK) {
        status = lb_interpolation_create(&interpolation, runs.items, runs.count, &params);
    }
    if (status == LB_OK) {
        status = lb_interpolation_write_picture(interpolation, o->out);
    }
    exit_status = cli_finish(cli, status);
    if (exit_status == EXIT_DONE && !cli->json) {
        print_table(&runs, interpolation);
    } else if (exit_status == EXIT_DONE && !print_json(o, &runs, interpolation)) {
        exit_status = cli_out_of_memory(cli);
    }
    if (exit_status == EXIT_DONE) {
        const struct lb_device_info *device = lb_device_get_info(cli->device);
        cli_note(cli, "%s written (device %s, %s)", o->out, device->selector, device->name);
    }
    lb_interpolation_destroy(&interpolation);
    for (size_t i = 0; i < runs.count; i++) {
        lb_run_close(&runs.items[i]);
    }
    return exit_status;
}

static int interpolate_geodesics(struct cli *cli, struct interpolate_options *o)
{
    if (o->picture != NULL || o->between != NULL || o->frames != 0 || o->loop ||
        o->reading.scale > 0.0 || o->reading.layout != NULL || o->reading.size > 0 ||
        o->reading.background != NULL || o->reading.recursive) {
        return cli_usage(cli, "--picture, --between, --frames, --loop and the options for reading "
                              "images need RUN IMAGES");
    }
    if (o->out == NULL || o->out[0] == '\0') {
        return cli_usage(cli, "missing option: --out must be given");
    }
    if (!cli_names_picture(o->out)) {
        return cli_not_a_picture(cli, "out", o->out);
    }
    if (o->distances != NULL && !parse_distances(o)) {
        return cli_usage(cli,
                         "--distances '%s': must be a list of at most %d increasing positive "
                         "numbers, such as 1,2,4",
                         o->distances, LB_INTERPOLATION_DISTANCES);
    }
    o->pairs = o->pairs > 0 ? o->pairs : 256;
    struct lb_source_path sources[1 + OPTION_LIST_MAX] = {{o->run, LB_PATH_RUN}};
    for (size_t i = 0; i < o->compare.count; i++) {
        sources[1 + i] = (struct lb_source_path){o->compare.items[i], LB_PATH_RUN};
    }
    const int exit_status = cli_check_output(cli, o->out, sources, 1 + o->compare.count);
    return exit_status == EXIT_DONE ? run(cli, o) : exit_status;
}

int command_interpolate(struct cli *cli, int argc, char **argv)
{
    struct interpolate_options o = {0};
    const char *positionals[2] = {NULL, NULL};
    const struct option_row options[] = {
        {.name = "out",
         .placeholder = "FILE",
         .help = "the .png file to write (required); with IMAGES, the .npy or .safetensors file of "
                 "the frames",
         .kind = OPTION_TEXT,
         .target = &o.out},
        {.name = "distances",
         .placeholder = "LIST",
         .help = "distances of the end points, increasing, in units of RUN's epsilon (default "
                 "1,2,3,4, as far as the manifold allows)",
         .kind = OPTION_TEXT,
         .target = &o.distances},
        {.name = "compare",
         .placeholder = "RUN",
         .help = "another RUN of the same dataset to compare on the same pairs; may be repeated "
                 "(default: none)",
         .kind = OPTION_LIST,
         .target = &o.compare},
        {.name = "pairs",
         .placeholder = "N",
         .help = "pairs of points at each distance (default 256)",
         .kind = OPTION_INTEGER,
         .target = &o.pairs,
         .low = 1,
         .high = 1e9},
        run_dataset_row(&o.files),
        run_mesh_row(&o.files),
        {.name = "picture",
         .placeholder = "FILE",
         .help = "with IMAGES: a .png file with key frames, decoded lines and blended pixels "
                 "(default: none)",
         .kind = OPTION_TEXT,
         .target = &o.picture},
        {.name = "frames",
         .placeholder = "K",
         .help = "with IMAGES: frames from one key frame to the next, including both (default 9)",
         .kind = OPTION_INTEGER,
         .target = &o.frames,
         .low = 2,
         .high = 1e9},
        {.name = "between",
         .placeholder = "LIST",
         .help = "with IMAGES: separate lines between rows FROM:TO, numbered from 0, such as "
                 "0:5,3:9 (default: one path through all rows)",
         .kind = OPTION_TEXT,
         .target = &o.between},
        {.name = "loop",
         .help = "with IMAGES: close the path from the last row to the first (default off)",
         .kind = OPTION_FLAG,
         .target = &o.loop},
        IMAGE_ROWS(&o.reading),
    };
    const struct syntax syntax = {
        .arguments = "RUN [IMAGES] --out FILE",
        .summary = "Interpolates between two images along the straight line of their latent codes "
                   "and draws, for\n"
                   "several distances, the true images along the geodesic, the decoded line, and a "
                   "pixel blend, and\n"
                   "below them the image error over distance, which it also prints. Once `lowbend "
                   "geometry RUN` has\n"
                   "trained the projection, it adds the geodesic of the latent manifold.\n"
                   "IMAGES is an array or pictures as for encode, or codes as for decode. Its rows "
                   "are key frames of a\n"
                   "path of straight latent lines, whose lengths it prints. A .safetensors file "
                   "gets `images` (n,H,W,C),\n"
                   "`latent` (n,l), `line` (n), the number of the line, and `t` (n), the position "
                   "on it from 0 to 1;\n"
                   "an .npy file gets only the images. Each key frame of the path occurs once.",
        .example = "lowbend interpolate RUN images.npy --out frames.npy --picture strips.png",
        .options = options,
        .option_count = COUNT(options),
        .positional_min = 1,
        .positional_max = 2,
        .prints_results = true,
    };
    const int exit_status = cli_parse(cli, &syntax, argc, argv, positionals);
    if (exit_status != CLI_CONTINUE) {
        return exit_status;
    }
    o.run = positionals[0];
    o.images = positionals[1];
    return o.images != NULL ? interpolate_images(cli, &o) : interpolate_geodesics(cli, &o);
}
