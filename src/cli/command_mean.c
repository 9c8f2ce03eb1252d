/* lowbend mean: the mean of images on the latent manifold. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image_options.h"
#include "measuring.h"
#include "numbers.h"

struct mean_options {
    const char *run;
    const char *images;
    const char *out;
    const char *weights;
    long long segments;
    bool principal;
    struct image_options reading;
};

/* Parses "1,2,0.5"; `weights` has room for one number more than the text has commas. */
static bool parse_weights(const char *text, double *weights, size_t *count)
{
    char number[64];
    const char *at = text;
    *count = 0;
    for (bool more = true; more;) {
        const size_t length = strcspn(at, ",");
        if (length >= sizeof number) {
            return false;
        }
        memcpy(number, at, length);
        number[length] = '\0';
        if (!parse_number(number, &weights[*count])) {
            return false;
        }
        (*count)++;
        more = at[length] == ',';
        at += length + more;
    }
    return true;
}

static bool is_array_name(const char *text)
{
    static const char *const ends[] = {".npy", ".npz", ".safetensors"};
    const size_t length = strlen(text);
    for (size_t i = 0; i < COUNT(ends); i++) {
        const size_t n = strlen(ends[i]);
        if (length > n && strcmp(text + length - n, ends[i]) == 0) {
            return true;
        }
    }
    return false;
}

static int print_info(struct cli *cli, const struct lb_mean_info *info)
{
    if (!cli->json) {
        printf("variance %.6g, remaining gradient %.2g, after %d steps\n", info->variance,
               info->gradient, info->iterations);
        return EXIT_DONE;
    }
    return cli_print_json(json_pack("{s:o, s:o, s:i}", "variance", json_number(info->variance),
                                    "gradient", json_number(info->gradient), "iterations",
                                    info->iterations))
               ? EXIT_DONE
               : cli_out_of_memory(cli);
}

static int find_mean(struct cli *cli, const struct mean_options *o,
                     const struct lb_latent_mean_params *params)
{
    const struct lb_source_path sources[] = {{o->run, LB_PATH_RUN},
                                             {o->images, image_options_kind(&o->reading)}};
    struct lb_mean_info info = {0};
    struct lb_run *run = NULL;
    int exit_status = cli_check_output(cli, o->out, sources, COUNT(sources));
    if (exit_status == EXIT_DONE) {
        exit_status = cli_open_device(cli);
    }
    if (exit_status != EXIT_DONE) {
        return exit_status;
    }
    enum lb_status status = lb_run_open_networks(&run, cli->device, o->run);
    if (status == LB_OK) {
        status = lb_run_mean_file(run, o->images, params, o->out, &info);
    }
    exit_status = cli_finish(cli, status);
    if (exit_status == EXIT_DONE) {
        exit_status = print_info(cli, &info);
    }
    if (exit_status == EXIT_DONE) {
        const struct lb_device_info *device = lb_device_get_info(cli->device);
        cli_note(cli, "%s written (device %s, %s)", o->out, device->selector, device->name);
    }
    lb_run_close(&run);
    return exit_status;
}

static int run_mean(struct cli *cli, const struct mean_options *o)
{
    struct measuring measuring = {.cli = cli};
    struct lb_latent_mean_params params = {.segments = (size_t)o->segments,
                                           .principal = o->principal,
                                           .progress = measuring_show,
                                           .user = &measuring};
    double *weights = NULL;
    if (image_options_read(cli, &o->reading, &params.read) != CLI_CONTINUE) {
        return EXIT_USAGE;
    }
    if (o->weights != NULL && is_array_name(o->weights)) {
        params.weights_path = o->weights;
    } else if (o->weights != NULL) {
        weights = malloc((strlen(o->weights) + 1) * sizeof *weights);
        if (weights == NULL) {
            return cli_out_of_memory(cli);
        }
        if (!parse_weights(o->weights, weights, &params.count)) {
            free(weights);
            return cli_usage(cli,
                             "--weights '%s': must be a list of numbers such as 1,2,0.5, or an "
                             ".npy, .npz or .safetensors file",
                             o->weights);
        }
        params.weights = weights;
    }
    const int exit_status = find_mean(cli, o, &params);
    free(weights);
    return exit_status;
}

int command_mean(struct cli *cli, int argc, char **argv)
{
    struct mean_options o = {.segments = 16};
    const char *positionals[2] = {NULL, NULL};
    const struct option_row options[] = {
        {.name = "out",
         .placeholder = "FILE",
         .help = "the .npy or .safetensors file of the decoded mean (required)",
         .kind = OPTION_TEXT,
         .target = &o.out},
        {.name = "weights",
         .placeholder = "LIST",
         .help = "weights of the rows, such as 1,2,0.5, or a file: .npy, or .npz or .safetensors "
                 "with `weights` (default: all equal)",
         .kind = OPTION_TEXT,
         .target = &o.weights},
        {.name = "principal",
         .help = "also compute the principal geodesics: a .safetensors FILE gets `directions` "
                 "(m,l) at the mean and `variances` (m) along them (default off)",
         .kind = OPTION_FLAG,
         .target = &o.principal},
        {.name = "segments",
         .placeholder = "K",
         .help = "segments of the geodesics between the mean and the rows (default 16)",
         .kind = OPTION_INTEGER,
         .target = &o.segments,
         .low = 1,
         .high = 1e5},
        IMAGE_ROWS(&o.reading),
    };
    const struct syntax syntax = {
        .arguments = "RUN IMAGES --out FILE",
        .summary = "Finds the Frechet mean of images or codes on the manifold of RUN's latent "
                   "codes, that is the code\n"
                   "with the smallest sum of squared geodesic distances to theirs, and decodes it. "
                   "`lowbend geometry\n"
                   "RUN` must have trained the projection onto that manifold. A .safetensors file "
                   "gets `images`\n"
                   "(1,H,W,C) and `latent` (1,l), an .npy file only the image.",
        .example = "lowbend mean RUN images.npy --weights 1,1,2 --out mean.npy",
        .options = options,
        .option_count = COUNT(options),
        .positional_min = 2,
        .positional_max = 2,
        .prints_results = true,
    };
    const int exit_status = cli_parse(cli, &syntax, argc, argv, positionals);
    if (exit_status != CLI_CONTINUE) {
        return exit_status;
    }
    o.run = positionals[0];
    o.images = positionals[1];
    if (o.out == NULL) {
        return cli_usage(cli, "missing option: --out must be given");
    }
    if (cli_check_array_name(cli, o.out, true) != CLI_CONTINUE) {
        return EXIT_USAGE;
    }
    return run_mean(cli, &o);
}
