/* Parent side of the self-test process: starts it, sends requests, reads results, and explains how
 * it ended. */
#include "selftest/self_test_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/number.h"
#include "base/text.h"

enum {
    LIMIT_SECONDS = 300,   // a cold compilation takes up to 10 s on an idle machine
    PATIENCE_SECONDS = 10, // for a process that has nothing left to do
    POLL_MS = 100,         // polling interval of `stop`
};

extern char **environ;

/* Seconds that a kernel, or its compiler, may take without a message. */
static double limit_seconds(void)
{
    const char *text = getenv("LOWBEND_SELF_TEST_SECONDS");
    if (text == NULL) {
        return LIMIT_SECONDS;
    }
    char *end;
    const double value = lb_number_read(text, &end);
    return value > 0.0 && *end == '\0' ? value : LIMIT_SECONDS;
}

/* ---- the end --------------------------------------------------------------------------------- */

/* Whether the process has ended within `seconds`; *status is -1 if somebody else has reaped it. */
static bool wait_for(struct lb_self_test_child *child, double seconds, int *status)
{
    const double end = lb_clock_seconds() + seconds;
    const struct timespec pause = {0, 1000000};
    for (;;) {
        const pid_t got = waitpid(child->pid, status, WNOHANG);
        if (got == child->pid) {
            return true;
        }
        if (got == -1 && errno != EINTR) { // the calling program ignores SIGCHLD
            *status = -1;
            return true;
        }
        if (lb_clock_seconds() >= end) {
            return false;
        }
        nanosleep(&pause, NULL);
    }
}

/* Closes the connection and waits; kills a process that does not end by itself. Returns its
 * waitpid() status, or -1. */
static int end_process(struct lb_self_test_child *child, double patience)
{
    int status = -1;
    close(child->socket);
    if (!wait_for(child, patience, &status)) {
        kill(child->pid, SIGKILL);
        wait_for(child, PATIENCE_SECONDS, &status); // has no effect if the system itself hangs
    }
    child->pid = 0;
    child->length = 0;
    child->taken = 0;
    return status;
}

void lb_self_test_child_close(struct lb_self_test_child *child)
{
    if (child->pid != 0) {
        end_process(child, PATIENCE_SECONDS);
    }
}

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

/* Explains an end in the middle of a case. */
static void explain_end(struct lb_self_test_child *child, struct lb_self_test_outcome *outcome)
{
    const int status = end_process(child, PATIENCE_SECONDS);
    *outcome = (struct lb_self_test_outcome){.status = LB_ERR_OPENCL, .crashed = true};
    if (status == -1) {
        snprintf(outcome->text, sizeof outcome->text, "%s crashed the driver", child->at);
    } else if (WIFEXITED(status)) {
        snprintf(outcome->text, sizeof outcome->text,
                 "%s crashed the driver (it ended the process with status %d)", child->at,
                 WEXITSTATUS(status));
    } else if (fault_name(WTERMSIG(status)) != NULL) {
        snprintf(outcome->text, sizeof outcome->text, "%s crashed the driver (%s)", child->at,
                 fault_name(WTERMSIG(status)));
    } else {
        outcome->crashed = false;
        snprintf(
            outcome->text, sizeof outcome->text,
            "its process was ended by signal %d during %s (run it again with more free memory)",
            WTERMSIG(status), child->at);
    }
}

/* ---- listening ------------------------------------------------------------------------------- */

enum event {
    MESSAGE,
    ENDED, ///< or an unknown protocol
    LATE,
    STOPPED,
};

/* Waits for the next message, valid until the next call. */
static enum event next_message(struct lb_self_test_child *child, double limit, const char **message)
{
    const double end = lb_clock_seconds() + limit;
    struct pollfd descriptor = {.fd = child->socket, .events = POLLIN};
    child->length -= child->taken;
    memmove(child->buffer, child->buffer + child->taken, child->length);
    child->taken = 0;
    for (;;) {
        const char *last = memchr(child->buffer, '\0', child->length);
        if (last != NULL) {
            child->taken = (size_t)(last - child->buffer) + 1;
            *message = child->buffer;
            return MESSAGE;
        }
        if (child->stop != NULL && *child->stop != 0) {
            return STOPPED;
        }
        if (child->length == sizeof child->buffer) {
            return ENDED;
        }
        if (lb_clock_seconds() >= end) {
            return LATE;
        }
        poll(&descriptor, 1, POLL_MS);
        const ssize_t got = recv(child->socket, child->buffer + child->length,
                                 sizeof child->buffer - child->length, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
            return ENDED;
        }
        child->length += got > 0 ? (size_t)got : 0;
    }
}

static enum lb_status stop_here(struct lb_self_test_child *child)
{
    end_process(child, 0.0);
    return lb_fail(child->device->ctx, LB_ERR_INTERRUPTED,
                   "self-test of device %s: stopped (start again)", child->device->info.selector);
}

/* ---- the start ------------------------------------------------------------------------------- */

static const char *find_helper(const struct lb_context *ctx)
{
    static const char *const places[] = {LB_SELF_TEST_INSTALLED, LB_SELF_TEST_BUILT};
    const char *given = ctx->self_test_program;
    if (given == NULL) {
        given = getenv("LOWBEND_SELF_TEST_PROGRAM");
    }
    if (given != NULL && given[0] != '\0') {
        return given;
    }
    for (size_t i = 0; i < LB_COUNT(places); i++) {
        if (access(places[i], X_OK) == 0) {
            return places[i];
        }
    }
    return NULL;
}

/* Returns 0, or the reason why it did not start. Its standard output is our standard error, so that
 * driver output does not mix with results. */
static int spawn(struct lb_self_test_child *child, const char *helper, int socket)
{
    const struct lb_device *device = child->device;
    const struct lb_device_info *info = &device->info;
    char parent[32];
    const char *const arguments[LB_CHILD_ARGUMENTS + 1] = {
        [0] = helper,
        [LB_CHILD_SELECTOR] = info->selector,
        [LB_CHILD_PLATFORM] = info->platform,
        [LB_CHILD_NAME] = info->name,
        [LB_CHILD_DRIVER] = info->driver,
        [LB_CHILD_CL_DIR] = device->cl_dir,
        [LB_CHILD_PARENT] = parent,
    };
    char *argv[LB_CHILD_ARGUMENTS + 1]; // posix_spawn() does not modify them
    posix_spawn_file_actions_t actions;
    snprintf(parent, sizeof parent, "%ld", (long)getpid());
    memcpy(argv, arguments, sizeof argv);
    int code = posix_spawn_file_actions_init(&actions);
    if (code != 0) {
        return code;
    }
    code = posix_spawn_file_actions_adddup2(&actions, socket, STDIN_FILENO);
    if (code == 0) {
        code = posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    }
    if (code == 0) {
        code = posix_spawn(&child->pid, helper, &actions, NULL, argv, environ);
    }
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

static bool make_socket(int ends[2])
{
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) {
        return false;
    }
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC); // does not affect the copy in the new process
    return true;
}

/* From now on cases run in this process: an untested device is worse than a crash. */
static void do_without(struct lb_self_test_child *child, const char *why)
{
    child->unusable = true;
    lb_log(child->device->ctx, LB_LOG_INFO,
           "self-test: runs in this process, which a faulty driver can end: %s", why);
}

static enum lb_status greet(struct lb_self_test_child *child)
{
    char why[256] = "its helper program ended at once";
    const char *message = NULL;
    snprintf(child->at, sizeof child->at, "its start");
    const enum event event = next_message(child, limit_seconds(), &message);
    if (event == STOPPED) {
        return stop_here(child);
    }
    if (event == MESSAGE && message[0] == LB_CHILD_HELLO &&
        strcmp(message + 1, lb_version()) == 0) {
        return LB_OK;
    }
    if (event == MESSAGE) {
        snprintf(why, sizeof why, "%s",
                 message[0] == LB_CHILD_REFUSED ? message + 1
                                                : "its helper program belongs to another version");
    }
    end_process(child, event == LATE ? 0.0 : PATIENCE_SECONDS);
    do_without(child, why);
    return LB_OK;
}

static enum lb_status start(struct lb_self_test_child *child)
{
    const char *helper = find_helper(child->device->ctx);
    int ends[2];
    if (helper == NULL) {
        do_without(child, "no helper program is installed");
        return LB_OK;
    }
    if (!make_socket(ends)) {
        do_without(child, lb_errno_text(errno).text);
        return LB_OK;
    }
    const int code = spawn(child, helper, ends[1]);
    close(ends[1]);
    if (code != 0) {
        char why[384];
        snprintf(why, sizeof why, "%.180s: %s", helper, lb_errno_text(code).text);
        close(ends[0]);
        child->pid = 0;
        do_without(child, why);
        return LB_OK;
    }
    child->socket = ends[0];
    lb_log(child->device->ctx, LB_LOG_DEBUG, "self-test: runs in process %ld of %s",
           (long)child->pid, helper);
    return greet(child);
}

/* ---- a case ---------------------------------------------------------------------------------- */

static void ask(struct lb_self_test_child *child, const struct lb_self_test_item *item)
{
    char text[64];
    size_t place = 0;
    while (child->suite->cases[place] != item->test_case) {
        place++;
    }
    const int length = snprintf(text, sizeof text, "%c%zu %d %d", LB_CHILD_CASE, place,
                                (int)item->gemm, (int)item->activation);
    snprintf(child->at, sizeof child->at, "its start");
    /* If the process is gone, the next read shows it */
    (void)send(child->socket, text, (size_t)length + 1, MSG_NOSIGNAL);
}

static void read_outcome(const char *message, struct lb_self_test_outcome *outcome)
{
    char *text = NULL;
    const long status = strtol(message + 1, &text, 10);
    *outcome = (struct lb_self_test_outcome){.status = (enum lb_status)status};
    snprintf(outcome->text, sizeof outcome->text, "%s", *text == ' ' ? text + 1 : "");
}

static enum lb_status await_outcome(struct lb_self_test_child *child,
                                    struct lb_self_test_outcome *outcome)
{
    const double limit = limit_seconds();
    for (;;) {
        const char *message = NULL;
        switch (next_message(child, limit, &message)) {
        case MESSAGE:
            if (message[0] == LB_CHILD_DONE) {
                read_outcome(message, outcome);
                return LB_OK;
            }
            snprintf(child->at, sizeof child->at, "%.120s", message + 1);
            break;
        case ENDED:
            explain_end(child, outcome);
            return LB_OK;
        case LATE:
            *outcome = (struct lb_self_test_outcome){.status = LB_ERR_OPENCL, .crashed = true};
            lb_format(outcome->text, sizeof outcome->text, "%s did not end within %.4g s",
                      child->at, limit);
            end_process(child, 0.0);
            return LB_OK;
        case STOPPED:
            return stop_here(child);
        }
    }
}

enum lb_status lb_self_test_child_run(struct lb_self_test_child *child,
                                      const struct lb_self_test_item *item,
                                      struct lb_self_test_outcome *outcome)
{
    if (child->pid == 0 && !child->unusable) {
        LB_TRY(start(child));
    }
    if (child->unusable) {
        lb_self_test_run_here(child->device, item, outcome);
    } else {
        ask(child, item);
        LB_TRY(await_outcome(child, outcome));
    }
    return outcome->status == LB_ERR_MEMORY
               ? lb_fail(child->device->ctx, LB_ERR_MEMORY, "%s", outcome->text)
               : LB_OK;
}
