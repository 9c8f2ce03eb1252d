/* lowbend bench: times a training step and its kernels. */
#include <math.h>
#include <stdio.h>

#include "option_table.h"
#include "setting_options.h"

struct bench_options {
    const char *dataset;
    long long warm_up;
    long long repeats;
    bool profile;
    bool decoder;
    struct setting_options settings;
};

static json_t *kernel_json(const struct lb_bench *bench, const struct lb_bench_kernel *kernel)
{
    return json_pack("{s:s s:f s:f s:f s:o s:o s:o s:o}", "name", kernel->name, "launches",
                     kernel->launches, "ms", kernel->ms, "share", kernel->share, "gflops",
                     json_number(kernel->gflops), "fraction_of_gemm",
                     json_number(kernel->gflops / bench->gemm_peak_gflops), "gb_per_s",
                     json_number(kernel->gb_per_s), "fraction_of_copy",
                     json_number(kernel->gb_per_s / bench->copy_gb_per_s));
}

static json_t *profile_json(const struct lb_bench *bench)
{
    json_t *kernels = json_array();
    for (int i = 0; i < bench->kernel_count; i++) {
        json_append(&kernels, kernel_json(bench, &bench->kernels[i]));
    }
    return json_pack("{s:f s:f s:o}", "step_ms", bench->profile_step_ms, "copy_gb_per_s",
                     bench->copy_gb_per_s, "kernels", kernels);
}

static json_t *bench_json(const struct cli *cli, const struct lb_bench *bench)
{
    const struct lb_device_info *device = lb_device_get_info(cli->device);
    json_t *json = json_pack(
        "{s:f s:f s:f s:f s:f s:f s:f s:f s:f s:s s:s s:s}", "step_ms", bench->step_ms, "best_ms",
        bench->best_ms, "first_step_ms", bench->first_step_ms, "pairs_per_s", bench->pairs_per_s,
        "gflops", bench->gflops, "gemm_peak_gflops", bench->gemm_peak_gflops, "fraction_of_peak",
        bench->fraction_of_peak, "forward_ms", bench->forward_ms, "forward_gflops",
        bench->forward_gflops, "device", device->name, "driver", device->driver, "gemm",
        lb_gemm_kind_name(bench->gemm));
    if (bench->kernel_count > 0 && json_object_set_new(json, "profile", profile_json(bench)) != 0) {
        json_decref(json);
        return NULL;
    }
    return json;
}

/* Prints a number in its column, or a dash. */
static void print_cell(double value, double limit)
{
    if (isfinite(value)) {
        printf("  %9.1f  %5.0f %%", value, 100.0 * value / limit);
    } else {
        printf("  %9s  %7s", "-", "-");
    }
}

static void print_profile(const struct lb_bench *bench)
{
    printf("\n%-18s %8s %10s %7s  %9s  %7s  %9s  %7s\n", "kernel", "launches", "ms per step",
           "share", "GFLOP/s", "of GEMM", "GB/s", "of copy");
    for (int i = 0; i < bench->kernel_count; i++) {
        const struct lb_bench_kernel *kernel = &bench->kernels[i];
        printf("%-18s %8.4g %10.4f %5.1f %%", kernel->name, kernel->launches, kernel->ms,
               100.0 * kernel->share);
        print_cell(kernel->gflops, bench->gemm_peak_gflops);
        print_cell(kernel->gb_per_s, bench->copy_gb_per_s);
        putchar('\n');
    }
    printf("\n%-18s %19.4f ms per step while profiling\n", "sum", bench->profile_step_ms);
    printf("%-18s %16.1f GB/s, read plus written\n", "copy", bench->copy_gb_per_s);
}

static void print_table(const struct cli *cli, const struct lb_bench *bench, int pairs)
{
    const struct lb_device_info *device = lb_device_get_info(cli->device);
    printf("%-18s %s, driver %s\n", "device", device->name, device->driver);
    printf("%-18s %s\n", "gemm", lb_gemm_kind_name(bench->gemm));
    printf("%-18s %10.4g ms (best %.4g), %d pairs\n", "step", bench->step_ms, bench->best_ms,
           pairs);
    printf("%-18s %10.4g per second\n", "pairs", bench->pairs_per_s);
    printf("%-18s %10.4g GFLOP/s of matrix products\n", "speed", bench->gflops);
    printf("%-18s %10.4g ms in the encoder, %.4g GFLOP/s\n", "forward pass", bench->forward_ms,
           bench->forward_gflops);
    printf("%-18s %10.4g GFLOP/s, 1024 x 1024 x 1024 by the same kernels\n", "peak",
           bench->gemm_peak_gflops);
    printf("%-18s %10.3f\n", "fraction of peak", bench->fraction_of_peak);
    printf("%-18s %10.4g ms including kernel compilation\n", "first step", bench->first_step_ms);
    if (bench->kernel_count > 0) {
        print_profile(bench);
    }
}

static int run(struct cli *cli, const struct bench_options *o)
{
    struct lb_train_params params;
    int exit_status = setting_options_open(cli, &o->settings, o->dataset, &params);
    if (exit_status != EXIT_DONE) {
        return exit_status;
    }
    const struct lb_bench_params bench_params = {
        .warm_up = (int)o->warm_up,
        .repeats = (int)o->repeats,
        .profile = o->profile,
        .decoder = o->decoder,
    };
    struct lb_bench bench;
    exit_status = cli_finish(cli, lb_bench_run(cli->device, &params, &bench_params, &bench));
    if (exit_status != EXIT_DONE) {
        return exit_status;
    }
    if (cli->json) {
        return cli_print_json(bench_json(cli, &bench)) ? EXIT_DONE : cli_out_of_memory(cli);
    }
    print_table(cli, &bench, params.pairs);
    return EXIT_DONE;
}

int command_bench(struct cli *cli, int argc, char **argv)
{
    struct bench_options o = {.warm_up = 3, .repeats = 9};
    const struct option_row own[] = {
        {.name = "profile",
         .help = "also time every kernel, and compare its speed with matrix products and copies "
                 "(default off)",
         .kind = OPTION_FLAG,
         .target = &o.profile},
        {.name = "decoder",
         .help = "time a step of the decoder phase, whose pairs are images (default off)",
         .kind = OPTION_FLAG,
         .target = &o.decoder},
        {.name = "repeats",
         .placeholder = "N",
         .help = "timed repeats, each of 0.1 s or one step; the median counts (default 9)",
         .kind = OPTION_INTEGER,
         .target = &o.repeats,
         .low = 1,
         .high = 1000},
        {.name = "warm-up",
         .placeholder = "N",
         .help = "untimed steps at the start (default 3)",
         .kind = OPTION_INTEGER,
         .target = &o.warm_up,
         .low = 1,
         .high = 100000},
    };
    if (!setting_options_create(&o.settings, own, COUNT(own))) {
        setting_options_destroy(&o.settings);
        return cli_out_of_memory(cli);
    }
    const struct syntax syntax = {
        .arguments = "[DATASET]",
        .summary = "Times the encoder's training step, or the decoder's: sampling, rendering, "
                   "forward and backward\n"
                   "passes, update. Network, batch and dataset are set as for train (default "
                   "dataset: sundial).\n"
                   "Writes no files.",
        .example = "lowbend bench sundial --hidden 256,256,256 --pairs 64 --profile",
        .options = o.settings.rows,
        .option_count = o.settings.count,
        .positional_max = 1,
        .prints_results = true,
    };
    int exit_status = cli_parse(cli, &syntax, argc, argv, &o.dataset);
    if (exit_status == CLI_CONTINUE) {
        exit_status = run(cli, &o);
    }
    setting_options_destroy(&o.settings);
    return exit_status;
}
