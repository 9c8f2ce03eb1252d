/* Child side of the self-test process: runs the cases. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/child.h"
#include "selftest/self_test_child.h"

/* False if the parent no longer listens. */
static bool say(char kind, const char *text)
{
    char message[LB_ERROR_BYTES + 64];
    const int length = snprintf(message, sizeof message, "%c%s", kind, text);
    const size_t size = (size_t)length < sizeof message ? (size_t)length + 1 : sizeof message;
    return lb_channel_send(lb_channel_to_parent(), message, size);
}

static void say_what_comes(void *user, const char *what, const char *name)
{
    char text[128];
    (void)user;
    snprintf(text, sizeof text, "%s %s", what, name);
    say(LB_CHILD_AT, text);
}

static bool is_the_same(const struct lb_device_info *info, char **argv)
{
    return strcmp(info->platform, argv[LB_CHILD_PLATFORM]) == 0 &&
           strcmp(info->name, argv[LB_CHILD_NAME]) == 0 &&
           strcmp(info->driver, argv[LB_CHILD_DRIVER]) == 0;
}

/* Reads the next request; false at the end. */
static bool read_request(char *text, size_t size)
{
    const struct lb_channel parent = lb_channel_to_parent();
    size_t length = 0;
    for (;;) {
        size_t got = 0;
        const enum lb_channel_event event =
            length < size ? lb_channel_receive(parent, text + length, 1, -1, &got)
                          : LB_CHANNEL_ENDED;
        if (event == LB_CHANNEL_ENDED) {
            return false;
        }
        length += got;
        if (got > 0 && text[length - 1] == '\0') {
            return true;
        }
    }
}

/* The parent has the same version, so only check indices against out-of-bounds reads. */
static bool parse(const char *text, const struct lb_self_test_suite *suite,
                  struct lb_self_test_item *item)
{
    long numbers[3]; // index in the suite, back end, activation
    const char *at = text + 1;
    if (text[0] != LB_CHILD_CASE) {
        return false;
    }
    for (size_t i = 0; i < LB_COUNT(numbers); i++) {
        char *end;
        numbers[i] = strtol(at, &end, 10);
        if (end == at || numbers[i] < 0 || numbers[i] > INT32_MAX) {
            return false;
        }
        at = end;
    }
    if (*at != '\0' || (size_t)numbers[0] >= suite->count) {
        return false;
    }
    *item = (struct lb_self_test_item){suite->cases[numbers[0]], (enum lb_gemm_kind)numbers[1],
                                       (enum lb_activation)numbers[2]};
    return true;
}

static bool run_case(struct lb_device *device, const struct lb_self_test_item *item)
{
    struct lb_self_test_outcome outcome;
    char text[LB_ERROR_BYTES + 32];
    lb_self_test_run_here(device, item, &outcome);
    snprintf(text, sizeof text, "%d %s", (int)outcome.status, outcome.text);
    return say(LB_CHILD_DONE, text);
}

static void serve(struct lb_device *device, const struct lb_self_test_suite *suite)
{
    char request[64];
    struct lb_self_test_item item;
    device->trace = say_what_comes;
    while (read_request(request, sizeof request) && parse(request, suite, &item) &&
           run_case(device, &item)) {
    }
    device->trace = NULL;
}

int lb_self_test_serve(int argc, char **argv, const struct lb_self_test_suite *suite)
{
    if (argc != LB_CHILD_ARGUMENTS ||
        !lb_child_tie_to_parent(strtol(argv[LB_CHILD_PARENT], NULL, 10))) {
        fputs("lowbend-self-test: is only started by the lowbend library (use lowbend devices "
              "--self-test)\n",
              stderr);
        return EXIT_FAILURE;
    }
    const struct lb_context_params params = {.cl_dir = argv[LB_CHILD_CL_DIR]};
    struct lb_context *ctx = NULL;
    struct lb_device *device = NULL;
    enum lb_status status = lb_context_create(&ctx, &params);
    if (status == LB_OK) {
        status = lb_device_open(&device, ctx, argv[LB_CHILD_SELECTOR]);
    }
    if (status != LB_OK) {
        say(LB_CHILD_REFUSED, lb_context_error(ctx));
    } else if (!is_the_same(lb_device_get_info(device), argv)) {
        say(LB_CHILD_REFUSED, "the list of devices has changed");
    } else if (say(LB_CHILD_HELLO, lb_version())) {
        serve(device, suite);
    }
    lb_child_give_way(); // a driver takes long to end, and the program has begun to train
    lb_device_close(&device);
    lb_context_destroy(&ctx);
    return EXIT_SUCCESS;
}
