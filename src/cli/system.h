/* What the program needs of the system beyond C11. A port replaces system.c. */
#ifndef LB_CLI_SYSTEM_H
#define LB_CLI_SYSTEM_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * Occupies closed standard streams, so that none is replaced by the first file that is opened. The
 * placeholders reject the stream's own use: writing results to a closed standard output still
 * fails. False if that is impossible.
 */
bool system_occupy_streams(void);

/** Keeps the program alive if a reader of its output goes away or a file exceeds the system's size
 * limit: the write fails instead. */
void system_ignore_write_signals(void);

/**
 * Whether standard output is a pipe without a reader, as after `| head`: the number of the signal
 * that ends other programs then, else 0. `reason`: errno of the failed write.
 */
int system_output_abandoned(int reason);

/** From now on SIGINT and SIGTERM only set the flag. */
void signals_catch(void);
/** The flag, which training polls: 0, or the number of the last signal received. */
const volatile sig_atomic_t *signals_flag(void);
int signals_received(void);

/** Whether standard error is a terminal. */
bool terminal_exists(void);
/** Columns of that terminal; 80 if unknown. */
size_t terminal_width(void);

/** Seconds since an arbitrary start, by a clock that does not jump. */
double system_seconds(void);

/** Size of the machine's memory in bytes; SIZE_MAX if unknown. */
size_t system_memory(void);

bool path_is_folder(const char *path);
/** Whether a file or folder is known not to exist. False if it cannot be examined, so that reading
 * it reports why. */
bool path_missing(const char *path);

#endif
