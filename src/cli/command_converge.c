/* lowbend converge: the energy as a function of the sampling radius, for an analytic embedding or a
 * RUN. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "option_table.h"
#include "system.h"
#include "dataset_options.h"

struct converge_options {
    const char *subject; ///< a dataset or a RUN
    const char *out;
    const char *strategy;
    struct lb_converge_params params;
    long long levels;
    long long pairs;
    struct lb_run_files files;
};

static bool find_strategy(const char *name, enum lb_pair_strategy *strategy)
{
    static const char *const names[] = {
        [LB_PAIRS_BALL] = "ball", [LB_PAIRS_SAMPLE] = "sample", [LB_PAIRS_CHAIN] = "chain"};
    for (size_t i = 0; i < COUNT(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            *strategy = (enum lb_pair_strategy)i;
            return true;
        }
    }
    return false;
}

/* ---- results --------------------------------------------------------------------------------- */

/* Array over the levels of the double at `offset` in each level. */
static json_t *column(const struct lb_convergence *convergence, size_t offset)
{
    json_t *array = json_array();
    for (int k = 0; k < convergence->count; k++) {
        double value;
        memcpy(&value, (const char *)&convergence->levels[k] + offset, sizeof value);
        json_append(&array, json_number(value));
    }
    return array;
}

static json_t *pair_counts(const struct lb_convergence *convergence)
{
    json_t *array = json_array();
    for (int k = 0; k < convergence->count; k++) {
        json_append(&array, json_integer((json_int_t)convergence->levels[k].pairs));
    }
    return array;
}

#define COLUMN(field) column(convergence, offsetof(struct lb_converge_level, field))

static bool print_json(const struct converge_options *o, const struct lb_convergence *convergence)
{
    json_t *json = json_pack("{s:s s:s s:f}", "subject", o->subject, "strategy", o->strategy, "c",
                             convergence->c);
    const struct {
        const char *key;
        json_t *value;
    } entries[] = {
        {"epsilon", COLUMN(epsilon)},
        {"min_distance", COLUMN(min_distance)},
        {"pairs", pair_counts(convergence)},
        {"distortion", COLUMN(distortion.mean)},
        {"stderr_distortion", COLUMN(distortion.standard_error)},
        {"exact_distortion", COLUMN(exact_distortion)},
        {"bending", COLUMN(bending.mean)},
        {"stderr_bending", COLUMN(bending.standard_error)},
        {"exact_bending", COLUMN(exact_bending)},
        {"limit_distortion", json_number(convergence->limit_distortion)},
        {"limit_bending", json_number(convergence->limit_bending)},
        {"limit_exact", json_boolean(convergence->limit_exact)},
        {"slope_bending", json_number(convergence->slope_bending)},
        {"rounding_below", json_number(convergence->rounding_below)},
    };
    bool whole = true;
    for (size_t i = 0; i < COUNT(entries); i++) { // steals all references, even on failure
        whole = json_object_set_new(json, entries[i].key, entries[i].value) == 0 && whole;
    }
    if (!whole) {
        json_decref(json);
        return false;
    }
    return cli_print_json(json);
}

static void print_estimate(struct lb_estimate estimate, double exact, bool has_exact)
{
    if (isfinite(estimate.mean)) {
        printf("  %13.6e", estimate.mean);
    } else {
        printf("  %13s", "-");
    }
    if (isfinite(estimate.standard_error)) {
        printf(" +- %7.1e", estimate.standard_error);
    } else {
        printf("    %7s", "");
    }
    if (has_exact) {
        printf("  %13.6e", exact);
    }
}

static void print_table(const struct converge_options *o, const struct lb_convergence *convergence)
{
    const bool exact = !isnan(convergence->levels[0].exact_bending);
    const char *more = exact ? "  by quadrature" : "";
    printf("%-11s %9s  %-24s%s  %-24s%s\n", "epsilon", "pairs", "distortion", more, "bending",
           more);
    for (int k = 0; k < convergence->count; k++) {
        const struct lb_converge_level *level = &convergence->levels[k];
        printf("%-11.6g %9zu", level->epsilon, level->pairs);
        print_estimate(level->distortion, level->exact_distortion, exact);
        print_estimate(level->bending, level->exact_bending, exact);
        putchar('\n');
    }
    if (isnan(convergence->limit_bending)) {
        puts("limit of the bending: unknown (relu has none; else more radii above the rounding "
             "error are needed)");
    } else if (convergence->limit_exact) {
        printf("limit, in closed form: distortion %.6g, bending %.6g\n",
               convergence->limit_distortion, convergence->limit_bending);
    } else {
        printf("limit, by Richardson extrapolation of order %d: distortion %.6g, bending %.6g\n",
               convergence->limit_order, convergence->limit_distortion, convergence->limit_bending);
    }
    if (isnan(convergence->slope_bending)) {
        puts("slope of |bending - limit| in epsilon: below the noise");
    } else {
        printf("slope of |bending - limit| in epsilon: %.3f\n", convergence->slope_bending);
    }
    if (convergence->rounding_below > 0.0) {
        printf("rounding of the float32 codes dominates the bending below epsilon %.3g\n",
               convergence->rounding_below);
    }
    printf("(%s, strategy %s, c = %g)\n", o->subject, o->strategy, convergence->c);
}

/* ---- the command ----------------------------------------------------------------------------- */

static int study(struct cli *cli, const struct converge_options *o,
                 struct lb_convergence *convergence)
{
    const bool folder = path_is_folder(o->subject);
    if (lb_analytic_known(o->subject) || !folder) {
        if (o->files.dataset != NULL || o->files.mesh != NULL) {
            return cli_usage(cli, "--dataset and --mesh need a RUN");
        }
        const int exit_status = cli->ctx == NULL ? cli_open_context(cli) : EXIT_DONE;
        if (exit_status != EXIT_DONE) {
            return exit_status;
        }
        if (folder) {
            cli_note(cli, "%s: read as the dataset of this name (the RUN is ./%s)", o->subject,
                     o->subject);
        }
        return cli_finish(cli, lb_analytic_converge(cli->ctx, o->subject, &o->params, convergence));
    }
    const int exit_status = cli_open_device(cli);
    if (exit_status != EXIT_DONE) {
        return exit_status;
    }
    struct lb_run *run = NULL;
    enum lb_status status = lb_run_open_with(&run, cli->device, o->subject, &o->files);
    if (status == LB_OK) {
        status = lb_run_converge(run, &o->params, convergence);
    }
    const int result = cli_finish(cli, status);
    lb_run_close(&run);
    return result;
}

static int run(struct cli *cli, const struct converge_options *o)
{
    struct lb_convergence convergence = {0};
    const struct lb_source_path source = {o->subject, LB_PATH_RUN};
    int exit_status = o->out != NULL ? cli_check_output(cli, o->out, &source, 1) : EXIT_DONE;
    if (exit_status == EXIT_DONE) {
        exit_status = study(cli, o, &convergence);
    }
    if (exit_status != EXIT_DONE) {
        return exit_status;
    }
    if (o->out != NULL) {
        char title[256];
        snprintf(title, sizeof title, "E_epsilon of %s: distance from its limit", o->subject);
        const int written =
            cli_finish(cli, lb_convergence_write_picture(cli->ctx, &convergence, title, o->out));
        if (written != EXIT_DONE) {
            return written;
        }
    }
    if (!cli->json) {
        print_table(o, &convergence);
    } else if (!print_json(o, &convergence)) {
        return cli_out_of_memory(cli);
    }
    return EXIT_DONE;
}

int command_converge(struct cli *cli, int argc, char **argv)
{
    struct converge_options o = {.strategy = "ball"};
    lb_converge_params_default(&o.params);
    o.levels = o.params.levels;
    const struct option_row options[] = {
        {.name = "epsilon",
         .placeholder = "NUMBER",
         .help = "largest sampling radius (default: epsilon of the RUN; 0.8, or 0.2 for "
                 "klein-points and bures-points)",
         .kind = OPTION_NUMBER,
         .target = &o.params.epsilon,
         .high = 1e308,
         .open_low = true},
        {.name = "levels",
         .placeholder = "N",
         .help = "number of radii, each half the previous one (default 6)",
         .kind = OPTION_INTEGER,
         .target = &o.levels,
         .low = 1,
         .high = LB_CONVERGE_MAX_LEVELS},
        {.name = "pairs",
         .placeholder = "N",
         .help = "pairs or chains per radius; for a sample, approximate number of pairs at the "
                 "largest radius (default 262144, for a RUN 16384)",
         .kind = OPTION_INTEGER,
         .target = &o.pairs,
         .low = 2,
         .high = 1e9},
        {.name = "c",
         .placeholder = "NUMBER",
         .help = "c of the distortion gamma_c (default 0, for a RUN its c)",
         .kind = OPTION_NUMBER,
         .target = &o.params.c,
         .high = 1e150},
        {.name = "min-distance",
         .placeholder = "NUMBER",
         .help = "smallest distance of a pair; 0 is allowed (default: a tenth of each radius)",
         .kind = OPTION_NUMBER,
         .target = &o.params.min_distance,
         .high = 1e308},
        {.name = "strategy",
         .placeholder = "ball|chain|sample",
         .help = "y in the ball around each x, five points on the geodesic to it with all their "
                 "pairs, or all pairs of one sample (default ball)",
         .kind = OPTION_TEXT,
         .target = &o.strategy},
        {.name = "out",
         .placeholder = "FILE",
         .help = "write the plot to this .png file (default: none)",
         .kind = OPTION_TEXT,
         .target = &o.out},
        run_dataset_row(&o.files),
        run_mesh_row(&o.files),
    };
    const struct syntax syntax = {
        .arguments = "DATASET|RUN",
        .summary = "Computes the two terms of E_epsilon for successively halved radii epsilon, "
                   "their limits, and the\n"
                   "rate of convergence. For a point dataset (sphere, so3-points, torus-points, "
                   "rp2-points,\n"
                   "klein-points, bures-points) it uses the analytic embedding, in float64 on the "
                   "host; for a RUN, its\n"
                   "encoder. A RUN with the name of a dataset must be written as ./NAME.",
        .example = "lowbend converge sphere --out sphere.png",
        .options = options,
        .option_count = COUNT(options),
        .positional_min = 1,
        .positional_max = 1,
        .prints_results = true,
    };
    const int exit_status = cli_parse(cli, &syntax, argc, argv, &o.subject);
    if (exit_status != CLI_CONTINUE) {
        return exit_status;
    }
    if (!find_strategy(o.strategy, &o.params.strategy)) {
        return cli_usage(cli, "--strategy %s: must be ball, chain or sample", o.strategy);
    }
    if (o.out != NULL && o.out[0] == '\0') {
        return cli_usage(cli, "--out: must name a file");
    }
    if (o.out != NULL && !cli_names_picture(o.out)) {
        return cli_not_a_picture(cli, "out", o.out);
    }
    o.params.levels = (int)o.levels;
    o.params.pairs = (size_t)o.pairs;
    o.params.seed = cli->seed;
    return run(cli, &o);
}
