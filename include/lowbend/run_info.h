/* What a RUN folder holds, read from its files alone: no device is needed. */
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

/** A number under the name that metrics.csv or eval.json gives it; NAN: not known. */
struct lb_named_number {
    const char *name;
    double value;
};

/** A network as its file describes it. */
struct lb_run_network {
    size_t inputs;      ///< numbers that enter
    const char *layers; ///< what each layer gives, with commas between, as --hidden has it
    const char *activation;
    const char *output_activation;
    bool normalises;   ///< it normalises its input, channel by channel
    size_t parameters; ///< weights and biases
    const char *input; ///< shape of what enters, "32x32x3"; "": a vector
};

/** The evaluation on fresh pairs at the end of a phase, from metrics.csv. */
struct lb_run_result {
    enum lb_phase phase;
    int step;
    const struct lb_named_number *numbers; ///< the loss and its terms, those that the phase has
    size_t number_count;
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[4];
};

struct lb_run_file_info {
    enum lb_run_file file;
    uint64_t bytes;
};

/** All of it is lent until lb_run_info_free(). */
struct lb_run_info {
    const char *path;
    const char *version; ///< of the program that wrote config.json; "": not known
    int format;          ///< of config.json
    struct lb_train_params params;

    struct lb_dataset_info dataset; ///< as config.json has it: point_size and hashes are 0, and all
                                    ///< is where it has nothing
    double minimum;                 ///< E*; NAN: not known
    size_t pairs;                   ///< own pairs that were trained on; 0: there are none
    size_t held_out;                ///< own pairs that were kept from training
    const char *device;             ///< name of the device; "": not known
    const char *driver;

    bool finished;
    enum lb_phase phase; ///< the one that goes on, or the last one
    int step;            ///< done in this phase, up to the last checkpoint
    int steps;
    int skipped;    ///< steps left out so far
    double seconds; ///< of training, up to the last line of metrics.csv

    const struct lb_run_network *encoder; ///< NULL: not trained yet
    const struct lb_run_network *decoder; ///< NULL: not trained yet, or not wanted
    const struct lb_run_result *results;  ///< (result_count), by phase
    size_t result_count;
    const struct lb_named_number *evaluation; ///< every number of eval.json, in its order
    size_t evaluation_count;                  ///< 0: there is no eval.json
    const struct lb_run_file_info *files;     ///< (file_count), those that are there
    size_t file_count;
};

/**
 * Reads what a RUN folder holds, whether its training is finished or not. What is not there yet is
 * left out; networks are described, not loaded.
 *
 * @param out the caller's, to be freed by lb_run_info_free()
 *
 * @return LB_OK, LB_ERR_NOT_FOUND (no RUN there), LB_ERR_FORMAT (a damaged file, named), LB_ERR_IO,
 *         LB_ERR_MEMORY
 */
LB_API enum lb_status lb_run_info_read(struct lb_run_info **out, struct lb_context *ctx,
                                       const char *path);
LB_API void lb_run_info_free(struct lb_run_info **info);

/** The same as the text of a JSON object, to be freed with free(); NULL when out of memory. */
LB_API char *lb_run_info_json(const struct lb_run_info *info);

#ifdef __cplusplus
}
#endif

#endif
