/* Progress messages of measures. */
#ifndef LB_CLI_MEASURING_H
#define LB_CLI_MEASURING_H

#include <time.h>

#include "common.h"

/** State of these messages; initialise with {.cli = ...}. */
struct measuring {
    struct cli *cli;
    const char *part; ///< last message: part
    int done;         ///< last message: count
    time_t said;      ///< last message: time
};
/** An lb_evaluate_fn: prints each part, and its progress at most once a second; stops after a
 * signal. */
bool measuring_show(void *measuring, const char *part, int done, int total);

#endif
