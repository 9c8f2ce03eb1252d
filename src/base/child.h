/* A child process: another program, connected to this process by a channel. */
#ifndef LB_BASE_CHILD_H
#define LB_BASE_CHILD_H

#include <stdbool.h>

#include "base/channel.h"

/** Starts as {0}; the caller ends it with lb_child_end(). */
struct lb_child {
    long number;               ///< of the process; 0: not running
    struct lb_channel channel; ///< open while it runs
};

/**
 * Starts a program. `arguments` ends with NULL; the first one is the program's name. Its standard
 * input is the channel, its standard output and error are this process's standard error.
 *
 * @return 0, or the errno value that says why it did not start
 */
int lb_child_start(struct lb_child *child, const char *program, const char *const *arguments);

/** How a child ended. */
enum lb_ending {
    LB_ENDING_EXIT,    ///< by itself, with exit status `code`
    LB_ENDING_FAULT,   ///< by a fault of its own, such as a segmentation fault: `fault` names it
    LB_ENDING_KILL,    ///< ended by the system or another process: `code` is the signal
    LB_ENDING_UNKNOWN, ///< another part of this program has collected it, or it cannot be ended
};
struct lb_child_ending {
    enum lb_ending kind;
    int code;
    const char *fault;
};

/**
 * Closes the channel, waits until the child has ended, for at most `patience` seconds, and kills it
 * after that. Does nothing if it is not running.
 */
struct lb_child_ending lb_child_end(struct lb_child *child, double patience);

/**
 * To be called by the started program: makes it end with its parent, and lets it write no core
 * file, which takes long. False if the process with this number is not its parent, or not any more.
 */
bool lb_child_tie_to_parent(long parent);

/** To be called by the started program: it may now take as long as others need the processors. */
void lb_child_give_way(void);

#endif
