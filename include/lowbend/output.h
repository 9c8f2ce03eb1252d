/* Keeping files that are written apart from those that are read. */
#ifndef LOWBEND_OUTPUT_H
#define LOWBEND_OUTPUT_H

#include <stddef.h>

#include <lowbend/context.h>

#ifdef __cplusplus
extern "C" {
#endif

enum lb_source_path_kind {
    LB_PATH_FILE,       ///< a file; names of built-in datasets are none, and are passed over
    LB_PATH_IMAGES,     ///< a file, or a folder of pictures
    LB_PATH_RUN,        ///< a RUN folder, with its dataset and mesh
    LB_PATH_IMAGE_TREE, ///< as LB_PATH_IMAGES, with the sub-folders of a folder
};

/** Something that is read. */
struct lb_source_path {
    const char *path; ///< NULL or "": nothing
    enum lb_source_path_kind kind;
};

/**
 * Whether `out`, a file that is to be written, is none of those that are read: files are compared
 * themselves, so that links and other ways to write a path make no difference. Of a folder of
 * pictures no picture may be replaced and none added, of a RUN all but its pictures and its page
 * are read. Sources that do not exist are left to whoever reads them. Nothing is changed.
 *
 * @return LB_OK; LB_ERR_ARGUMENT names both; LB_ERR_MEMORY
 */
LB_API enum lb_status lb_output_check(struct lb_context *ctx, const char *out,
                                      const struct lb_source_path *sources, size_t n);

#ifdef __cplusplus
}
#endif

#endif
