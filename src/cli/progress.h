/* The progress line of a training run. */
#ifndef LB_CLI_PROGRESS_H
#define LB_CLI_PROGRESS_H

#include <stdbool.h>

struct lb_progress;

/** Initialise with {0}, which shows nothing. */
struct progress_line {
    bool enabled;
    bool terminal;     ///< rewritten in place; otherwise whole lines every few seconds
    bool open;         ///< the terminal's current line holds a progress line
    double last_shown; ///< seconds of the monotonic clock; 0: never
};

/** Examines standard error; with `quiet` shows nothing. */
void progress_start(struct progress_line *line, bool quiet);
void progress_show(struct progress_line *line, const struct lb_progress *progress);
/** Clears the line on the terminal, so that something else can be printed. */
void progress_clear(struct progress_line *line);

#endif
