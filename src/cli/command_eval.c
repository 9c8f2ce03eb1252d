/* lowbend eval: all measures of a RUN, as a table or JSON, written to eval.json and pictures. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "option_table.h"
#include "dataset_options.h"
#include "measuring.h"
#include "system.h"

struct eval_options {
    const char *run;
    long long pairs;
    long long points;
    bool list;
    bool no_attainable;
    struct lb_run_files files;
};

/* ---- the table ------------------------------------------------------------------------------- */

static void print_number(const struct lb_number_info *number, struct lb_estimate value)
{
    char text[64];
    if (isfinite(value.mean) && isfinite(value.standard_error)) {
        snprintf(text, sizeof text, "%.5g +- %.2g", value.mean, value.standard_error);
    } else if (isfinite(value.mean)) {
        snprintf(text, sizeof text, "%.5g", value.mean);
    } else {
        return; // does not apply to this run
    }
    printf("%-22s %-22s %s%s%s\n", number->key, text, number->unit != NULL ? number->unit : "",
           number->unit != NULL ? ", " : "", number->help);
}

static void print_numbers(const struct lb_evaluation *e)
{
    for (size_t i = 0; i < lb_evaluation_number_count(); i++) {
        const struct lb_number_info number = lb_evaluation_number_at(i);
        print_number(&number, lb_evaluation_number(e, i));
    }
}

/* Explains a large gap to E* that no training can close. */
static void print_reach(struct lb_run *run)
{
    const struct lb_dataset_info *dataset = lb_dataset_get_info(lb_run_dataset(run));
    const int latent = lb_run_params(run)->latent;
    if (dataset->limit_latent > latent) {
        printf("\n"
               "The embedding that attains E_star has %d dimensions, the codes only %d.\n",
               (int)dataset->limit_latent, latent);
    }
}

/* Prints the principal components up to 99.9 % of the variance. */
static void print_pca(const struct lb_evaluation *e)
{
    enum { SHOWN = 8 };
    double sum = 0.0;
    if (e->pca_count == 0) {
        return;
    }
    printf("%-22s", "pca_variance");
    for (size_t i = 0; i < e->pca_count && i < SHOWN && sum < 0.999; i++) {
        printf(" %.4f", e->pca_variance[i]);
        sum += e->pca_variance[i];
    }
    puts("  variance fractions of the principal components");
}

static void print_cell(double value)
{
    if (isfinite(value)) {
        printf(" %12.4g", value);
    } else {
        printf(" %12s", "-");
    }
}

/* Whether metric k is known at any distance. */
static bool is_known(const struct lb_evaluation *e, size_t k)
{
    bool known = false;
    for (size_t i = 0; i < e->interpolation_count; i++) {
        known = known || isfinite(lb_interpolation_number(&e->interpolation[i], k).mean);
    }
    return known;
}

static void print_interpolation(const struct lb_evaluation *e)
{
    const size_t n = lb_interpolation_number_count();
    if (e->interpolation_count == 0) {
        return;
    }
    puts("\ninterpolation between points at distance d:");
    for (size_t k = 1; k < n; k++) {
        const struct lb_number_info number = lb_interpolation_number_at(k);
        if (is_known(e, k)) {
            printf("  %-13s %s\n", number.key, number.help);
        }
    }
    for (size_t k = 0; k < n; k++) {
        if (is_known(e, k)) {
            printf(k == 0 ? "%-8s" : " %12s", lb_interpolation_number_at(k).key);
        }
    }
    for (size_t i = 0; i < e->interpolation_count; i++) {
        printf("\n%-8.4g", e->interpolation[i].distance);
        for (size_t k = 1; k < n; k++) {
            if (is_known(e, k)) {
                print_cell(lb_interpolation_number(&e->interpolation[i], k).mean);
            }
        }
    }
    putchar('\n');
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
        print_reach(run);
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

/* ---- the list of numbers --------------------------------------------------------------------- */

static const char *better_word(enum lb_better better)
{
    switch (better) {
    case LB_BETTER_LOWER:
        return "lower";
    case LB_BETTER_HIGHER:
        return "higher";
    case LB_BETTER_NEAR_ONE:
        return "near 1";
    case LB_BETTER_NEITHER:
        break;
    }
    return NULL;
}

static json_t *text_or_null(const char *text)
{
    return text != NULL ? json_string(text) : json_null();
}

static json_t *number_object(const struct lb_number_info *number)
{
    return json_pack("{s:s, s:s, s:o, s:s, s:s, s:o, s:b, s:b, s:b}", "key", number->key, "name",
                     number->name, "unit", text_or_null(number->unit), "help", number->help,
                     "measure", number->measure, "better",
                     text_or_null(better_word(number->better)), "stderr", (int)number->has_error,
                     "needs_manifold", (number->needs & LB_NEEDS_MANIFOLD) != 0, "needs_decoder",
                     (number->needs & LB_NEEDS_DECODER) != 0);
}

static int list_numbers(struct cli *cli)
{
    json_t *array = cli->json ? json_array() : NULL;
    if (!cli->json) {
        printf("%-22s %-14s %-4s %-7s %s\n", "key", "measure", "unit", "better", "what it is");
    }
    for (size_t i = 0; i < lb_evaluation_number_count(); i++) {
        const struct lb_number_info number = lb_evaluation_number_at(i);
        const char *better = better_word(number.better);
        if (cli->json) {
            json_append(&array, number_object(&number));
        } else {
            printf("%-22s %-14s %-4s %-7s %s\n", number.key, number.measure,
                   number.unit != NULL ? number.unit : "-", better != NULL ? better : "-",
                   number.help);
        }
    }
    return !cli->json || cli_print_json(array) ? EXIT_DONE : cli_out_of_memory(cli);
}

/* ---------------------------------------------------------------------------------------------- */

static int evaluate(struct cli *cli, const struct eval_options *o, struct lb_run *run)
{
    const struct lb_evaluate_params params = {
        .pairs = (size_t)o->pairs,
        .points = (size_t)o->points,
        .seed = cli->seed,
        .no_attainable = o->no_attainable,
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
         .help = "fresh pairs used for E (default 8192)",
         .kind = OPTION_INTEGER,
         .target = &o.pairs,
         .low = 2,
         .high = 1e8},
        {.name = "points",
         .placeholder = "N",
         .help = "fresh points used for every other measure, 64 to 8192 (default 1024)",
         .kind = OPTION_INTEGER,
         .target = &o.points,
         .low = 64,
         .high = 8192},
        {.name = "no-attainable",
         .help = "do not train for `attainable`; show it only if it is cached (default off)",
         .kind = OPTION_FLAG,
         .target = &o.no_attainable},
        {.name = "list-numbers",
         .help = "list the metrics of an evaluation instead (default off)",
         .kind = OPTION_FLAG,
         .target = &o.list},
        run_dataset_row(&o.files),
        run_mesh_row(&o.files),
    };
    const struct syntax syntax = {
        .arguments = "RUN",
        .summary = "Evaluates a trained RUN on fresh pairs and points, with its epsilon, lambda "
                   "and c: energy and its\n"
                   "gap to the known minimum, singular values, bending, distances, neighbourhoods, "
                   "interpolation,\n"
                   "reconstruction. Writes eval.json, singular_values.png, distances.png and "
                   "interpolation_error.png to\n"
                   "RUN.",
        .example = "lowbend eval RUN --json",
        .options = options,
        .option_count = COUNT(options),
        .positional_max = 1,
        .prints_results = true,
    };
    int exit_status = cli_parse(cli, &syntax, argc, argv, &o.run);
    if (exit_status != CLI_CONTINUE) {
        return exit_status;
    }
    if (o.list) {
        return list_numbers(cli);
    }
    if (o.run == NULL) {
        return cli_usage(cli, "missing argument: the command takes RUN");
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
