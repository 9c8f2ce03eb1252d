/* Processes of this machine by number. */
#ifndef LB_BASE_PROCESS_H
#define LB_BASE_PROCESS_H

#include <stdbool.h>

/** Number of this process. */
long lb_process_number(void);

/** Whether no process has this number any more. False if the system does not tell. */
bool lb_process_gone(long number);

#endif
