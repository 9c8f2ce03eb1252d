/* SIGINT and SIGTERM as a flag polled by training. */
#ifndef LB_CLI_SIGNALS_H
#define LB_CLI_SIGNALS_H

#include <signal.h>

/** From now on SIGINT and SIGTERM only set the flag. */
void signals_catch(void);

/** The flag: 0, or the number of the last signal received. */
const volatile sig_atomic_t *signals_flag(void);
int signals_received(void);

#endif
