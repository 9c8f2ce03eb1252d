#include "base/posix.h"

#include "base/channel.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

int lb_channel_create(struct lb_channel *own, struct lb_channel *other)
{
    int ends[2];
    *own = LB_CHANNEL_NONE;
    *other = LB_CHANNEL_NONE;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) {
        return errno;
    }
    /* No other program that this process starts may hold the channel open. The flag does not affect
     * the copy that a child gets as its standard input. */
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    own->handle = ends[0];
    other->handle = ends[1];
    return 0;
}

void lb_channel_close(struct lb_channel *channel)
{
    if (channel->handle != -1) {
        close(channel->handle);
    }
    *channel = LB_CHANNEL_NONE;
}

struct lb_channel lb_channel_to_parent(void)
{
    return (struct lb_channel){STDIN_FILENO};
}

bool lb_channel_send(struct lb_channel channel, const void *data, size_t size)
{
    const char *bytes = data;
    for (size_t sent = 0; sent < size;) {
        const ssize_t n = send(channel.handle, bytes + sent, size - sent, MSG_NOSIGNAL);
        if (n == 0 || (n < 0 && errno != EINTR)) {
            return false;
        }
        sent += n > 0 ? (size_t)n : 0;
    }
    return true;
}

enum lb_channel_event lb_channel_receive(struct lb_channel channel, void *data, size_t size,
                                         int milliseconds, size_t *got)
{
    struct pollfd descriptor = {.fd = channel.handle, .events = POLLIN};
    *got = 0;
    const int ready = poll(&descriptor, 1, milliseconds);
    if (ready <= 0) {
        return ready == 0 || errno == EINTR ? LB_CHANNEL_SILENT : LB_CHANNEL_ENDED;
    }
    const ssize_t n = recv(channel.handle, data, size, 0);
    if (n > 0) {
        *got = (size_t)n;
        return LB_CHANNEL_DATA;
    }
    return n < 0 && errno == EINTR ? LB_CHANNEL_SILENT : LB_CHANNEL_ENDED;
}

void lb_channels_wait(const struct lb_channel *channels, size_t n, int milliseconds)
{
    struct pollfd descriptors[16];
    assert(n <= sizeof descriptors / sizeof *descriptors);
    for (size_t i = 0; i < n; i++) {
        descriptors[i] = (struct pollfd){.fd = channels[i].handle, .events = POLLIN};
    }
    poll(descriptors, (nfds_t)n, milliseconds);
}

void lb_channel_finish(struct lb_channel channel)
{
    shutdown(channel.handle, SHUT_WR);
}
