#include "base/posix.h"

#include "base/process.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

long lb_process_number(void)
{
    return (long)getpid();
}

bool lb_process_gone(long number)
{
    return kill((pid_t)number, 0) != 0 && errno == ESRCH;
}
