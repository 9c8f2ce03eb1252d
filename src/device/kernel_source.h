/* Program text: a .cl file with its prelude and includes, expanded by the host. */
#ifndef LB_DEVICE_KERNEL_SOURCE_H
#define LB_DEVICE_KERNEL_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/context.h"
#include "base/file_facts.h"
#include "base/text.h"

/** A part of the text, kept for messages. */
struct lb_kernel_source_file {
    char *name;   ///< as known to the user
    char *quoted; ///< the name as a string literal for #line
    char *path;   ///< where it was read, NULL for the prelude
    char *text;
    struct lb_file_id id;
};

/** Initialise with {0}. */
struct lb_kernel_source {
    struct lb_text text; ///< text for the compiler
    struct lb_kernel_source_file *files;
    size_t n_files;
};

/**
 * Expands `prelude` (may be NULL), then `file` (absolute, or below the kernel folder).
 *
 * #include "x" is searched beside the including file, then in the kernel folder; each file is
 * expanded once, at its first #include, regardless of #if. #include <x> is left unchanged.
 *
 * @return LB_OK, LB_ERR_BUILD (an include is missing), LB_ERR_NOT_FOUND (`file` is), LB_ERR_IO,
 *         LB_ERR_MEMORY; the caller frees the source in each case
 */
enum lb_status lb_kernel_source_expand(struct lb_kernel_source *source, struct lb_context *ctx,
                                       const char *cl_dir, const char *file, const char *prelude);
void lb_kernel_source_free(struct lb_kernel_source *source);

/** The file with this name (n bytes), or NULL. */
const struct lb_kernel_source_file *lb_kernel_source_find(const struct lb_kernel_source *source,
                                                          const char *name, size_t n);

/**
 * File and line of a line of the expanded text, for drivers that ignore #line. NULL if there is no
 * such line.
 */
const struct lb_kernel_source_file *lb_kernel_source_locate(const struct lb_kernel_source *source,
                                                            size_t physical, size_t *line);

/** Start of a line of the text (from 1) and its length without the line end; NULL if there is
 * none. */
const char *lb_text_line(const char *text, size_t line, size_t *length);

#endif
