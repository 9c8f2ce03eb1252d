/* The files of a RUN, and what is read from outside it. */
#ifndef LB_RUN_RUN_FILES_H
#define LB_RUN_RUN_FILES_H

#include <lowbend/output.h>
#include <lowbend/run.h>

/** A malloc'ed RUN/name, or NULL. */
char *lb_run_file_path(const char *run, enum lb_run_file file);

/** LB_ERR_ARGUMENT if one of the files to be removed or written in RUN is one of the sources. */
enum lb_status lb_output_check_run(struct lb_context *ctx, const char *run,
                                   const struct lb_source_path *sources, size_t n);

#endif
