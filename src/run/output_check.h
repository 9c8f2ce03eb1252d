/* Prevents overwriting inputs. */
#ifndef LB_RUN_OUTPUT_CHECK_H
#define LB_RUN_OUTPUT_CHECK_H

#include <lowbend/output.h>

/** LB_ERR_ARGUMENT if a file to be removed or written in RUN is one of the sources. */
enum lb_status lb_output_check_run(struct lb_context *ctx, const char *run,
                                   const struct lb_source_path *sources, size_t n);

#endif
