/* lowbend geometry: trains the projection onto RUN's latent manifold and evaluates its
 * geodesics. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "option_table.h"
#include "dataset_options.h"
#include "measuring.h"
#include "system.h"

struct geometry_options {
    const char *run;
    double sigma;
    long long steps;
    long long dimension;
    long long pairs;
    long long segments;
    bool overwrite;
    struct lb_run_files files;
};

/* ---- training -------------------------------------------------------------------------------- */

static bool show_progress(void *user, const struct lb_progress *progress)
{
    struct cli *cli = user;
    progress_show(&cli->line, progress);
    return signals_received() == 0;
}

static void tell_resumed(void *user, enum lb_phase phase, int step)
{
    (void)user;
    fprintf(stderr, "resuming %s at step %d\n", lb_phase_name(phase), step);
}

static enum lb_status train(struct cli *cli, const struct geometry_options *o, struct lb_run *run,
                            struct lb_projection_info *info)
{
    const struct lb_projection_params params = {
        .sigma = o->sigma, .steps = (int)o->steps, .dimension = (size_t)o->dimension};
    const struct lb_train_control control = {
        .progress = show_progress,
        .user = cli,
        .overwrite = o->overwrite,
        .resumed = tell_resumed,
        .stop = signals_flag(),
    };
    progress_start(&cli->line, cli->quiet);
    const enum lb_status status = lb_run_train_projection(run, &params, &control, info);
    progress_clear(&cli->line);
    return status;
}

/* ---- results --------------------------------------------------------------------------------- */

static void print_projection(const struct geometry_options *o, const struct lb_projection_info *p)
{
    printf("%s: projection onto a manifold of dimension %zu, noise %.4g, curvature %.4g, residual "
           "%.4g, spread of the codes %.4g\n",
           o->run, p->dimension, p->sigma, p->curvature, p->residual, p->spread);
}

static void print_cell(struct lb_estimate value)
{
    char text[64] = "-";
    if (isfinite(value.mean) && isfinite(value.standard_error)) {
        snprintf(text, sizeof text, "%.4g +- %.1g", value.mean, value.standard_error);
    } else if (isfinite(value.mean)) {
        snprintf(text, sizeof text, "%.4g", value.mean);
    }
    printf("  %20s", text);
}

static void print_table(const struct lb_geometry_evaluation *e)
{
    static const char *const names[] = {
        "length / (scale d)", "path error",  "image error",     "of the line",  "of blended pixels",
        "exponential error",  "image error", "transport angle", "mean's error",
    };
    printf("\n%-8s", "d");
    for (size_t k = 0; k < COUNT(names); k++) {
        printf("  %20s", names[k]);
    }
    putchar('\n');
    for (size_t i = 0; i < e->count; i++) {
        const struct lb_geometry_errors *r = &e->errors[i];
        const struct lb_estimate cells[COUNT(names)] = {
            r->length_over_d, r->path_error,      r->image_mse, r->line_mse,   r->blend_mse,
            r->exponential,   r->exponential_mse, r->transport, r->mean_error,
        };
        printf("%-8.4g", r->distance);
        for (size_t k = 0; k < COUNT(names); k++) {
            print_cell(cells[k]);
        }
        putchar('\n');
    }
    if (e->triangles > 0) {
        printf("\n%-16s  %s\n", "triangle's area", "angle by which a vector turns around it");
    }
    for (size_t i = 0; i < e->triangles; i++) {
        printf("%-16.4g  %.4g\n", e->area[i], e->angle[i]);
    }
}

static int print_results(struct cli *cli, const struct geometry_options *o,
                         const struct lb_geometry_evaluation *e)
{
    if (!cli->json) {
        print_projection(o, &e->projection);
        print_table(e);
        return EXIT_DONE;
    }
    char *text = lb_geometry_evaluation_json(e);
    if (text == NULL) {
        return cli_out_of_memory(cli);
    }
    puts(text);
    free(text);
    return EXIT_DONE;
}

static int measure(struct cli *cli, const struct geometry_options *o, struct lb_run *run)
{
    const struct lb_geometry_evaluation_params params = {
        .pairs = (size_t)o->pairs, .segments = (size_t)o->segments, .seed = cli->seed};
    struct lb_geometry_evaluation evaluation = {0};
    struct measuring measuring = {.cli = cli};
    enum lb_status status =
        lb_run_evaluate_geometry(run, &params, measuring_show, &measuring, &evaluation);
    if (status == LB_OK) {
        status = lb_run_write_geometry(run, &evaluation);
    }
    if (status == LB_OK) {
        status = lb_run_write_geometry_picture(run, &evaluation);
    }
    int exit_status = cli_finish(cli, status);
    if (exit_status == EXIT_DONE) {
        exit_status = print_results(cli, o, &evaluation);
    }
    lb_geometry_evaluation_free(&evaluation);
    return exit_status;
}

/* User pairs: there is no ground truth to compare with. */
static int print_own(struct cli *cli, const struct geometry_options *o,
                     const struct lb_projection_info *p)
{
    cli_note(cli, "user pairs have no known geodesics: nothing to compare with");
    if (!cli->json) {
        print_projection(o, p);
        return EXIT_DONE;
    }
    return cli_print_json(json_pack("{s:f, s:f, s:f, s:f, s:I}", "residual", p->residual, "sigma",
                                    p->sigma, "curvature", p->curvature, "spread", p->spread,
                                    "dimension", (json_int_t)p->dimension))
               ? EXIT_DONE
               : cli_out_of_memory(cli);
}

static int run_geometry(struct cli *cli, const struct geometry_options *o)
{
    struct lb_projection_info info = {0};
    struct lb_run *run = NULL;
    enum lb_status status = lb_run_open_with(&run, cli->device, o->run, &o->files);
    if (status == LB_OK) {
        status = train(cli, o, run, &info);
    }
    int exit_status = cli_finish(cli, status);
    if (exit_status == EXIT_DONE && lb_run_has_manifold(run)) {
        exit_status = measure(cli, o, run);
    } else if (exit_status == EXIT_DONE) {
        exit_status = print_own(cli, o, &info);
    }
    if (exit_status == EXIT_DONE) {
        const struct lb_device_info *device = lb_device_get_info(cli->device);
        cli_note(cli, "%s in %s (device %s, %s)",
                 lb_run_has_manifold(run) ? "projection.safetensors, geometry.json and geometry.png"
                                          : "projection.safetensors",
                 o->run, device->selector, device->name);
    }
    lb_run_close(&run);
    return exit_status;
}

int command_geometry(struct cli *cli, int argc, char **argv)
{
    struct geometry_options o = {.steps = LB_PROJECTION_STEPS, .pairs = 32, .segments = 16};
    const struct option_row options[] = {
        {.name = "sigma",
         .placeholder = "NUMBER",
         .help = "standard deviation of the noise on codes, in latent units (default: a tenth of "
                 "the radius of curvature, at most a twentieth of the codes' spread)",
         .kind = OPTION_NUMBER,
         .target = &o.sigma,
         .low = 0.0,
         .high = 1e9,
         .open_low = true},
        {.name = "steps",
         .placeholder = "N",
         .help = "training steps of the projection (default 1000)",
         .kind = OPTION_INTEGER,
         .target = &o.steps,
         .low = 1,
         .high = 1e9},
        {.name = "dimension",
         .placeholder = "M",
         .help = "dimension of the manifold (default: the dataset's; for user pairs, estimated "
                 "from the projection)",
         .kind = OPTION_INTEGER,
         .target = &o.dimension,
         .low = 1,
         .high = 65536},
        {.name = "pairs",
         .placeholder = "N",
         .help = "pairs of points at each distance (default 32)",
         .kind = OPTION_INTEGER,
         .target = &o.pairs,
         .low = 1,
         .high = 1e6},
        {.name = "segments",
         .placeholder = "K",
         .help = "segments of the curves (default 16)",
         .kind = OPTION_INTEGER,
         .target = &o.segments,
         .low = 4,
         .high = 4096},
        {.name = "overwrite",
         .help = "retrain an existing projection (default off)",
         .kind = OPTION_FLAG,
         .target = &o.overwrite},
        run_dataset_row(&o.files),
        run_mesh_row(&o.files),
    };
    const struct syntax syntax = {
        .arguments = "RUN",
        .summary = "Trains the projection onto the manifold of RUN's latent codes, which defines "
                   "geodesics, exponential\n"
                   "map and parallel transport, and compares these with the true ones at distances "
                   "of 2, 4 and 8\n"
                   "epsilon. Keeps an existing projection and resumes an interrupted training.\n"
                   "Writes projection.safetensors, geometry.json and geometry.png to RUN.",
        .example = "lowbend geometry RUN --json",
        .options = options,
        .option_count = COUNT(options),
        .positional_min = 1,
        .positional_max = 1,
        .prints_results = true,
    };
    int exit_status = cli_parse(cli, &syntax, argc, argv, &o.run);
    if (exit_status != CLI_CONTINUE) {
        return exit_status;
    }
    exit_status = cli_open_device(cli);
    if (exit_status != EXIT_DONE) {
        return exit_status;
    }
    signals_catch();
    return run_geometry(cli, &o);
}
