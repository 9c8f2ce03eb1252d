/* The text of a program: a .cl file with its prelude and includes, expanded by the host. */
#ifndef LB_DEVICE_KERNEL_SOURCE_H
#define LB_DEVICE_KERNEL_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/context.h"
#include "base/text.h"

/** One piece of the text, kept for messages. */
struct lb_kernel_source_file {
    char *name;   ///< as the user knows it
    char *quoted; ///< the name as a string literal: what #line says
    char *path;   ///< where it was read, NULL for the prelude
    char *text;
    dev_t device; ///< device and inode tell whether two paths are one file
    ino_t inode;
};

/** Starts as {0}. */
struct lb_kernel_source {
    struct lb_text text; ///< what the compiler gets
    struct lb_kernel_source_file *files;
    size_t n_files;
};

/**
 * Expands `prelude` (may be NULL), then `file` (absolute, or below the kernel folder).
 *
 * #include "x" is looked up beside the including file, then below the kernel folder; each file is
 * taken once, at its first #include, whatever #if stands around it. #include <x> is left alone.
 *
 * @return LB_OK, LB_ERR_BUILD (an include is missing), LB_ERR_NOT_FOUND (`file` is), LB_ERR_IO,
 *         LB_ERR_MEMORY; the caller frees the source in each case
 */
enum lb_status lb_kernel_source_expand(struct lb_kernel_source *source, struct lb_context *ctx,
                                       const char *cl_dir, const char *file, const char *prelude);
void lb_kernel_source_free(struct lb_kernel_source *source);

/** The file of this name (n bytes), or NULL. */
const struct lb_kernel_source_file *lb_kernel_source_find(const struct lb_kernel_source *source,
                                                          const char *name, size_t n);

/**
 * The file and line that a line of the expanded text came from, for drivers that ignore #line.
 * NULL if there is no such line.
 */
const struct lb_kernel_source_file *lb_kernel_source_locate(const struct lb_kernel_source *source,
                                                            size_t physical, size_t *line);

/** Start of a line of the text (from 1) and its length without the line end; NULL if none. */
const char *lb_text_line(const char *text, size_t line, size_t *length);

#endif
