/* Summary of a RUN folder, read from its files alone, without a device. */
#ifndef LOWBEND_RUN_INFO_H
#define LOWBEND_RUN_INFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lowbend/dataset.h>
#include <lowbend/run.h>
#include <lowbend/train.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A value with its name in metrics.csv or eval.json; NAN: unknown. */
struct lb_named_number {
    const char *name;
    double value;
};

/** A network as its file describes it. */
struct lb_run_network {
    size_t inputs;      ///< input size
    const char *layers; ///< layers separated by commas, in the syntax of --hidden
    const char *activation;
    const char *output_activation;
    bool normalises;   ///< true if it normalises its input per channel
    size_t parameters; ///< weights and biases
    const char *input; ///< input shape, "32x32x3"; "": a vector
};

/** The evaluation on fresh pairs at the end of a phase, from metrics.csv. */
struct lb_run_result {
    enum lb_phase phase;
    int step;
    const struct lb_named_number *numbers; ///< the loss and the terms of this phase
    size_t number_count;
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[4];
};

struct lb_run_file_info {
    enum lb_run_file file;
    uint64_t bytes;
};

/** Summary of a RUN; all pointers are valid until lb_run_info_free(). */
struct lb_run_info {
    const char *path;
    const char *version; ///< program version that wrote config.json; "": unknown
    int format;          ///< format version of config.json
    struct lb_train_params params;

    struct lb_dataset_info dataset; ///< from config.json: point_size and hashes are 0; all fields
                                    ///< are 0 if config.json has none
    double minimum;                 ///< E*; NAN: unknown
    size_t pairs;       ///< number of user pairs in training; 0: not trained on user pairs
    size_t held_out;    ///< number of user pairs held out from training
    const char *device; ///< name of the device; "": unknown
    const char *driver;

    bool finished;
    enum lb_phase phase; ///< the current phase, or the last one
    int step;            ///< steps done in this phase, up to the last checkpoint
    int steps;
    int skipped;    ///< steps skipped so far
    double seconds; ///< training time, up to the last line of metrics.csv

    const struct lb_run_network *encoder; ///< NULL: not trained yet
    const struct lb_run_network *decoder; ///< NULL: not trained yet, or not requested
    const struct lb_run_result *results;  ///< (result_count), by phase
    size_t result_count;
    const struct lb_named_number *evaluation; ///< all values of eval.json, in its order
    size_t evaluation_count;                  ///< 0: no eval.json
    const struct lb_run_file_info *files;     ///< (file_count), the existing ones
    size_t file_count;
};

/**
 * Reads a RUN folder, finished or not. Missing parts are left out; networks are described, not
 * loaded.
 *
 * @param out owned by the caller; free it with lb_run_info_free()
 *
 * @return LB_OK, LB_ERR_NOT_FOUND (no such RUN), LB_ERR_FORMAT (a damaged file, named), LB_ERR_IO,
 *         LB_ERR_MEMORY
 */
LB_API enum lb_status lb_run_info_read(struct lb_run_info **out, struct lb_context *ctx,
                                       const char *path);
LB_API void lb_run_info_free(struct lb_run_info **info);

/** The same as the text of a JSON object; release it with free(). NULL if out of memory. */
LB_API char *lb_run_info_json(const struct lb_run_info *info);

#ifdef __cplusplus
}
#endif

#endif
