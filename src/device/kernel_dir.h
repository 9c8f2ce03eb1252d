/* Location of the .cl files. */
#ifndef LB_DEVICE_KERNEL_DIR_H
#define LB_DEVICE_KERNEL_DIR_H

#include "base/context.h"

/**
 * Finds the kernel folder: the context's, LOWBEND_CL_DIR, the installed data, the source tree. A
 * folder given by the user must hold the kernels and is never skipped.
 *
 * @param out the path, allocated, owned by the caller
 * @return LB_OK, LB_ERR_NOT_FOUND (the text lists the places tried), LB_ERR_MEMORY
 */
enum lb_status lb_kernel_dir_find(struct lb_context *ctx, char **out);

#endif
