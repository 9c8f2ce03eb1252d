/* What all commands share: common options, context and device, messages, exit statuses, JSON. */
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
    EXIT_SIGNAL = 128, ///< plus the signal's number
};

/** Returned by cli_parse() when the command is to go on. */
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
    const char *cl_dir;   ///< --cl-dir, else NULL: the library looks at LOWBEND_CL_DIR
    uint64_t seed;
    bool quiet;
    bool verbose;
    bool json;
    bool silent; ///< another rank than the first: prints no results and no warnings
    struct progress_line line;
    struct lb_context *ctx;
    struct lb_device *device;
    void (*before_message)(void *user); ///< called before anything but an error is shown, or NULL
    void *before_message_user;
};

/** Prints "lowbend: " and the message as one line to standard error. */
void cli_error(struct cli *cli, const char *format, ...) CLI_PRINTF(2, 3);
/** Prints the message to standard error unless --quiet was given. */
void cli_note(struct cli *cli, const char *format, ...) CLI_PRINTF(2, 3);
/** Wipes the progress line and lets the command describe itself before its first message. */
void cli_prepare_message(struct cli *cli);
/** Reports wrong usage, with a hint at --help; returns EXIT_USAGE. */
int cli_usage(struct cli *cli, const char *format, ...) CLI_PRINTF(2, 3);

/** Reports the last error if status is one; returns the exit status that belongs to it. */
int cli_finish(struct cli *cli, enum lb_status status);

/** Reports that host memory is out; returns EXIT_FAILED. */
int cli_out_of_memory(struct cli *cli);

/** Creates the context; returns an exit status, reported if not EXIT_DONE. */
int cli_open_context(struct cli *cli);
/** Creates the context if there is none and opens the device. */
int cli_open_device(struct cli *cli);
/** Joins the ranks that mpirun started, if it did, with the context open. Of several ranks only the
 * first one says anything but what has failed. */
int cli_join_ranks(struct cli *cli);
/** Closes both, and leaves the ranks; fine on what was never opened. */
void cli_close(struct cli *cli, int exit_status);

/** Whether a file's name ends in .png, the only format of pictures. */
bool cli_names_picture(const char *path);
/** Whether a DATASET of this name is a file of own pairs. */
bool cli_names_own_pairs(const char *path);
/** Reports that --OPTION does not; returns EXIT_USAGE. */
int cli_not_a_picture(struct cli *cli, const char *option, const char *path);

/**
 * The name of an array file to be written must end in .safetensors or, of a single array, .npy.
 * Returns CLI_CONTINUE, or EXIT_USAGE, reported.
 */
int cli_check_array_name(struct cli *cli, const char *path, bool single);

/**
 * Refuses an output that is one of the files that are read, see lb_output_check(). Opens the
 * context if there is none; returns an exit status, reported if not EXIT_DONE.
 */
int cli_check_output(struct cli *cli, const char *out, const struct lb_source_path *sources,
                     size_t n);

/** A malloc'ed path of a file of RUN; NULL when out of memory. */
char *cli_run_file(const char *run, enum lb_run_file file);

/** Prints the object to standard output and drops the reference; false when out of memory. */
bool cli_print_json(json_t *json);
/** A number, or null where it is not finite. */
json_t *json_number(double value);
/** Appends `value`, and takes it, to an array that is freed, and NULL, once memory is out. */
void json_append(json_t **array, json_t *value);

/** The commands in the order of --help: name, summary. */
#define COMMANDS(ROW)                                                                              \
    ROW(devices, "list the OpenCL devices")                                                        \
    ROW(datasets, "list the built-in datasets and manifolds")                                      \
    ROW(sample, "write pairs of nearby points with their images")                                  \
    ROW(train, "train an encoder alone, then a decoder")                                           \
    ROW(info, "what a run folder holds")                                                           \
    ROW(encode, "images to latent codes")                                                          \
    ROW(decode, "latent codes to images")                                                          \
    ROW(render, "contact sheet of a dataset")                                                      \
    ROW(eval, "every measure of a trained run")                                                    \
    ROW(interpolate, "latent paths against geodesics")                                             \
    ROW(geometry, "geodesics on the latent manifold against the true ones")                        \
    ROW(geodesic, "geodesics on the latent manifold between own images")                           \
    ROW(exponential, "beyond an image, the way that leads to it from another")                     \
    ROW(mean, "the mean of images on the latent manifold")                                         \
    ROW(converge, "the energy against the sampling radius")                                        \
    ROW(pairs, "pairs from own images")                                                            \
    ROW(export, "networks for other programs")                                                     \
    ROW(report, "one HTML page about runs, to look at")                                            \
    ROW(bench, "time the encoder step")                                                            \
    ROW(tune, "tune matrix products for the device")

#define DECLARE(name, summary) int command_##name(struct cli *cli, int argc, char **argv);
COMMANDS(DECLARE)
#undef DECLARE

#endif
