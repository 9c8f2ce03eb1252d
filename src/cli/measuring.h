/* What is said while measures are taken. */
#ifndef LB_CLI_MEASURING_H
#define LB_CLI_MEASURING_H

#include "common.h"

/** What `eval` and `report` say of measures; starts as {.cli = ...}. */
struct measuring {
    struct cli *cli;
    const char *part; ///< said last
};
/** An lb_evaluate_fn: says each part once, and stops after a signal. */
bool measuring_show(void *measuring, const char *part, int done, int total);

#endif
