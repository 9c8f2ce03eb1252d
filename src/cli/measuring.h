/* What is said while measures are taken. */
#ifndef LB_CLI_MEASURING_H
#define LB_CLI_MEASURING_H

#include <time.h>

#include "common.h"

/** What commands say of measures; starts as {.cli = ...}. */
struct measuring {
    struct cli *cli;
    const char *part; ///< said last
    int done;         ///< with it
    time_t said;      ///< when
};
/** An lb_evaluate_fn: says each part, and how much is done at most once a second; stops after a
 * signal. */
bool measuring_show(void *measuring, const char *part, int done, int total);

#endif
