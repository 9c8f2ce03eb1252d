/*
 * A separate process of the self-test: a driver that crashes or hangs affects only this process.
 *
 * The helper program (train/self_test_main.c) opens the same device, receives one case after the
 * other, and reports each operation before it starts. Both ends of the protocol are in this room:
 * self_test_child.c and self_test_serve.c.
 */
#ifndef LB_SELFTEST_SELF_TEST_CHILD_H
#define LB_SELFTEST_SELF_TEST_CHILD_H

#include "base/child.h"
#include "selftest/self_test_run.h"

/** The most processes at a time. */
enum { LB_SELF_TEST_CHILDREN = 4 };

/** Initialise with {0}. */
struct lb_self_test_child {
    struct lb_child process;
    bool greeted;      ///< it has opened the device
    bool ended;        ///< it will say no more
    double heard;      ///< clock when it last sent something, or at its start
    char at[128];      ///< operation it reported last
    char buffer[8192]; ///< received data
    size_t length;     ///< of `buffer`
    size_t taken;      ///< length of the messages already read
};

/** Starts the process. False, with the reason, if there is no helper program or it cannot run. */
bool lb_self_test_child_start(struct lb_self_test_child *child, const struct lb_device *device,
                              char *why, size_t bytes);

/** Sends it a case of the suite; it runs its cases in the order of these calls. */
void lb_self_test_child_ask(const struct lb_self_test_child *child,
                            const struct lb_self_test_suite *suite,
                            const struct lb_self_test_item *item);

/** Waits at most `ms` milliseconds until one of the processes has sent something, and receives it.
 * All must be running. */
void lb_self_test_children_listen(struct lb_self_test_child *const *children, size_t n, int ms);

enum lb_self_test_event {
    LB_SELF_TEST_NOTHING,  ///< still at work
    LB_SELF_TEST_DONE,     ///< *outcome is that of its present case, which may have ended it
    LB_SELF_TEST_UNUSABLE, ///< it has not started; outcome->text says why
};

/** Reads what has been received, up to the outcome of a case. */
enum lb_self_test_event lb_self_test_child_read(struct lb_self_test_child *child,
                                                struct lb_self_test_outcome *outcome);

/** Ends a process that has taken too long: the outcome of its present case. */
enum lb_self_test_event lb_self_test_child_give_up(struct lb_self_test_child *child,
                                                   struct lb_self_test_outcome *outcome);

/** Seconds that a kernel, or its compiler, may take without a message. */
double lb_self_test_limit(void);

/** Asks the process to end, if it is running, when it has run its cases, and does not wait. */
void lb_self_test_child_dismiss(const struct lb_self_test_child *child);

/** Ends the process, if it is running, and waits for it; `at_once` ends it amid a case. */
void lb_self_test_child_close(struct lb_self_test_child *child, bool at_once);

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
