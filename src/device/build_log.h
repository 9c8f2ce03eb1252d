/* Parses build logs of OpenCL compilers. */
#ifndef LB_DEVICE_BUILD_LOG_H
#define LB_DEVICE_BUILD_LOG_H

#include "base/text.h"
#include "device/kernel_source.h"

/**
 * Adds to `out` the first error of a log: "FILE:LINE:COLUMN: MESSAGE" and the numbered source lines
 * around it; or, if no error is recognised, "FILE: does not compile" and the start of the log. At
 * most about 1700 bytes, without a final newline.
 *
 * @param file   what was compiled
 * @param advice added in brackets after the message
 * @return whether an error was recognised
 */
bool lb_build_log_explain(struct lb_text *out, const struct lb_kernel_source *source,
                          const char *file, const char *log, const char *advice);

#endif
