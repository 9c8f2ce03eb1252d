/* The progress line of a training run. */
#ifndef LB_CLI_PROGRESS_H
#define LB_CLI_PROGRESS_H

#include <stdbool.h>

struct lb_progress;

/** Starts as {0}, which shows nothing. */
struct progress_line {
    bool enabled;
    bool terminal;     ///< rewritten in place; otherwise plain lines, a few seconds apart
    bool open;         ///< the terminal's current line holds a progress line
    double last_shown; ///< seconds of the monotonic clock; 0: never
};

/** Looks at standard error; quiet: shows nothing. */
void progress_start(struct progress_line *line, bool quiet);
void progress_show(struct progress_line *line, const struct lb_progress *progress);
/** Wipes the line from the terminal, so that something else can be printed. */
void progress_clear(struct progress_line *line);

#endif
