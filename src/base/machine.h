/* Facts about this machine. */
#ifndef LB_BASE_MACHINE_H
#define LB_BASE_MACHINE_H

#include <stddef.h>

/** Memory that this process can get at most, in bytes: the machine's, or less if the process is
 * limited. INFINITY if unknown. */
double lb_machine_memory(void);

/** Number of processors that are switched on; 1 if unknown. */
size_t lb_machine_cores(void);

/** Number of processors that this process may use; 0 if unknown. */
size_t lb_machine_cores_allowed(void);

/** Name of the machine in its network, truncated; "?" if it has none. */
void lb_machine_name(char *name, size_t bytes);

#endif
