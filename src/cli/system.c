/* The only file of the program that uses POSIX; the library has its own in src/base. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700 // NOLINT(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
#endif

#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- standard streams ------------------------------------------------------------------------ */

bool system_occupy_streams(void)
{
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++) {
        if (fcntl(stream, F_GETFD) == -1) {
            const int descriptor = open("/dev/null", stream == STDOUT_FILENO ? O_RDONLY : O_WRONLY);
            if (descriptor != stream) {
                return false;
            }
        }
    }
    return true;
}

int system_output_abandoned(int reason)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    const bool abandoned =
        reason == EPIPE || (poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0);
    return abandoned ? SIGPIPE : 0;
}

bool terminal_exists(void)
{
    return isatty(STDERR_FILENO) != 0;
}

size_t terminal_width(void)
{
    struct winsize size;
    memset(&size, 0, sizeof size);
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
        return 80;
    }
    return size.ws_col;
}

/* ---- signals --------------------------------------------------------------------------------- */

void system_ignore_write_signals(void)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

/* A handler can access only a static object, and may only assign to it. */
static volatile sig_atomic_t received_signal;

static void receive(int number)
{
    received_signal = number;
}

void signals_catch(void)
{
    struct sigaction action = {0};
    action.sa_handler = receive;
    action.sa_flags = SA_RESTART; // checkpoint writes are not interrupted
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

const volatile sig_atomic_t *signals_flag(void)
{
    return &received_signal;
}

int signals_received(void)
{
    return received_signal;
}

/* ---- clock, memory, files -------------------------------------------------------------------- */

double system_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

size_t system_memory(void)
{
#ifdef _SC_PHYS_PAGES
    const long pages = sysconf(_SC_PHYS_PAGES);
    const long page = sysconf(_SC_PAGESIZE);
    if (pages > 0 && page > 0 && (size_t)pages <= SIZE_MAX / (size_t)page) {
        return (size_t)pages * (size_t)page;
    }
#endif
    return SIZE_MAX;
}

bool path_is_folder(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

bool path_missing(const char *path)
{
    return access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR);
}
