/* Detection of output files that are also inputs. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "run/output_check.h"
#include "run/run_files.h"

struct fixture {
    struct device_fixture base; ///< without a device
    char *folder;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (f == NULL || lb_context_create(&f->base.ctx, NULL) != LB_OK) {
        return -1;
    }
    f->folder = make_folder();
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    remove_folder(f->folder);
    lb_context_destroy(&f->base.ctx);
    free(f);
    return 0;
}

/* Writes an empty file, and returns its path; free() it. */
static char *touch(const struct fixture *f, const char *name)
{
    char *path = lb_path_join(f->folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    return path;
}

static void check(const struct fixture *f, const char *out, const char *source,
                  enum lb_source_path_kind kind, bool same)
{
    char *out_path = lb_path_join(f->folder, out);
    char *path = lb_path_join(f->folder, source);
    const struct lb_source_path sources[] = {{NULL, LB_PATH_FILE}, {"", LB_PATH_RUN}, {path, kind}};
    const enum lb_status status =
        lb_output_check(f->base.ctx, out_path, sources, LB_COUNT(sources));
    if (same) {
        require_error(&f->base, status, LB_ERR_ARGUMENT, "(use another");
    } else {
        require_ok(&f->base, status);
    }
    free(out_path);
    free(path);
}

static void files(void **state)
{
    const struct fixture *f = *state;
    char *path = touch(f, "a.npy");
    char *hard = lb_path_join(f->folder, "hard.npy");
    char *soft = lb_path_join(f->folder, "soft.npy");
    char *other = touch(f, "b.npy.partial");
    assert_int_equal(link(path, hard), 0);
    assert_int_equal(symlink("a.npy", soft), 0);
    static const char *const names[] = {"a.npy", "hard.npy", "soft.npy", "./a.npy"};
    for (size_t i = 0; i < LB_COUNT(names); i++) {
        for (size_t k = 0; k < LB_COUNT(names); k++) {
            check(f, names[i], names[k], LB_PATH_FILE, true);
            check(f, names[i], names[k], LB_PATH_IMAGES, true);
        }
        check(f, "new.npy", names[i], LB_PATH_IMAGES, false);
        check(f, names[i], "missing.npy", LB_PATH_IMAGES, false);
        check(f, names[i], "b.npy.partial", LB_PATH_IMAGES, false);
    }
    check(f, "b.npy", "b.npy.partial", LB_PATH_FILE, true); // the temporary file of b.npy
    free(path);
    free(hard);
    free(soft);
    free(other);
}

static void pictures(void **state)
{
    const struct fixture *f = *state;
    char *folder = lb_path_join(f->folder, "pictures");
    assert_int_equal(mkdir(folder, 0777), 0);
    char *picture = touch(f, "pictures/1.png");
    char *link_path = lb_path_join(f->folder, "out.npy");
    assert_int_equal(symlink("pictures/1.png", link_path), 0);
    for (int kind = LB_PATH_FILE; kind <= LB_PATH_IMAGES; kind++) {
        const bool images = kind == LB_PATH_IMAGES;
        check(f, "pictures/1.png", "pictures", (enum lb_source_path_kind)kind, images);
        check(f, "pictures/new.png", "pictures", (enum lb_source_path_kind)kind, images);
        check(f, "out.npy", "pictures", (enum lb_source_path_kind)kind, images);
        check(f, "pictures/codes.npy", "pictures", (enum lb_source_path_kind)kind, false);
        check(f, "new.png", "pictures", (enum lb_source_path_kind)kind, false);
    }
    unlink(picture);
    unlink(link_path);
    rmdir(folder);
    free(folder);
    free(picture);
    free(link_path);
}

static void runs(void **state)
{
    const struct fixture *f = *state;
    char *folder = lb_path_join(f->folder, "RUN");
    assert_int_equal(mkdir(folder, 0777), 0);
    for (int i = 0; i < LB_RUN_FILE_COUNT; i++) {
        const enum lb_run_file file = (enum lb_run_file)i;
        char name[64];
        snprintf(name, sizeof name, "RUN/%s", lb_run_file_name(file));
        check(f, name, "RUN", LB_PATH_RUN, false); // does not exist yet
        char *path = touch(f, name);
        check(f, name, "RUN", LB_PATH_RUN,
              strstr(name, ".png") == NULL && strstr(name, ".html") == NULL);
        /* A new run in this folder would remove it. */
        const struct lb_source_path source = {path, LB_PATH_FILE};
        require_error(&f->base, lb_output_check_run(f->base.ctx, folder, &source, 1),
                      LB_ERR_ARGUMENT, lb_run_file_name(file));
        unlink(path);
        require_ok(&f->base, lb_output_check_run(f->base.ctx, folder, &source, 1));
        free(path);
    }
    check(f, "RUN/model.onnx", "RUN", LB_PATH_RUN, false);
    rmdir(folder);
    free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files),
        cmocka_unit_test(pictures),
        cmocka_unit_test(runs),
    };
    return cmocka_run_group_tests_name("output", tests, setup, teardown);
}
