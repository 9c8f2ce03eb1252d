/* Checks that output files do not overwrite input files. */
#ifndef LOWBEND_OUTPUT_H
#define LOWBEND_OUTPUT_H

#include <stddef.h>

#include <lowbend/context.h>

#ifdef __cplusplus
extern "C" {
#endif

enum lb_source_path_kind {
    LB_PATH_FILE,       ///< a file; names of built-in datasets are ignored
    LB_PATH_IMAGES,     ///< a file, or a folder of pictures
    LB_PATH_RUN,        ///< a RUN folder, including its dataset and mesh
    LB_PATH_IMAGE_TREE, ///< as LB_PATH_IMAGES, including subfolders
};

/** An input path. */
struct lb_source_path {
    const char *path; ///< NULL or "": nothing
    enum lb_source_path_kind kind;
};

/**
 * Checks that `out`, a file to be written, is none of the inputs. It compares the files themselves,
 * so links and different spellings of a path make no difference. For a folder of pictures, `out`
 * may not replace or add a picture; for a RUN, everything but its pictures and report counts as
 * input. Inputs that do not exist are ignored here. Changes nothing.
 *
 * @return LB_OK; LB_ERR_ARGUMENT names both files; LB_ERR_MEMORY
 */
LB_API enum lb_status lb_output_check(struct lb_context *ctx, const char *out,
                                      const struct lb_source_path *sources, size_t n);

#ifdef __cplusplus
}
#endif

#endif
