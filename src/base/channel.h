/* A connection between two processes of this machine: bytes in both directions, in order. */
#ifndef LB_BASE_CHANNEL_H
#define LB_BASE_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

/** One end. Initialise with LB_CHANNEL_NONE; the caller closes it. */
struct lb_channel {
    int handle; ///< -1: not open
};
#define LB_CHANNEL_NONE ((struct lb_channel){-1})

/** Connects two ends, one of which lb_child_start() passes on. Returns 0, or an errno value. */
int lb_channel_create(struct lb_channel *own, struct lb_channel *other);

/** Does nothing if it is not open. */
void lb_channel_close(struct lb_channel *channel);

/** In a child process: the end that its parent gave to it. */
struct lb_channel lb_channel_to_parent(void);

/** Sends all bytes; false if the other process no longer listens. */
bool lb_channel_send(struct lb_channel channel, const void *data, size_t size);

enum lb_channel_event {
    LB_CHANNEL_DATA,
    LB_CHANNEL_SILENT, ///< nothing came in time, or a signal interrupted the wait
    LB_CHANNEL_ENDED,  ///< the other process has closed its end or has gone
};

/**
 * Waits for at most `milliseconds`, or without a limit if that is negative, and reads what has
 * arrived: *got bytes, at most `size`.
 */
enum lb_channel_event lb_channel_receive(struct lb_channel channel, void *data, size_t size,
                                         int milliseconds, size_t *got);

/** Waits for at most `milliseconds` until something can be read from one of the n open channels. */
void lb_channels_wait(const struct lb_channel *channels, size_t n, int milliseconds);

/** Tells the other process that nothing more will be sent. */
void lb_channel_finish(struct lb_channel channel);

#endif
