/* Files, folders and mappings, against what the system itself says about them. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/file_facts.h"
#include "base/folder.h"
#include "base/mapping.h"
#include "base/text.h"

struct fixture {
    struct device_fixture base; ///< without a device
    struct put_files files;
    char paths[8][192]; ///< results of path_in()
    size_t next;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (f == NULL || lb_context_create(&f->base.ctx, NULL) != LB_OK) {
        return -1;
    }
    f->files.folder = make_folder();
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    remove_folder(f->files.folder);
    lb_context_destroy(&f->base.ctx);
    free(f);
    return 0;
}

static const char *put(struct fixture *f, const char *name, const char *text)
{
    return put_file(&f->files, f->base.ctx, name, text);
}

/* The path of a name in the temporary folder, until eight others are asked for. */
static const char *path_in(struct fixture *f, const char *name)
{
    char *path = f->paths[f->next++ % LB_COUNT(f->paths)];
    snprintf(path, sizeof f->paths[0], "%s/%s", f->files.folder, name);
    return path;
}

static void check_text(struct fixture *f, const char *path, const char *expected)
{
    char *text = NULL;
    size_t size = 0;
    require_ok(&f->base, lb_file_read(f->base.ctx, path, &text, &size));
    assert_int_equal(size, strlen(expected));
    assert_string_equal(text, expected);
    free(text);
}

/* ---- folders --------------------------------------------------------------------------------- */

static void names_are_in_the_order_of_their_bytes(void **state)
{
    struct fixture *f = *state;
    static const char *const sorted[] = {"-1", ".hidden", "10", "9", "A", "a", "a.b", "z\xc3\xa4"};
    static const int order[] = {4, 1, 7, 0, 6, 2, 5, 3};
    struct lb_folder_names list = {0};
    assert_true(lb_folder_empty(f->files.folder));
    assert_int_equal(lb_folder_list(&list, f->files.folder), 0);
    assert_int_equal(list.count, 0);
    lb_folder_names_free(&list);
    for (size_t i = 0; i < LB_COUNT(order); i++) {
        put(f, sorted[order[i]], "");
    }
    assert_false(lb_folder_empty(f->files.folder));
    assert_int_equal(lb_folder_list(&list, f->files.folder), 0);
    assert_int_equal(list.count, LB_COUNT(sorted));
    for (size_t i = 0; i < list.count; i++) {
        assert_string_equal(list.names[i], sorted[i]);
    }
    lb_folder_names_free(&list);
}

static void many_names_are_all_listed(void **state)
{
    struct fixture *f = *state;
    enum { COUNT = 1000 };
    char name[16];
    struct lb_folder_names list = {0};
    for (int i = COUNT; i-- > 0;) {
        snprintf(name, sizeof name, "%04d", i);
        FILE *file = fopen(path_in(f, name), "w");
        assert_non_null(file);
        fclose(file);
    }
    assert_int_equal(lb_folder_list(&list, f->files.folder), 0);
    assert_int_equal(list.count, COUNT);
    for (int i = 0; i < COUNT; i++) {
        snprintf(name, sizeof name, "%04d", i);
        assert_string_equal(list.names[i], name);
    }
    lb_folder_names_free(&list);
}

static void what_is_no_folder_is_not_listed(void **state)
{
    struct fixture *f = *state;
    struct lb_folder_names list = {0};
    assert_int_equal(lb_folder_list(&list, path_in(f, "none")), ENOENT);
    assert_int_equal(lb_folder_list(&list, put(f, "file", "")), ENOTDIR);
    assert_null(list.names);
    assert_true(lb_folder_empty(path_in(f, "none")));
    assert_int_equal(lb_folder_try_write(path_in(f, "none")), ENOENT);
    assert_int_equal(lb_folder_try_write(f->files.folder), 0);
    assert_false(lb_folder_empty(f->files.folder)); // "file"
    assert_int_equal(unlink(path_in(f, "file")), 0);
    assert_true(lb_folder_empty(f->files.folder)); // lb_folder_try_write() has left nothing
}

static void parents_are_created(void **state)
{
    struct fixture *f = *state;
    const char *deep = path_in(f, "a/b/c");
    struct stat info;
    assert_int_equal(lb_folder_make(deep), 0);
    assert_int_equal(lb_folder_make(deep), 0); // it exists
    assert_int_equal(stat(deep, &info), 0);
    assert_true(S_ISDIR(info.st_mode));
    put(f, "file", "");
    assert_int_equal(lb_folder_make(path_in(f, "file")), ENOTDIR);
    assert_int_equal(lb_folder_make(path_in(f, "file/below")), ENOTDIR);
    require_error(&f->base, lb_folder_create(f->base.ctx, path_in(f, "file/below")), LB_ERR_IO,
                  "cannot create the folder: Not a directory");
    assert_int_equal(rmdir(deep) + rmdir(path_in(f, "a/b")) + rmdir(path_in(f, "a")), 0);
}

static void links_to_folders_are_told_apart(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(symlink(f->files.folder, path_in(f, "link")), 0);
    assert_true(lb_folder_exists(path_in(f, "link")));
    assert_false(lb_folder_is_real(path_in(f, "link")));
    assert_true(lb_folder_is_real(f->files.folder));
    assert_false(lb_folder_is_real(put(f, "file", "")));
}

/* ---- files ----------------------------------------------------------------------------------- */

static void all_paths_of_a_file_are_the_same(void **state)
{
    struct fixture *f = *state;
    const char *file = put(f, "file", "text");
    const char *copy = put(f, "copy", "text");
    assert_int_equal(symlink("file", path_in(f, "soft")), 0);
    assert_int_equal(link(file, path_in(f, "hard")), 0);
    assert_int_equal(symlink("none", path_in(f, "broken")), 0);
    assert_true(lb_file_same(file, path_in(f, "./file")));
    assert_true(lb_file_same(file, path_in(f, "soft")));
    assert_true(lb_file_same(path_in(f, "soft"), path_in(f, "hard")));
    assert_false(lb_file_same(file, copy));
    assert_false(lb_file_same(file, f->files.folder));
    assert_false(lb_file_same(path_in(f, "none"), path_in(f, "none")));
    assert_false(lb_file_same(path_in(f, "broken"), path_in(f, "broken")));
    char *absolute = lb_path_absolute(path_in(f, "soft"));
    char expected[PATH_MAX];
    assert_non_null(realpath(file, expected));
    assert_string_equal(absolute, expected);
    free(absolute);
    assert_null(lb_path_absolute(path_in(f, "none")));
}

static void kinds_are_told_apart(void **state)
{
    struct fixture *f = *state;
    const char *file = put(f, "file", "");
    const char *none = path_in(f, "none");
    const char *below = path_in(f, "file/below");
    const char *folder = f->files.folder;
    assert_true(lb_file_exists(file) && lb_file_is_plain(file) && !lb_file_missing(file));
    assert_true(lb_file_exists("/dev/null") && !lb_file_is_plain("/dev/null"));
    assert_true(!lb_file_exists(folder) && lb_file_missing(folder) && !lb_file_is_plain(folder));
    assert_true(!lb_file_exists(none) && lb_file_missing(none) && lb_file_missing(below));
    assert_true(lb_file_is_readable(file) && !lb_file_is_readable(none));
    assert_false(lb_file_is_program(file));
    assert_int_equal(chmod(file, 0700), 0);
    assert_true(lb_file_is_program(file));
}

static void facts_are_those_of_the_system(void **state)
{
    struct fixture *f = *state;
    const char *file = put(f, "file", "12345");
    const struct timespec past[2] = {{1000000000, 123456789}, {1000000000, 123456789}};
    struct lb_file_facts facts;
    assert_int_equal(utimensat(AT_FDCWD, file, past, 0), 0);
    assert_true(lb_file_get_facts(file, &facts));
    assert_int_equal(facts.bytes, 5);
    assert_int_equal(facts.modified.tv_sec, 1000000000);
    assert_int_equal(facts.modified.tv_nsec, 123456789);
    const time_t now = time(NULL);
    lb_file_touch(file);
    assert_true(lb_file_get_facts(file, &facts));
    assert_true(facts.modified.tv_sec >= now - 1);
    assert_false(lb_file_get_facts(path_in(f, "none"), &facts));
}

static void files_are_replaced_and_removed(void **state)
{
    struct fixture *f = *state;
    const char *from = put(f, "from", "new");
    const char *to = put(f, "to", "old");
    assert_true(lb_file_replace(from, to));
    check_text(f, to, "new");
    assert_false(lb_file_replace(from, to)); // it has gone
    assert_int_equal(errno, ENOENT);
    assert_int_equal(lb_file_remove(to), 0);
    assert_int_equal(access(to, F_OK), -1);
    assert_int_equal(lb_file_remove(to), 0);
    assert_int_not_equal(lb_file_remove(f->files.folder), 0); // the errno of a folder varies
}

static void an_open_file_is_cut(void **state)
{
    struct fixture *f = *state;
    const char *path = put(f, "file", "first\nsecond\n");
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    assert_true(lb_file_truncate(file, 6));
    assert_int_equal(fseek(file, 6, SEEK_SET), 0);
    assert_true(fputs("third\n", file) >= 0);
    assert_true(lb_file_sync(file));
    check_text(f, path, "first\nthird\n"); // before it is closed
    assert_int_equal(fclose(file), 0);
    file = fopen("/dev/full", "w");
    if (file != NULL) { // Linux has it
        fputs("text", file);
        assert_false(lb_file_sync(file));
        assert_int_equal(errno, ENOSPC);
        fclose(file);
    }
}

/* ---- mappings -------------------------------------------------------------------------------- */

static void files_are_mapped(void **state)
{
    struct fixture *f = *state;
    struct lb_mapping *mapping = NULL;
    const char *path = put(f, "file", "12345");
    require_ok(&f->base, lb_mapping_create(&mapping, f->base.ctx, path));
    assert_int_equal(mapping->bytes, 5);
    assert_memory_equal(mapping->address, "12345", 5);
    lb_mapping_advise(mapping, true);
    require_ok(&f->base, lb_mapping_check(mapping, f->base.ctx));
    put(f, "file", "123456"); // replaces it: the mapped one stays
    require_ok(&f->base, lb_mapping_check(mapping, f->base.ctx));
    assert_memory_equal(mapping->address, "12345", 5);
    lb_mapping_destroy(&mapping);

    path = put(f, "empty", "");
    require_ok(&f->base, lb_mapping_create(&mapping, f->base.ctx, path));
    assert_int_equal(mapping->bytes, 0);
    assert_null(mapping->address);
    lb_mapping_advise(mapping, false);
    require_ok(&f->base, lb_mapping_check(mapping, f->base.ctx));
    FILE *file = fopen(path, "a");
    assert_non_null(file);
    fputs("more", file);
    fclose(file);
    require_error(&f->base, lb_mapping_check(mapping, f->base.ctx), LB_ERR_IO, "was modified");
    lb_mapping_destroy(&mapping);
}

static void what_is_no_file_is_not_mapped(void **state)
{
    struct fixture *f = *state;
    struct lb_mapping *mapping = NULL;
    assert_int_equal(mkfifo(path_in(f, "pipe"), 0600), 0);
    const struct {
        const char *path;
        enum lb_status status;
        const char *text;
    } rows[] = {
        {path_in(f, "none"), LB_ERR_NOT_FOUND, "no such file"},
        {f->files.folder, LB_ERR_IO, "is a folder"},
        {path_in(f, "pipe"), LB_ERR_IO, "is a pipe, but must be read more than once"},
        {"/dev/null", LB_ERR_IO, "is a device or socket"},
    };
    for (size_t i = 0; i < LB_COUNT(rows); i++) {
        require_error(&f->base, lb_mapping_create(&mapping, f->base.ctx, rows[i].path),
                      rows[i].status, rows[i].text);
        assert_null(mapping);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(names_are_in_the_order_of_their_bytes),
        TEST(many_names_are_all_listed),
        TEST(what_is_no_folder_is_not_listed),
        TEST(parents_are_created),
        TEST(links_to_folders_are_told_apart),
        TEST(all_paths_of_a_file_are_the_same),
        TEST(kinds_are_told_apart),
        TEST(facts_are_those_of_the_system),
        TEST(files_are_replaced_and_removed),
        TEST(an_open_file_is_cut),
        TEST(files_are_mapped),
        TEST(what_is_no_file_is_not_mapped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
