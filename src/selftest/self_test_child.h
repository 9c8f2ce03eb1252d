/*
 * A separate process for the self-test: a driver that crashes or hangs affects only this process.
 *
 * The helper program (train/self_test_main.c) opens the same device, receives one case after the
 * other, and reports each operation before it starts. Both ends of the protocol are in this room:
 * self_test_child.c and self_test_serve.c.
 */
#ifndef LB_SELFTEST_SELF_TEST_CHILD_H
#define LB_SELFTEST_SELF_TEST_CHILD_H

#include <signal.h>

#include "base/child.h"
#include "selftest/self_test_run.h"

/** Initialise with {.device = ..., .suite = ..., .stop = ...}; the process starts with the first
 * case. */
struct lb_self_test_child {
    struct lb_device *device;
    const struct lb_self_test_suite
        *suite;                        ///< of the helper program: contains every case that is run
    const volatile sig_atomic_t *stop; ///< non-zero ends the test; NULL: cannot be stopped
    struct lb_child process;
    bool unusable;     ///< no helper program was found: cases run in this process
    char at[128];      ///< operation it reported last
    char buffer[8192]; ///< received data
    size_t length;     ///< of `buffer`
    size_t taken;      ///< length of the last message in it
};

/**
 * Runs a case in the child, or in this process if there can be no child. LB_OK even if the case
 * fails; LB_ERR_INTERRUPTED, LB_ERR_MEMORY.
 */
enum lb_status lb_self_test_child_run(struct lb_self_test_child *child,
                                      const struct lb_self_test_item *item,
                                      struct lb_self_test_outcome *outcome);

/** Ends the process, if it is running, and waits for it. */
void lb_self_test_child_close(struct lb_self_test_child *child);

/* Messages are NUL-terminated; the first byte is the kind. The helper gets these arguments: */
enum {
    LB_CHILD_SELECTOR = 1,
    LB_CHILD_PLATFORM, ///< this and the next two detect a changed list of devices
    LB_CHILD_NAME,
    LB_CHILD_DRIVER,
    LB_CHILD_CL_DIR,
    LB_CHILD_PARENT, ///< process id
    LB_CHILD_ARGUMENTS,
};
#define LB_CHILD_HELLO   'h' ///< from the helper: lb_version(), once the device is open
#define LB_CHILD_REFUSED 'r' ///< from the helper instead: why it cannot run
#define LB_CHILD_CASE    'c' ///< to the helper: decimal index in the suite, back end, activation
#define LB_CHILD_AT      'a' ///< from the helper: the next operation
#define LB_CHILD_DONE    'd' ///< from the helper: the status in decimal, a blank, the reason

/** The helper program's main(). */
int lb_self_test_serve(int argc, char **argv, const struct lb_self_test_suite *suite);

#endif
