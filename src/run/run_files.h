/* The files of a RUN, and what is read from outside it. */
#ifndef LB_RUN_RUN_FILES_H
#define LB_RUN_RUN_FILES_H

#include <stdbool.h>

#include <lowbend/output.h>

struct lb_run_file {
    const char *name;
    bool read; ///< by other commands than the one that writes it
};

/** All files that a RUN may have. */
extern const struct lb_run_file lb_run_files[];
extern const size_t lb_run_files_count;

/** LB_ERR_ARGUMENT if one of the files to be removed or written in RUN is one of the sources. */
enum lb_status lb_output_check_run(struct lb_context *ctx, const char *run,
                                   const struct lb_source_path *sources, size_t n);

#endif
