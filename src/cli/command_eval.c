/* lowbend eval: every measure of a RUN, as a table or JSON, to eval.json and pictures. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "common.h"
#include "dataset_options.h"
#include "progress.h"
#include "signals.h"

struct eval_options {
    const char *run;
    long long pairs;
    long long points;
    struct lb_run_files files;
};

/* ---- the table ------------------------------------------------------------------------------- */

static void print_number(const char *name, double value, double standard_error, const char *meaning)
{
    char text[64];
    if (isfinite(value) && isfinite(standard_error)) {
        snprintf(text, sizeof text, "%.5g +- %.2g", value, standard_error);
    } else if (isfinite(value)) {
        snprintf(text, sizeof text, "%.5g", value);
    } else {
        snprintf(text, sizeof text, "-");
    }
    printf("%-22s %-22s %s\n", name, text, meaning);
}

static void print_numbers(const struct lb_evaluation *e)
{
    const double none = (double)NAN;
    const struct {
        const char *name;
        double value;
        double standard_error;
        const char *meaning;
    } rows[] = {
        {"E", e->energy.mean, e->energy.standard_error, "distortion + lambda bending"},
        {"distortion", e->distortion.mean, e->distortion.standard_error,
         "mean gamma(|first quotient|), 0 for isometries"},
        {"bending", e->bending.mean, e->bending.standard_error,
         "mean |second quotient|^2, per squared distance"},
        {"E_star", e->minimum, none, "smallest E of any map, for epsilon to 0"},
        {"gap", e->gap, none, "E - E_star"},
        {"sigma_min", e->sigma_min, none, "smallest singular value of D phi, 1 for isometries"},
        {"sigma_median", e->sigma_median, none, "the middle one"},
        {"sigma_max", e->sigma_max, none, "the largest one"},
        {"mean_abs_log_sigma", e->mean_abs_log_sigma, none, "mean |log sigma|"},
        {"scale", e->scale, none, "exp(mean log sigma)"},
        {"scaled_isometry_error", e->scaled_isometry_error, none,
         "standard deviation of log sigma"},
        {"condition_mean", e->condition_mean, none, "largest over smallest sigma of a point"},
        {"condition_p95", e->condition_p95, none, "its 95th percentile"},
        {"bending_normal", e->bending_normal, none,
         "mean |Hess phi(v,v)|^2 across phi(M): curvature"},
        {"bending_tangential", e->bending_tangential, none, "the same along phi(M)"},
        {"stress", e->stress, none, "misfit of latent to true distances, best scale"},
        {"pearson", e->pearson, none, "correlation of latent and true distances"},
        {"spearman", e->spearman, none, "the same of their ranks"},
        {"min_ratio", e->min_ratio, none,
         "smallest latent/true distance beyond epsilon, 0: meets itself"},
        {"reconstruction_mse", e->reconstruction_mse, none, "mean squared error per pixel"},
        {"psnr", e->psnr, none, "dB, for pixels in [0,1]"},
        {"knn_recall", e->knn_recall, none, "true nearest neighbours found in latent space"},
        {"trustworthiness", e->trustworthiness, none, "1: no latent neighbour is truly far"},
        {"continuity", e->continuity, none, "1: no true neighbour is far in latent space"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        print_number(rows[i].name, rows[i].value, rows[i].standard_error, rows[i].meaning);
    }
}

/* The components that hold the first 99.9 % of the variance. */
static void print_pca(const struct lb_evaluation *e)
{
    enum { SHOWN = 8 };
    double sum = 0.0;
    printf("%-22s", "pca_variance");
    for (size_t i = 0; i < e->pca_count && i < SHOWN && sum < 0.999; i++) {
        printf(" %.4f", e->pca_variance[i]);
        sum += e->pca_variance[i];
    }
    puts(e->pca_count > 0 ? "  shares of the principal components"
                          : " -                      shares of the principal components");
}

static void print_cell(double value)
{
    if (isfinite(value)) {
        printf(" %12.4g", value);
    } else {
        printf(" %12s", "-");
    }
}

static void print_interpolation(const struct lb_evaluation *e)
{
    if (e->interpolation_count == 0) {
        return;
    }
    puts("\ninterpolation between points at distance d:\n"
         "  latent_gap    of the latent midpoint to the code of the geodesic midpoint\n"
         "  off_manifold  mean distance of the straight latent path to phi(M)\n"
         "  image_mse     of the decoded path to the images of the geodesic, per pixel\n"
         "  blend_mse     of blended pixels to the same");
    printf("%-8s %12s %12s %12s %12s\n", "d", "latent_gap", "off_manifold", "image_mse",
           "blend_mse");
    for (size_t i = 0; i < e->interpolation_count; i++) {
        const struct lb_interpolation_errors *errors = &e->interpolation[i];
        printf("%-8.4g", errors->distance);
        print_cell(errors->latent_gap.mean);
        print_cell(errors->off_manifold.mean);
        print_cell(errors->image_mse.mean);
        print_cell(errors->blend_mse.mean);
        putchar('\n');
    }
}

static void print_settings(struct cli *cli, const struct eval_options *o, struct lb_run *run)
{
    const struct lb_train_params *params = lb_run_params(run);
    const struct lb_dataset_info *dataset = lb_dataset_get_info(lb_run_dataset(run));
    printf("%s: %s, epsilon %g, lambda %g, c %g; ", o->run, dataset->name, params->epsilon,
           params->lambda, params->c);
    if (lb_run_has_manifold(run)) {
        printf("%lld fresh pairs, %lld points, seed %" PRIu64 "\n\n", o->pairs, o->points,
               cli->seed);
    } else {
        puts("all held-out pairs\n");
    }
}

static int print_results(struct cli *cli, const struct eval_options *o, struct lb_run *run,
                         const struct lb_evaluation *e)
{
    if (!cli->json) {
        print_settings(cli, o, run);
        print_numbers(e);
        print_pca(e);
        print_interpolation(e);
        return EXIT_DONE;
    }
    char *text = lb_evaluation_json(e);
    if (text == NULL) {
        return cli_out_of_memory(cli);
    }
    puts(text);
    free(text);
    return EXIT_DONE;
}

/* ---------------------------------------------------------------------------------------------- */

static int evaluate(struct cli *cli, const struct eval_options *o, struct lb_run *run)
{
    const struct lb_evaluate_params params = {
        .pairs = (size_t)o->pairs,
        .points = (size_t)o->points,
        .seed = cli->seed,
    };
    struct lb_evaluation evaluation = {0};
    struct measuring measuring = {.cli = cli};
    enum lb_status status = lb_run_evaluate(run, &params, measuring_show, &measuring, &evaluation);
    if (status == LB_OK && signals_received() != 0) { // during the last measure
        lb_evaluation_free(&evaluation);
        cli_error(cli, "%s: evaluation stopped, nothing written (run it again)", o->run);
        return EXIT_SIGNAL + signals_received();
    }
    if (status == LB_OK) {
        status = lb_run_write_evaluation(run, &evaluation);
    }
    if (status == LB_OK) {
        status = lb_run_write_evaluation_pictures(run, &evaluation);
    }
    int exit_status = cli_finish(cli, status);
    if (exit_status == EXIT_DONE) {
        exit_status = print_results(cli, o, run, &evaluation);
    }
    lb_evaluation_free(&evaluation);
    if (exit_status == EXIT_DONE) {
        const struct lb_device_info *device = lb_device_get_info(cli->device);
        cli_note(cli, "eval.json and pictures in %s (device %s, %s)", o->run, device->selector,
                 device->name);
    }
    return exit_status;
}

int command_eval(struct cli *cli, int argc, char **argv)
{
    struct eval_options o = {.pairs = 8192, .points = 1024};
    const struct option_row options[] = {
        {.name = "pairs",
         .placeholder = "N",
         .help = "fresh pairs behind E (default 8192)",
         .kind = OPTION_INTEGER,
         .target = &o.pairs,
         .low = 2,
         .high = 1e8},
        {.name = "points",
         .placeholder = "N",
         .help = "fresh points of every other measure, 64 to 8192 (default 1024)",
         .kind = OPTION_INTEGER,
         .target = &o.points,
         .low = 64,
         .high = 8192},
        run_dataset_row(&o.files),
        run_mesh_row(&o.files),
    };
    const struct syntax syntax = {
        .arguments = "RUN",
        .summary = "Measures a trained RUN on fresh pairs and points, at its own epsilon, lambda "
                   "and c: energy and its\ngap to the known minimum, singular values, bending, "
                   "distances, neighbourhoods, interpolation,\nreconstruction. Writes eval.json, "
                   "singular_values.png, distances.png and interpolation_error.png\ninto RUN.",
        .example = "lowbend eval RUN --json",
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
    struct lb_run *run = NULL;
    exit_status = cli_finish(cli, lb_run_open_with(&run, cli->device, o.run, &o.files));
    if (exit_status == EXIT_DONE) {
        exit_status = evaluate(cli, &o, run);
    }
    lb_run_close(&run);
    return exit_status;
}
