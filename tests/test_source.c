/* Program text: includes, #line, and parsing compiler logs. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/build_log.h"
#include "device/kernel_source.h"

struct fixture {
    struct lb_context *ctx;
    struct put_files files; ///< in a temporary folder
};

#define SILENT                                                                                     \
    "does not compile, and the driver reports no error (fix it, or free space for the driver's "   \
    "own "                                                                                         \
    "files)"

static void check(const struct fixture *f, enum lb_status status)
{
    if (status != LB_OK) {
        fail_msg("status %d: %s", (int)status, lb_context_error(f->ctx));
    }
}

static const char *put(struct fixture *f, const char *name, const char *text)
{
    return put_file(&f->files, f->ctx, name, text);
}

/* ---- expansion ------------------------------------------------------------------------------- */

static void check_expansion(struct fixture *f, const char *file, const char *prelude,
                            const char *wanted)
{
    struct lb_kernel_source source = {0};
    check(f, lb_kernel_source_expand(&source, f->ctx, f->files.folder, file, prelude));
    if (strcmp(source.text.data, wanted) != 0) {
        fail_msg("got:\n%s\nexpected:\n%s", source.text.data, wanted);
    }
    lb_kernel_source_free(&source);
}

static void includes_are_expanded_once(void **state)
{
    struct fixture *f = *state;
    put(f, "a.h", "#include \"b.h\"\nint a;");
    put(f, "b.h", "  #  include  \"a.h\" // a cycle\r\nint b;\n");
    put(f, "main.cl",
        "int before;\n#include \"a.h\" /* and\n more */\n#include \"b.h\"\nint after;\n");
    check_expansion(f, "main.cl", NULL,
                    "#line 1 \"main.cl\"\nint before;\n"
                    "#line 1 \"a.h\"\n"
                    "#line 1 \"b.h\"\n // a cycle\r\nint b;\n"
                    "#line 1 \"a.h\"\n\nint a;\n"
                    "#line 2 \"main.cl\"\n /* and\n more */\n\nint after;\n");
}

static void comments_and_strings_hide_no_includes(void **state)
{
    struct fixture *f = *state;
    put(f, "a.h", "A\n");
    put(f, "main.cl",
        "/* \n#include \"missing.h\"\n*/\nx = \"/*\";\n// don't /*\n#include \"a.h\"\n");
    check_expansion(f, "main.cl", NULL,
                    "#line 1 \"main.cl\"\n/* \n#include \"missing.h\"\n*/\nx = \"/*\";\n"
                    "// don't /*\n#line 1 \"a.h\"\nA\n#line 6 \"main.cl\"\n\n");
}

static void other_directives_are_left_alone(void **state)
{
    struct fixture *f = *state;
    put(f, "main.cl", "#include <x>\n#include NAME\n#include \"\n#includes\n");
    check_expansion(f, "main.cl", NULL,
                    "#line 1 \"main.cl\"\n#include <x>\n#include NAME\n#include \"\n#includes\n");
}

static void prelude_comes_first_and_may_include(void **state)
{
    struct fixture *f = *state;
    const char *user = put(f, "user \"x\".cl", "\xEF\xBB\xBFU\n");
    put(f, "main.cl", "M\n");
    put(f, "main2.cl", "#include \"main.cl\"\n");
    char wanted[512];
    check_expansion(f, "main2.cl", "#define N 1\n#include \"main.cl\"",
                    "#line 1 \"prelude of main2.cl\"\n#define N 1\n#line 1 \"main.cl\"\nM\n"
                    "#line 2 \"prelude of main2.cl\"\n\n#line 1 \"main2.cl\"\n\n");
    /* In a prelude, quotes may be part of the included name. */
    char prelude[300];
    snprintf(prelude, sizeof prelude, "#include \"%s\"\n#define N 1\n", user);
    snprintf(wanted, sizeof wanted,
             "#line 1 \"prelude of main.cl\"\n#line 1 \"%s/user \\\"x\\\".cl\"\nU\n"
             "#line 1 \"prelude of main.cl\"\n\n#define N 1\n#line 1 \"main.cl\"\nM\n",
             f->files.folder);
    check_expansion(f, "main.cl", prelude, wanted);
    /* A name with quotes is escaped in #line, and is found again. */
    struct lb_kernel_source source = {0};
    check(f, lb_kernel_source_expand(&source, f->ctx, f->files.folder, user, NULL));
    snprintf(wanted, sizeof wanted, "#line 1 \"%s/user \\\"x\\\".cl\"\nU\n", f->files.folder);
    assert_string_equal(source.text.data, wanted);
    size_t line = 0;
    const struct lb_kernel_source_file *found = lb_kernel_source_locate(&source, 2, &line);
    assert_non_null(found);
    assert_string_equal(found->name, user);
    assert_int_equal(line, 1);
    assert_null(lb_kernel_source_locate(&source, 1, &line));
    assert_null(lb_kernel_source_locate(&source, 3, &line));
    lb_kernel_source_free(&source);
}

/* ---- logs ------------------------------------------------------------------------------------ */

/** Explains an invented build log for main.cl, which has an include and a prelude. */
static void check_log(struct fixture *f, const char *log, const char *wanted)
{
    struct lb_kernel_source source = {0};
    put(f, "inc.h", "i1\ni2\n");
    put(f, "main.cl", "m1\n#include \"inc.h\"\nm3\n");
    check(f, lb_kernel_source_expand(&source, f->ctx, f->files.folder, "main.cl", "p1\n"));
    struct lb_text out = {0};
    lb_build_log_explain(&out, &source, "main.cl", log, "fix it");
    if (strcmp(out.data, wanted) != 0) {
        fail_msg("got:\n%s\nexpected:\n%s", out.data, wanted);
    }
    lb_text_free(&out);
    lb_kernel_source_free(&source);
}

static void logs_of_all_compilers_are_read(void **state)
{
    static const char at_m3[] = "main.cl:3:7: bad thing (fix it)\n      2 | #include \"inc.h\"\n"
                                ">     3 | m3";
    static const char no_column[] = "main.cl:3: bad thing (fix it)\n      2 | #include \"inc.h\"\n"
                                    ">     3 | m3";
    static const char at_i2[] = "inc.h:2:1: bad thing (fix it)\n      1 | i1\n>     2 | i2";
    /* The expanded text: 2 p1, 4 m1, 6 i1, 7 i2, 10 m3. */
    static const struct {
        const char *log;
        const char *wanted;
    } rows[] = {
        {"main.cl:1:2: warning: odd\nmain.cl:3:7: error: bad thing\n    m3\n1 error generated.\n",
         at_m3},
        {"main.cl:3:7: fatal error: bad thing", at_m3},
        {"error: main.cl:3:7: bad thing\nDevice x failed to build the program\n", at_m3},
        {"error: main.cl:3:7 <Spelling=prelude of main.cl:1:1>: bad thing", at_m3},
        {"main.cl(3): error: bad thing", no_column},
        {"main.cl(3,7) : error C2065: bad thing", at_m3},
        {"\"main.cl\", line 3: error: bad thing", no_column},
        {"\"main.cl\", line 3: catastrophic error: bad thing", no_column},
        {"inc.h:2:1: error: bad thing", at_i2},
        {"<kernel>:10:7: error: bad thing\n", at_m3},
        {"<kernel>:7:1: error: bad thing\n", at_i2},
        {"1:10:7: error: bad thing\n", at_m3},
        {"/a/b/tempfile_x.cl:7:1: error: bad thing", at_i2},
        {"error: /a/tempfile_x.cl:7:1: bad thing", at_i2},
        {"\r\n:2:1: error: x", "prelude of main.cl:1:1: x (fix it)\n>     1 | p1"},
        {"<kernel>:99:1: error: bad thing", "main.cl: bad thing (fix it)"},
        {"error: undefined reference to `f()'", "main.cl: undefined reference to `f()' (fix it)"},
        {"ptxas fatal   : too much shared data\n",
         "main.cl: " SILENT "\nptxas fatal   : too much shared data"},
        {"", "main.cl: " SILENT},
        {" \n", "main.cl: " SILENT},
        {"error:", "main.cl: " SILENT "\nerror:"},
    };
    for (size_t i = 0; i < LB_COUNT(rows); i++) {
        check_log(*state, rows[i].log, rows[i].wanted);
    }
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->files.folder = make_folder();
    assert_int_equal(lb_context_create(&f->ctx, NULL), LB_OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    remove_folder(f->files.folder);
    lb_context_destroy(&f->ctx);
    free(f);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(includes_are_expanded_once),
        cmocka_unit_test(comments_and_strings_hide_no_includes),
        cmocka_unit_test(other_directives_are_left_alone),
        cmocka_unit_test(prelude_comes_first_and_may_include),
        cmocka_unit_test(logs_of_all_compilers_are_read),
    };
    return cmocka_run_group_tests_name("source", tests, set_up, tear_down);
}
