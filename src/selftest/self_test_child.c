/* Parent side of the self-test process: starts it, sends requests, reads results, and explains how
 * it ended. */
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
    POLL_MS = 100,         // polling interval of `stop`
};

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

/* Closes the connection and waits; kills a process that does not end by itself. */
static struct lb_child_ending end_process(struct lb_self_test_child *child, double patience)
{
    child->length = 0;
    child->taken = 0;
    return lb_child_end(&child->process, patience);
}

void lb_self_test_child_close(struct lb_self_test_child *child)
{
    end_process(child, PATIENCE_SECONDS);
}

/* Explains an end in the middle of a case. */
static void explain_end(struct lb_self_test_child *child, struct lb_self_test_outcome *outcome)
{
    const struct lb_child_ending ending = end_process(child, PATIENCE_SECONDS);
    *outcome = (struct lb_self_test_outcome){.status = LB_ERR_OPENCL, .crashed = true};
    switch (ending.kind) {
    case LB_ENDING_UNKNOWN:
        snprintf(outcome->text, sizeof outcome->text, "%s crashed the driver", child->at);
        break;
    case LB_ENDING_EXIT:
        snprintf(outcome->text, sizeof outcome->text,
                 "%s crashed the driver (it ended the process with status %d)", child->at,
                 ending.code);
        break;
    case LB_ENDING_FAULT:
        snprintf(outcome->text, sizeof outcome->text, "%s crashed the driver (%s)", child->at,
                 ending.fault);
        break;
    case LB_ENDING_KILL:
        outcome->crashed = false;
        snprintf(
            outcome->text, sizeof outcome->text,
            "its process was ended by signal %d during %s (run it again with more free memory)",
            ending.code, child->at);
        break;
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
        size_t got = 0;
        if (lb_channel_receive(child->process.channel, child->buffer + child->length,
                               sizeof child->buffer - child->length, POLL_MS,
                               &got) == LB_CHANNEL_ENDED) {
            return ENDED;
        }
        child->length += got;
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
        if (lb_file_is_program(places[i])) {
            return places[i];
        }
    }
    return NULL;
}

/* Returns 0, or the errno value that says why it did not start. */
static int start_helper(struct lb_self_test_child *child, const char *helper)
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
    snprintf(parent, sizeof parent, "%ld", lb_process_number());
    return lb_child_start(&child->process, helper, arguments);
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
    if (helper == NULL) {
        do_without(child, "no helper program is installed");
        return LB_OK;
    }
    const int code = start_helper(child, helper);
    if (code != 0) {
        char why[384];
        snprintf(why, sizeof why, "%.180s: %s", helper, lb_errno_text(code).text);
        do_without(child, why);
        return LB_OK;
    }
    lb_log(child->device->ctx, LB_LOG_DEBUG, "self-test: runs in process %ld of %s",
           child->process.number, helper);
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
    (void)lb_channel_send(child->process.channel, text, (size_t)length + 1);
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
    if (child->process.number == 0 && !child->unusable) {
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
