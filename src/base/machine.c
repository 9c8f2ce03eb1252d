/* For sched_getaffinity(), which is Linux's. */
#define _GNU_SOURCE // NOLINT(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
#include "base/posix.h"

#include "base/machine.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

double lb_machine_memory(void)
{
    double limit = INFINITY;
    struct rlimit space;
#ifdef _SC_PHYS_PAGES
    const long pages = sysconf(_SC_PHYS_PAGES);
    const long page = sysconf(_SC_PAGESIZE);
    limit = pages > 0 && page > 0 ? (double)pages * (double)page : limit;
#endif
    if (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY) {
        limit = fmin(limit, (double)space.rlim_cur);
    }
    return limit;
}

size_t lb_machine_cores(void)
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores > 0 ? (size_t)cores : 1;
}

size_t lb_machine_cores_allowed(void)
{
#if defined(__linux__)
    cpu_set_t cores;
    return sched_getaffinity(0, sizeof cores, &cores) == 0 ? (size_t)CPU_COUNT(&cores) : 0;
#else
    return 0;
#endif
}

void lb_machine_name(char *name, size_t bytes)
{
    if (gethostname(name, bytes) != 0) {
        snprintf(name, bytes, "?");
    }
    name[bytes - 1] = '\0'; // a truncated name may lack it
}
