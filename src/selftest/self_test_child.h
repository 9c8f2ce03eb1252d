/*
 * The self-test's process of its own: a driver that crashes or hangs takes only that along.
 *
 * The helper program (train/self_test_main.c) opens the same device, is sent one case after the
 * other, and tells what it is about to do before it does it. Both ends of the talk are here:
 * self_test_child.c and self_test_serve.c.
 */
#ifndef LB_SELFTEST_SELF_TEST_CHILD_H
#define LB_SELFTEST_SELF_TEST_CHILD_H

#include <signal.h>
#include <sys/types.h>

#include "selftest/self_test_run.h"

/** Starts as {.device = ..., .suite = ..., .stop = ...}; the process starts with the first case. */
struct lb_self_test_child {
    struct lb_device *device;
    const struct lb_self_test_suite *suite; ///< of the helper program: knows every case that is run
    const volatile sig_atomic_t *stop;      ///< non-zero ends the test; NULL: nothing does
    pid_t pid;                              ///< 0: none runs
    int socket;
    bool unusable;     ///< there is no helper program: cases run in this process
    char at[128];      ///< what it said last that it does
    char buffer[8192]; ///< what it said
    size_t length;     ///< of `buffer`
    size_t taken;      ///< of it, the last message
};

/**
 * Runs a case in the child, or in this process where there can be no child. LB_OK also where the
 * case fails; LB_ERR_INTERRUPTED, LB_ERR_MEMORY.
 */
enum lb_status lb_self_test_child_run(struct lb_self_test_child *child,
                                      const struct lb_self_test_item *item,
                                      struct lb_self_test_outcome *outcome);

/** Ends the process, if there is one, and waits for it. */
void lb_self_test_child_close(struct lb_self_test_child *child);

/* Messages: NUL-terminated, the first byte says which. The helper is started with its end of a
 * socket as standard input and these arguments: */
enum {
    LB_CHILD_SELECTOR = 1,
    LB_CHILD_PLATFORM, ///< this and the next two: so that a changed list of devices is noticed
    LB_CHILD_NAME,
    LB_CHILD_DRIVER,
    LB_CHILD_CL_DIR,
    LB_CHILD_PARENT, ///< process id
    LB_CHILD_ARGUMENTS,
};
#define LB_CHILD_HELLO   'h' ///< from the helper: lb_version(), once the device is open
#define LB_CHILD_REFUSED 'r' ///< from the helper instead: why it cannot serve
#define LB_CHILD_CASE    'c' ///< to it: place in the suite, back end, activation, in decimal
#define LB_CHILD_AT      'a' ///< from it: what it is about to do
#define LB_CHILD_DONE    'd' ///< from it: the status as a decimal number, a blank, why

/** The helper program's main(). */
int lb_self_test_serve(int argc, char **argv, const struct lb_self_test_suite *suite);

#endif
