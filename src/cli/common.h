/* Shared by all commands: common options, context and device, messages, exit statuses, JSON. */
#ifndef LB_CLI_COMMON_H
#define LB_CLI_COMMON_H

#include <jansson.h>

#include <lowbend/lowbend.h>

#include "progress.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum exit_status {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_NO_DEVICE = 3,
    EXIT_SIGNAL = 128, ///< plus the signal number
};

/** Returned by cli_parse() if the command should continue. */
#define CLI_CONTINUE (-1)

#if defined(__GNUC__)
#define CLI_PRINTF(index, first) __attribute__((format(printf, index, first)))
#else
#define CLI_PRINTF(index, first)
#endif

/** One run of the program. */
struct cli {
    const char *command;
    const char *selector; ///< --device, else NULL: LOWBEND_DEVICE, then auto
    const char *cl_dir;   ///< --cl-dir, else NULL: the library reads LOWBEND_CL_DIR
    uint64_t seed;
    bool quiet;
    bool verbose;
    bool json;
    bool silent; ///< a rank other than the first: prints no results and no warnings
    struct progress_line line;
    struct lb_context *ctx;
    struct lb_device *device;
    void (*before_message)(void *user); ///< called before any output except an error, or NULL
    void *before_message_user;
};

/** Prints "lowbend: " and the message as one line to standard error. */
void cli_error(struct cli *cli, const char *format, ...) CLI_PRINTF(2, 3);
/** Prints the message to standard error, unless --quiet is set. */
void cli_note(struct cli *cli, const char *format, ...) CLI_PRINTF(2, 3);
/** Clears the progress line and lets the command describe itself before its first message. */
void cli_prepare_message(struct cli *cli);
/** Reports wrong usage, with a pointer to --help; returns EXIT_USAGE. */
int cli_usage(struct cli *cli, const char *format, ...) CLI_PRINTF(2, 3);

/** Reports the last error if status is one; returns the corresponding exit status. */
int cli_finish(struct cli *cli, enum lb_status status);

/** Reports that host memory is exhausted; returns EXIT_FAILED. */
int cli_out_of_memory(struct cli *cli);

/** Creates the context; returns an exit status, reported if not EXIT_DONE. */
int cli_open_context(struct cli *cli);
/** Creates the context if there is none and opens the device. */
int cli_open_device(struct cli *cli);
/** Joins the ranks if mpirun started any; the context must be open. All ranks but the first report
 * only errors. */
int cli_join_ranks(struct cli *cli);
/** Closes both and leaves the ranks. Works if nothing was opened. */
void cli_close(struct cli *cli, int exit_status);

/** Whether a file name ends in .png, the only picture format. */
bool cli_names_picture(const char *path);
/** Whether this DATASET is a file of user pairs. */
bool cli_names_user_pairs(const char *path);
/** Reports a name for --OPTION that does not; returns EXIT_USAGE. */
int cli_not_a_picture(struct cli *cli, const char *option, const char *path);

/**
 * Checks that the name of an output file ends in .safetensors or, for a single array, .npy. Returns
 * CLI_CONTINUE, or EXIT_USAGE after reporting.
 */
int cli_check_array_name(struct cli *cli, const char *path, bool single);

/**
 * Rejects an output file that is also an input, see lb_output_check(). Opens the context if there
 * is none; returns an exit status, reported if not EXIT_DONE.
 */
int cli_check_output(struct cli *cli, const char *out, const struct lb_source_path *sources,
                     size_t n);

/** The allocated path of a file of RUN; NULL when out of memory. */
char *cli_run_file(const char *run, enum lb_run_file file);

/** Prints the object to standard output and releases it; false when out of memory. */
bool cli_print_json(json_t *json);
/** A number, or null if not finite. */
json_t *json_number(double value);
/** Appends `value` and takes its reference. When out of memory, frees the array and sets it to
 * NULL. */
void json_append(json_t **array, json_t *value);

/** The commands in the order of --help: name, summary. */
#define COMMANDS(ROW)                                                                              \
    ROW(devices, "list OpenCL devices")                                                            \
    ROW(datasets, "list the built-in datasets and manifolds")                                      \
    ROW(sample, "write pairs of nearby points with their images")                                  \
    ROW(train, "train an encoder alone, then a decoder")                                           \
    ROW(info, "summarise a RUN folder")                                                            \
    ROW(encode, "map images to latent codes")                                                      \
    ROW(decode, "map latent codes to images")                                                      \
    ROW(render, "draw a contact sheet of a dataset")                                               \
    ROW(eval, "evaluate a trained run")                                                            \
    ROW(interpolate, "compare latent paths with geodesics")                                        \
    ROW(geometry, "compare geodesics on the latent manifold with the true ones")                   \
    ROW(geodesic, "geodesics on the latent manifold between images")                               \
    ROW(exponential, "extend a geodesic beyond an image")                                          \
    ROW(mean, "mean of images on the latent manifold")                                             \
    ROW(converge, "energy as a function of the sampling radius")                                   \
    ROW(pairs, "make pairs from images")                                                           \
    ROW(export, "export networks for other programs")                                              \
    ROW(report, "write an HTML report about runs")                                                 \
    ROW(bench, "time a training step")                                                             \
    ROW(tune, "tune matrix products for the device")

#define DECLARE(name, summary) int command_##name(struct cli *cli, int argc, char **argv);
COMMANDS(DECLARE)
#undef DECLARE

#endif
