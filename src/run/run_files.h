/* The files of a RUN. */
#ifndef LB_RUN_RUN_FILES_H
#define LB_RUN_RUN_FILES_H

#include <stdbool.h>

#include <lowbend/run.h>

/** Whether commands other than the one that writes it read the file. */
bool lb_run_file_is_read(enum lb_run_file file);

/** The allocated path RUN/name, or NULL. */
char *lb_run_file_path(const char *run, enum lb_run_file file);

#endif
