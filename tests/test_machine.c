/* Facts about the machine, against the system's own account of them; plug-ins. */
#include "support.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#if defined(__linux__)
#include <sys/sysinfo.h>
#endif

#include "base/machine.h"
#include "base/plugin.h"

static void memory_is_that_of_the_machine_or_the_limit(void **state)
{
    (void)state;
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
#if defined(__linux__)
    struct sysinfo system;
    assert_int_equal(sysinfo(&system), 0);
    const double installed = (double)system.totalram * (double)system.mem_unit;
    if (before.rlim_cur == RLIM_INFINITY) {
        check_near("memory", 0, lb_machine_memory(), installed, 0.01 * installed);
    }
#endif
    struct rlimit less = before;
    less.rlim_cur = 64u << 20;
    assert_int_equal(setrlimit(RLIMIT_AS, &less), 0);
    const double limited = lb_machine_memory();
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    check_near("limited memory", 0, limited, (double)less.rlim_cur, 0.0);
}

static void name_is_that_of_the_network(void **state)
{
    (void)state;
    struct utsname names;
    char name[sizeof names.nodename];
    char cut[3];
    assert_true(uname(&names) >= 0);
    lb_machine_name(name, sizeof name);
    assert_string_equal(name, names.nodename);
    lb_machine_name(cut, sizeof cut);
    assert_true(strlen(cut) < sizeof cut);
}

static void cores_are_counted(void **state)
{
    (void)state;
    assert_true(lb_machine_cores() >= 1);
    assert_true(lb_machine_cores_allowed() <= lb_machine_cores());
}

static void a_missing_plugin_says_why(void **state)
{
    (void)state;
    const char *why = NULL;
    assert_null(lb_plugin_open("/no/such" LB_PLUGIN_SUFFIX, &why));
    assert_non_null(strstr(why, "/no/such" LB_PLUGIN_SUFFIX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_that_of_the_machine_or_the_limit),
        cmocka_unit_test(name_is_that_of_the_network),
        cmocka_unit_test(cores_are_counted),
        cmocka_unit_test(a_missing_plugin_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
