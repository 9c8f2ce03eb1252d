#include "signals.h"

#include <stddef.h>

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
