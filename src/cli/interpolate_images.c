/* lowbend interpolate RUN IMAGES, geodesic, exponential: latent lines between images of a file. */
#include "command_interpolate.h"
#include "measuring.h"
#include "numbers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES_PRINTED = 20 };

/* "0:5,3:9" */
struct lines {
    struct lb_key_frames *items;
    size_t count;
};

/* Parses a number before a colon, a comma or the end, and leaves *at there. */
static bool parse_row(const char **at, size_t *row)
{
    char number[24];
    long long value = 0;
    const size_t length = strcspn(*at, ":,");
    if (length >= sizeof number) {
        return false;
    }
    memcpy(number, *at, length);
    number[length] = '\0';
    if (!parse_integer(number, &value) || value < 0) {
        return false;
    }
    *row = (size_t)value;
    *at += length;
    return true;
}

static bool parse_lines(const char *text, struct lines *lines)
{
    const char *at = text;
    for (bool more = true; more;) {
        struct lb_key_frames *line = &lines->items[lines->count];
        if (!parse_row(&at, &line->from) || *at != ':') {
            return false;
        }
        at++;
        if (!parse_row(&at, &line->to)) {
            return false;
        }
        lines->count++;
        more = *at == ',';
        at += more;
    }
    return *at == '\0';
}

static json_t *line_object(const struct lb_latent_line *line, bool geodesic)
{
    json_t *object = json_pack("{s:I, s:I, s:o, s:o}", "from", (json_int_t)line->from, "to",
                               (json_int_t)line->to, "length",
                               json_number(geodesic ? line->curve_length : line->length),
                               "image_distance", json_number(line->image_distance));
    json_t *more = geodesic
                       ? json_pack("{s:o, s:o, s:o, s:i, s:b}", "distance",
                                   json_number(line->length), "energy", json_number(line->energy),
                                   "residual", json_number(line->residual), "iterations",
                                   line->iterations, "converged", line->converged)
                       : json_object();
    if (object == NULL || json_object_update(object, more) != 0) {
        json_decref(object);
        object = NULL;
    }
    json_decref(more);
    return object;
}

static bool print_json(const struct interpolate_options *o, const struct lb_latent_path *path,
                       double length)
{
    json_t *array = json_array();
    for (size_t i = 0; i < lb_latent_path_lines(path); i++) {
        const struct lb_latent_line line = lb_latent_path_line(path, i);
        if (json_array_append_new(array, line_object(&line, o->geodesic)) != 0) {
            json_decref(array);
            return false;
        }
    }
    json_t *object = json_pack("{s:I, s:o, s:o}", "frames", (json_int_t)lb_latent_path_frames(path),
                               "length", json_number(length), "lines", array);
    if (o->images == NULL && json_object_set_new(object, "d", json_number(o->distance)) != 0) {
        json_decref(object);
        return false;
    }
    return cli_print_json(object);
}

static void print_table(const struct interpolate_options *o, const struct lb_latent_path *path,
                        double length)
{
    const bool geodesic = o->geodesic;
    const size_t n = lb_latent_path_lines(path);
    printf("%10s %10s  %16s  %16s", "from row", "to row", "latent distance", "image distance");
    puts(geodesic ? "        curve length residual" : "");
    for (size_t i = 0; i < n && i < LINES_PRINTED; i++) {
        const struct lb_latent_line line = lb_latent_path_line(path, i);
        char distance[32] = "";
        if (line.image_distance >= 0.0) { // not for codes
            snprintf(distance, sizeof distance, "%.4g", line.image_distance);
        }
        printf("%10zu %10zu  %16.4g  %16s", line.from, line.to, line.length, distance);
        if (geodesic) {
            printf("  %16.4g  %16.4g%s", line.curve_length, line.residual,
                   line.converged ? "" : "  not converged");
        }
        putchar('\n');
    }
    if (n > LINES_PRINTED) {
        printf("%zu more lines (--json has all)\n", n - LINES_PRINTED);
    }
    printf("%zu frames of %zu line%s, %s length %.4g\n", lb_latent_path_frames(path), n,
           n == 1 ? "" : "s",
           o->metric != NULL && strcmp(o->metric, "decoder") == 0 ? "image" : "latent", length);
}

static int print_results(struct cli *cli, const struct interpolate_options *o,
                         const struct lb_latent_path *path)
{
    double length = 0.0;
    for (size_t i = 0; i < lb_latent_path_lines(path); i++) {
        const struct lb_latent_line line = lb_latent_path_line(path, i);
        length += o->geodesic ? line.curve_length : line.length;
    }
    if (cli->json) {
        return print_json(o, path, length) ? EXIT_DONE : cli_out_of_memory(cli);
    }
    print_table(o, path, length);
    return EXIT_DONE;
}

static enum lb_status write_files(const struct interpolate_options *o, struct lb_latent_path *path)
{
    enum lb_status status = LB_OK;
    if (o->picture != NULL) { // first, because it fails if the images are no pictures
        status = lb_latent_path_write_picture(path, o->picture);
    }
    if (status == LB_OK && o->out != NULL) {
        status = lb_latent_path_write(path, o->out);
    }
    return status;
}

static int check_outputs(struct cli *cli, const struct interpolate_options *o)
{
    const struct lb_source_path sources[] = {{o->run, LB_PATH_RUN},
                                             {o->images, image_options_kind(&o->reading)}};
    const char *const files[] = {o->out, o->picture};
    const size_t count = COUNT(sources) - (o->images == NULL);
    int exit_status = EXIT_DONE;
    for (size_t i = 0; i < COUNT(files) && exit_status == EXIT_DONE; i++) {
        if (files[i] != NULL) {
            exit_status = cli_check_output(cli, files[i], sources, count);
        }
    }
    return exit_status;
}

static int interpolate(struct cli *cli, const struct interpolate_options *o,
                       struct lb_latent_path_params *params)
{
    struct lb_run *run = NULL;
    struct lb_latent_path *path = NULL;
    int exit_status = check_outputs(cli, o);
    if (exit_status == EXIT_DONE) {
        exit_status = cli_open_device(cli);
    }
    if (exit_status != EXIT_DONE) {
        return exit_status;
    }
    const bool drawn = o->images == NULL;
    enum lb_status status = drawn ? lb_run_open_with(&run, cli->device, o->run, &o->files)
                                  : lb_run_open_networks(&run, cli->device, o->run);
    if (status == LB_OK && o->geodesic) {
        status = lb_geometry_open(&params->geometry, run);
    }
    if (status == LB_OK && o->metric != NULL && strcmp(o->metric, "decoder") == 0) {
        status = lb_geometry_use_decoder(params->geometry, run);
    }
    if (status == LB_OK) {
        status = drawn ? lb_latent_path_draw(&path, run, o->distance, (size_t)o->pairs, cli->seed,
                                             params)
                       : lb_latent_path_create(&path, run, o->images, params);
    }
    lb_geometry_destroy(&params->geometry);
    if (status == LB_OK) {
        status = write_files(o, path);
    }
    exit_status = cli_finish(cli, status);
    if (exit_status == EXIT_DONE) {
        exit_status = print_results(cli, o, path);
    }
    if (exit_status == EXIT_DONE) {
        const struct lb_device_info *device = lb_device_get_info(cli->device);
        cli_note(cli, "%s%s%s written (device %s, %s)", o->out != NULL ? o->out : "",
                 o->out != NULL && o->picture != NULL ? " and " : "",
                 o->picture != NULL ? o->picture : "", device->selector, device->name);
    }
    lb_latent_path_destroy(&path);
    lb_run_close(&run);
    return exit_status;
}

int interpolate_images(struct cli *cli, const struct interpolate_options *o)
{
    if (o->images != NULL && (o->distances != NULL || o->compare.count > 0 || o->pairs != 0 ||
                              o->files.dataset != NULL || o->files.mesh != NULL)) {
        return cli_usage(
            cli, "--distances, --compare, --pairs, --dataset and --mesh need a RUN without IMAGES");
    }
    if (o->out == NULL && o->picture == NULL) {
        return cli_usage(cli, "missing option: --out or --picture must be given");
    }
    if (o->picture != NULL && !cli_names_picture(o->picture)) {
        return cli_not_a_picture(cli, "picture", o->picture);
    }
    if (o->out != NULL && cli_names_picture(o->out)) {
        return cli_usage(cli,
                         "--out '%s': with IMAGES this must be the .npy or .safetensors file of "
                         "the frames (use --picture for a .png)",
                         o->out);
    }
    if (o->out != NULL && cli_check_array_name(cli, o->out, true) != CLI_CONTINUE) {
        return EXIT_USAGE;
    }
    struct lb_image_options reading;
    if (image_options_read(cli, &o->reading, &reading) != CLI_CONTINUE) {
        return EXIT_USAGE;
    }
    if (o->between != NULL && o->loop) {
        return cli_usage(cli, "--loop closes the path through all rows: it excludes --between");
    }
    struct lines lines = {0};
    if (o->between != NULL) {
        lines.items = calloc(strlen(o->between) / 2 + 1, sizeof *lines.items); // "0:0" at least
        if (lines.items == NULL) {
            return cli_out_of_memory(cli);
        }
        if (!parse_lines(o->between, &lines)) {
            free(lines.items);
            return cli_usage(
                cli,
                "--between '%s': must be a list of rows FROM:TO, numbered from 0, such as 0:5,3:9",
                o->between);
        }
    }
    struct measuring measuring = {.cli = cli};
    struct lb_latent_path_params params = {
        .lines = lines.items,
        .count = lines.count,
        .loop = o->loop,
        .frames = (size_t)o->frames,
        .read = reading,
        .beyond = (size_t)o->beyond,
        .progress = measuring_show,
        .user = &measuring,
    };
    const int exit_status = interpolate(cli, o, &params);
    free(lines.items);
    return exit_status;
}
