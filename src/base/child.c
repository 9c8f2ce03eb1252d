#include "base/posix.h"

#include "base/child.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/prctl.h>
#endif

#include "base/clock.h"
#include "base/context.h"

static const double POLL_SECONDS = 1e-3;
static const double KILL_SECONDS = 10.0; // that the system may take to end a killed process

extern char **environ;

/* ---- the start ------------------------------------------------------------------------------- */

/* Returns 0 or an errno value. */
static int spawn(pid_t *process, const char *program, char *const *arguments,
                 struct lb_channel channel)
{
    posix_spawn_file_actions_t actions;
    int code = posix_spawn_file_actions_init(&actions);
    if (code != 0) {
        return code;
    }
    code = posix_spawn_file_actions_adddup2(&actions, channel.handle, STDIN_FILENO);
    if (code == 0) {
        code = posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    }
    if (code == 0) {
        code = posix_spawn(process, program, &actions, NULL, arguments, environ);
    }
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

int lb_child_start(struct lb_child *child, const char *program, const char *const *arguments)
{
    struct lb_channel other;
    pid_t process = 0;
    size_t bytes = sizeof *arguments;
    *child = (struct lb_child){0};
    for (size_t i = 0; arguments[i] != NULL; i++) {
        bytes += sizeof *arguments;
    }
    char **copy = malloc(bytes); // posix_spawn() wants pointers to non-const, and changes nothing
    if (copy == NULL) {
        return ENOMEM;
    }
    memcpy(copy, arguments, bytes);
    int code = lb_channel_create(&child->channel, &other);
    if (code == 0) {
        code = spawn(&process, program, copy, other);
        lb_channel_close(&other);
    }
    free(copy);
    if (code != 0) {
        lb_channel_close(&child->channel);
        return code;
    }
    child->number = (long)process;
    return 0;
}

/* ---- the end --------------------------------------------------------------------------------- */

/* Name of a signal caused by a fault of the process itself; NULL for others. */
static const char *fault_name(int number)
{
    static const struct {
        int number;
        const char *name;
    } faults[] = {
        {SIGSEGV, "SIGSEGV"}, {SIGABRT, "SIGABRT"}, {SIGBUS, "SIGBUS"}, {SIGFPE, "SIGFPE"},
        {SIGILL, "SIGILL"},   {SIGTRAP, "SIGTRAP"}, {SIGSYS, "SIGSYS"},
    };
    for (size_t i = 0; i < LB_COUNT(faults); i++) {
        if (faults[i].number == number) {
            return faults[i].name;
        }
    }
    return NULL;
}

static struct lb_child_ending describe(int status)
{
    if (WIFEXITED(status)) {
        return (struct lb_child_ending){LB_ENDING_EXIT, WEXITSTATUS(status), NULL};
    }
    const char *fault = fault_name(WTERMSIG(status));
    return (struct lb_child_ending){fault != NULL ? LB_ENDING_FAULT : LB_ENDING_KILL,
                                    WTERMSIG(status), fault};
}

/* Whether the process has ended within `seconds`. */
static bool wait_for(pid_t process, double seconds, struct lb_child_ending *ending)
{
    const double end = lb_clock_seconds() + seconds;
    for (;;) {
        int status = 0;
        const pid_t got = waitpid(process, &status, WNOHANG);
        if (got == process) {
            *ending = describe(status);
            return true;
        }
        if (got == -1 && errno != EINTR) { // the calling program ignores SIGCHLD
            return true;
        }
        if (lb_clock_seconds() >= end) {
            return false;
        }
        lb_sleep(POLL_SECONDS);
    }
}

struct lb_child_ending lb_child_end(struct lb_child *child, double patience)
{
    struct lb_child_ending ending = {.kind = LB_ENDING_UNKNOWN};
    const pid_t process = (pid_t)child->number;
    if (process == 0) {
        return ending;
    }
    lb_channel_close(&child->channel);
    if (!wait_for(process, patience, &ending)) {
        kill(process, SIGKILL);
        wait_for(process, KILL_SECONDS, &ending); // in vain if the system itself hangs
    }
    *child = (struct lb_child){0};
    return ending;
}

/* ---- the child's side ------------------------------------------------------------------------ */

bool lb_child_tie_to_parent(long parent)
{
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
#if defined(__linux__)
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    return (long)getppid() == parent;
}

void lb_child_give_way(void)
{
    (void)nice(19);
}
