/* Child processes: this program starts itself, once for each way in which a child can behave. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/process.h"

enum { MANY = 1 << 20 }; // more bytes than a system buffers

static const char *own_program;

/* ---- the child ------------------------------------------------------------------------------- */

static bool read_byte(char *byte)
{
    size_t got = 0;
    return lb_channel_receive(lb_channel_to_parent(), byte, 1, -1, &got) == LB_CHANNEL_DATA;
}

/* Sends back the sum of MANY bytes. */
static int sum_bytes(void)
{
    static unsigned char data[4096];
    unsigned sum = 0;
    for (size_t taken = 0; taken < MANY;) {
        size_t got = 0;
        if (lb_channel_receive(lb_channel_to_parent(), data, sizeof data, -1, &got) !=
            LB_CHANNEL_DATA) {
            return EXIT_FAILURE;
        }
        for (size_t i = 0; i < got; i++) {
            sum += data[i];
        }
        taken += got;
    }
    return lb_channel_send(lb_channel_to_parent(), &sum, sizeof sum) ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int behave(char **arguments)
{
    const char *how = arguments[1];
    const bool tied = lb_child_tie_to_parent(strtol(arguments[2], NULL, 10));
    char byte = '\0';
    if (strcmp(how, "stranger") == 0) {
        return lb_child_tie_to_parent((long)getppid() + 1) ? EXIT_FAILURE : EXIT_SUCCESS;
    }
    if (!tied) {
        return EXIT_FAILURE;
    }
    if (strcmp(how, "sum") == 0) {
        return sum_bytes();
    }
    if (strcmp(how, "exit") == 0) {
        return 7;
    }
    if (strcmp(how, "crash") == 0) {
        abort();
    }
    if (strcmp(how, "kill") == 0) {
        raise(SIGKILL);
    }
    if (strcmp(how, "listen") == 0) { // until the parent closes the channel
        while (read_byte(&byte)) {
        }
        return 3;
    }
    for (;;) { // "hang"
        pause();
    }
}

/* ---- the parent ------------------------------------------------------------------------------ */

static struct lb_child start(const char *how)
{
    struct lb_child child = {0};
    char number[32];
    const char *const arguments[] = {own_program, how, number, NULL};
    snprintf(number, sizeof number, "%ld", lb_process_number());
    assert_int_equal(lb_child_start(&child, own_program, arguments), 0);
    assert_true(child.number > 0);
    return child;
}

static void expect_end(const char *how, double patience, enum lb_ending kind, int code,
                       const char *fault)
{
    struct lb_child child = start(how);
    const long number = child.number;
    const struct lb_child_ending ending = lb_child_end(&child, patience);
    assert_int_equal(ending.kind, kind);
    assert_int_equal(ending.code, code);
    assert_string_equal(ending.fault != NULL ? ending.fault : "", fault);
    assert_int_equal(child.number, 0);
    assert_true(lb_process_gone(number));
}

static void test_endings(void **state)
{
    (void)state;
    expect_end("exit", 60.0, LB_ENDING_EXIT, 7, "");
    expect_end("stranger", 60.0, LB_ENDING_EXIT, EXIT_SUCCESS, "");
    expect_end("listen", 60.0, LB_ENDING_EXIT, 3, "");
    expect_end("crash", 60.0, LB_ENDING_FAULT, SIGABRT, "SIGABRT");
    expect_end("kill", 60.0, LB_ENDING_KILL, SIGKILL, "");
    expect_end("hang", 0.1, LB_ENDING_KILL, SIGKILL, "");
}

static void test_not_running(void **state)
{
    (void)state;
    struct lb_child child = {0};
    assert_int_equal(lb_child_end(&child, 60.0).kind, LB_ENDING_UNKNOWN);
    assert_false(lb_process_gone(lb_process_number()));
    assert_int_equal(fcntl(STDIN_FILENO, F_GETFD), 0); // nothing was closed
}

/* A program that ignores SIGCHLD, so that the system tells nobody how the child ended. */
static void test_collected_by_others(void **state)
{
    (void)state;
    signal(SIGCHLD, SIG_IGN);
    expect_end("exit", 60.0, LB_ENDING_UNKNOWN, 0, "");
    signal(SIGCHLD, SIG_DFL);
}

static void test_no_program(void **state)
{
    (void)state;
    struct lb_child child = {0};
    const char *const arguments[] = {"none", NULL};
    const int lowest = dup(STDIN_FILENO);
    close(lowest);
    assert_int_equal(lb_child_start(&child, "/no/such/program", arguments), ENOENT);
    assert_int_equal(child.number, 0);
    assert_int_equal(dup(STDIN_FILENO), lowest); // no descriptor is left open
    close(lowest);
}

static void test_channel(void **state)
{
    (void)state;
    struct lb_child child = start("sum");
    unsigned char *data = allocate(MANY, 1);
    unsigned expected = 0;
    unsigned sum = 0;
    size_t got = 0;
    for (size_t i = 0; i < MANY; i++) {
        data[i] = (unsigned char)(i % 251);
        expected += data[i];
    }
    const double before = lb_clock_seconds();
    assert_int_equal(lb_channel_receive(child.channel, &sum, sizeof sum, 50, &got),
                     LB_CHANNEL_SILENT);
    assert_true(lb_clock_seconds() - before > 0.04);
    assert_true(lb_channel_send(child.channel, data, MANY));
    assert_int_equal(lb_channel_receive(child.channel, &sum, sizeof sum, 60000, &got),
                     LB_CHANNEL_DATA);
    assert_int_equal(got, sizeof sum);
    assert_int_equal(sum, expected);
    assert_int_equal(lb_channel_receive(child.channel, &sum, sizeof sum, 60000, &got),
                     LB_CHANNEL_ENDED);
    assert_false(lb_channel_send(child.channel, data, MANY)); // and no SIGPIPE ends this process
    assert_int_equal(lb_child_end(&child, 60.0).code, EXIT_SUCCESS);
    free(data);
}

int main(int argc, char **argv)
{
    own_program = argv[0];
    if (argc > 1) {
        return behave(argv);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_endings),
        cmocka_unit_test(test_not_running),
        cmocka_unit_test(test_collected_by_others),
        cmocka_unit_test(test_no_program),
        cmocka_unit_test(test_channel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
