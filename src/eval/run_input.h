/* Images or latent codes as input of a run's networks, mostly from files. */
#ifndef LB_EVAL_RUN_INPUT_H
#define LB_EVAL_RUN_INPUT_H

#include "batch/image_set.h"
#include "run/run.h"

/** Possible content of a file (bit flags). */
enum lb_run_input_kind {
    LB_RUN_IMAGES = 1,
    LB_RUN_CODES = 2,
};

struct lb_run_input {
    const char *path;            ///< owned by the caller
    enum lb_run_input_kind kind; ///< of the content
    size_t count;                ///< n
    size_t size;                 ///< D or l
    struct lb_image_set set;
};

/**
 * Opens images named `images`, (n,H,W,C), (n,H,W) or (n,D) in the run's shape, or codes named
 * `latent`, (n,l) floats; .npy arrays by their shape, images first; and pictures.
 *
 * Float images are divided by the scale of the options, else by that of the run's user pairs.
 * Without either they must be in [0,1], unless they are vectors.
 *
 * @param kinds accepted kinds, flags of lb_run_input_kind; `images` take precedence if a file has
 *              both
 * @param options of images; NULL: the defaults
 * @return LB_OK, LB_ERR_FORMAT (says what does not fit), LB_ERR_NOT_FOUND, LB_ERR_IO, LB_ERR_MEMORY
 *
 * The caller closes it, also after a failure.
 */
enum lb_status lb_run_input_open(struct lb_run_input *input, struct lb_run *run, const char *path,
                                 unsigned kinds, const struct lb_image_options *options);
/** The same for an array in memory, owned by the caller; its name replaces the path. */
enum lb_status lb_run_input_take(struct lb_run_input *input, struct lb_run *run,
                                 const struct lb_tensor *array, unsigned kinds,
                                 const struct lb_image_options *options);
void lb_run_input_close(struct lb_run_input *input);

/** Rows first..first + n - 1 as floats (n, size), with bytes scaled to [0,1]. LB_ERR_IO if the file
 * changed since it was opened. */
enum lb_status lb_run_input_read(const struct lb_run_input *input, struct lb_run *run, size_t first,
                                 size_t n, float *values);

/** LB_ERR_NOT_FOUND unless the run has a decoder. */
enum lb_status lb_run_check_decoder(struct lb_run *run);

#endif
