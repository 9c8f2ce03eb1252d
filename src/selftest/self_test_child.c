/* Parent side of a self-test process: starts it, sends requests, reads results, and explains how it
 * ended. */
#include "selftest/self_test_child.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/errno_text.h"
#include "base/file_facts.h"
#include "base/number.h"
#include "base/process.h"

enum {
    LIMIT_SECONDS = 300,   // a cold compilation takes up to 10 s on an idle machine
    PATIENCE_SECONDS = 10, // for a process that has nothing left to do
};

double lb_self_test_limit(void)
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

/* Closes the connection and waits; kills a process that does not end by itself. */
static struct lb_child_ending end_process(struct lb_self_test_child *child, double patience)
{
    const struct lb_child_ending ending = lb_child_end(&child->process, patience);
    *child = (struct lb_self_test_child){0};
    return ending;
}

void lb_self_test_child_dismiss(const struct lb_self_test_child *child)
{
    if (child->process.number != 0) {
        lb_channel_finish(child->process.channel);
    }
}

void lb_self_test_child_close(struct lb_self_test_child *child, bool at_once)
{
    end_process(child, at_once ? 0.0 : PATIENCE_SECONDS);
}

/* Explains an end in the middle of a case. */
static void explain_end(struct lb_self_test_child *child, struct lb_self_test_outcome *outcome)
{
    char at[sizeof child->at];
    memcpy(at, child->at, sizeof at);
    const struct lb_child_ending ending = end_process(child, PATIENCE_SECONDS);
    *outcome = (struct lb_self_test_outcome){.status = LB_ERR_OPENCL, .crashed = true};
    switch (ending.kind) {
    case LB_ENDING_UNKNOWN:
        snprintf(outcome->text, sizeof outcome->text, "%s crashed the driver", at);
        break;
    case LB_ENDING_EXIT:
        snprintf(outcome->text, sizeof outcome->text,
                 "%s crashed the driver (it ended the process with status %d)", at, ending.code);
        break;
    case LB_ENDING_FAULT:
        snprintf(outcome->text, sizeof outcome->text, "%s crashed the driver (%s)", at,
                 ending.fault);
        break;
    case LB_ENDING_KILL:
        outcome->crashed = false;
        snprintf(
            outcome->text, sizeof outcome->text,
            "its process was ended by signal %d during %s (run it again with more free memory)",
            ending.code, at);
        break;
    }
}

/* ---- listening ------------------------------------------------------------------------------- */

void lb_self_test_children_listen(struct lb_self_test_child *const *children, size_t n, int ms)
{
    struct lb_channel channels[LB_SELF_TEST_CHILDREN] = {{0}};
    for (size_t i = 0; i < n; i++) {
        channels[i] = children[i]->process.channel;
    }
    lb_channels_wait(channels, n, ms);
    for (size_t i = 0; i < n; i++) {
        struct lb_self_test_child *child = children[i];
        size_t got = 0;
        child->length -= child->taken;
        memmove(child->buffer, child->buffer + child->taken, child->length);
        child->taken = 0;
        child->ended = lb_channel_receive(child->process.channel, child->buffer + child->length,
                                          sizeof child->buffer - child->length, 0,
                                          &got) == LB_CHANNEL_ENDED; // also of an unknown protocol
        child->length += got;
        if (got > 0) {
            child->heard = lb_clock_seconds();
        }
    }
}

/* The next message received, valid until the next lb_self_test_children_listen(); or NULL. */
static const char *take_message(struct lb_self_test_child *child)
{
    const char *first = child->buffer + child->taken;
    const char *last = memchr(first, '\0', child->length - child->taken);
    if (last == NULL) {
        return NULL;
    }
    child->taken += (size_t)(last - first) + 1;
    return first;
}

static enum lb_self_test_event refuse(struct lb_self_test_child *child, double patience,
                                      const char *why, struct lb_self_test_outcome *outcome)
{
    *outcome = (struct lb_self_test_outcome){.status = LB_ERR_OPENCL};
    snprintf(outcome->text, sizeof outcome->text, "%s", why);
    end_process(child, patience);
    return LB_SELF_TEST_UNUSABLE;
}

static void read_outcome(const char *message, struct lb_self_test_outcome *outcome)
{
    char *text = NULL;
    const long status = strtol(message + 1, &text, 10);
    *outcome = (struct lb_self_test_outcome){.status = (enum lb_status)status};
    snprintf(outcome->text, sizeof outcome->text, "%s", *text == ' ' ? text + 1 : "");
}

enum lb_self_test_event lb_self_test_child_read(struct lb_self_test_child *child,
                                                struct lb_self_test_outcome *outcome)
{
    const char *message;
    while ((message = take_message(child)) != NULL) {
        if (!child->greeted) {
            if (message[0] != LB_CHILD_HELLO || strcmp(message + 1, lb_version()) != 0) {
                return refuse(child, PATIENCE_SECONDS,
                              message[0] == LB_CHILD_REFUSED
                                  ? message + 1
                                  : "its helper program belongs to another version",
                              outcome);
            }
            child->greeted = true;
        } else if (message[0] == LB_CHILD_DONE) {
            read_outcome(message, outcome);
            snprintf(child->at, sizeof child->at, "its start");
            return LB_SELF_TEST_DONE;
        } else {
            snprintf(child->at, sizeof child->at, "%.120s", message + 1);
        }
    }
    if (!child->ended) {
        return LB_SELF_TEST_NOTHING;
    }
    if (!child->greeted) {
        return refuse(child, PATIENCE_SECONDS, "its helper program ended at once", outcome);
    }
    explain_end(child, outcome);
    return LB_SELF_TEST_DONE;
}

enum lb_self_test_event lb_self_test_child_give_up(struct lb_self_test_child *child,
                                                   struct lb_self_test_outcome *outcome)
{
    if (!child->greeted) {
        return refuse(child, 0.0, "its helper program does not answer", outcome);
    }
    *outcome = (struct lb_self_test_outcome){.status = LB_ERR_OPENCL, .crashed = true};
    lb_format(outcome->text, sizeof outcome->text, "%s did not end within %.4g s", child->at,
              lb_self_test_limit());
    end_process(child, 0.0);
    return LB_SELF_TEST_DONE;
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
        if (lb_file_is_program(places[i])) {
            return places[i];
        }
    }
    return NULL;
}

/* Returns 0, or the errno value that says why it did not start. */
static int start_helper(struct lb_child *process, const struct lb_device *device,
                        const char *helper)
{
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
    snprintf(parent, sizeof parent, "%ld", lb_process_number());
    return lb_child_start(process, helper, arguments);
}

bool lb_self_test_child_start(struct lb_self_test_child *child, const struct lb_device *device,
                              char *why, size_t bytes)
{
    const char *helper = find_helper(device->ctx);
    *child = (struct lb_self_test_child){.heard = lb_clock_seconds()};
    snprintf(child->at, sizeof child->at, "its start");
    if (helper == NULL) {
        snprintf(why, bytes, "no helper program is installed");
        return false;
    }
    const int code = start_helper(&child->process, device, helper);
    if (code != 0) {
        snprintf(why, bytes, "%.180s: %s", helper, lb_errno_text(code).text);
        return false;
    }
    lb_log(device->ctx, LB_LOG_DEBUG, "self-test: runs in process %ld of %s", child->process.number,
           helper);
    return true;
}

void lb_self_test_child_ask(const struct lb_self_test_child *child,
                            const struct lb_self_test_suite *suite,
                            const struct lb_self_test_item *item)
{
    char text[64];
    size_t place = 0;
    while (suite->cases[place] != item->test_case) {
        place++;
    }
    const int length = snprintf(text, sizeof text, "%c%zu %d %d", LB_CHILD_CASE, place,
                                (int)item->gemm, (int)item->activation);
    /* If the process is gone, the next read shows it */
    (void)lb_channel_send(child->process.channel, text, (size_t)length + 1);
}
