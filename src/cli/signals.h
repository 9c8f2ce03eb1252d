/* SIGINT and SIGTERM as a flag that training polls. */
#ifndef LB_CLI_SIGNALS_H
#define LB_CLI_SIGNALS_H

/** From now on SIGINT and SIGTERM only set the flag; a second one changes nothing. */
void signals_catch(void);

/** The flag: 0, or the number of the first signal received. */
const volatile int *signals_flag(void);
int signals_received(void);

#endif
