/* metrics.csv of a resumed run, including one started by an older program, with fewer columns. */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run/metrics.h"

static const char *const terms[] = {"distortion", "bending", "reconstruction", "cross"};

static struct lb_metrics start(struct lb_context *ctx)
{
    return (struct lb_metrics){.ctx = ctx, .terms = terms, .term_count = LB_COUNT(terms)};
}

static void add_line(const struct device_fixture *fixture, struct lb_metrics *metrics)
{
    const double values[] = {0.5, 0.25, (double)NAN, 4.0};
    require_ok(fixture, lb_metrics_add(metrics, &(const struct lb_metrics_line){
                                                    .step = 9,
                                                    .phase = "encoder",
                                                    .loss = 2.0,
                                                    .terms = values,
                                                    .numbers =
                                                        {
                                                            [LB_METRICS_LR] = 0.125,
                                                            [LB_METRICS_SECONDS] = 7.5,
                                                            [LB_METRICS_EPSILON] = 0.3,
                                                            [LB_METRICS_MUON_LR] = (double)NAN,
                                                        },
                                                }));
}

static void check_file(const struct device_fixture *fixture, const char *folder, const char *want)
{
    size_t size;
    char *text = read_file(fixture, folder, "metrics.csv", &size);
    assert_int_equal(size, strlen(want));
    assert_memory_equal(text, want, size);
    free(text);
}

static void columns_are_those_of_the_file(void **state)
{
    static const struct {
        const char *before;
        const char *after;
    } cases[] = {
        {"step,phase,loss,distortion,bending,reconstruction,lr,seconds\n3,encoder,1,1,1,,1,2.5\n",
         "9,encoder,2,0.5,0.25,,0.125,7.500\n"},
        {"step,phase,loss,bending,lr,seconds\n3,encoder,1,1,1,2.5\n",
         "9,encoder,2,0.25,0.125,7.500\n"},
        {"step,phase,loss,lr,seconds\n3,encoder,1,1,2.5\n", "9,encoder,2,0.125,7.500\n"},
        {"step,phase,loss,distortion,lr,seconds,epsilon,cross\n3,encoder,1,1,1,2.5,1,1\n",
         "9,encoder,2,0.5,0.125,7.500,0.3,4\n"},
    };
    struct device_fixture fixture = {0};
    (void)state;
    assert_int_equal(lb_context_create(&fixture.ctx, NULL), LB_OK);
    struct put_files files = {.folder = make_folder()};
    for (size_t i = 0; i < LB_COUNT(cases); i++) {
        char want[256];
        char before[256];
        struct lb_metrics metrics = start(fixture.ctx);
        snprintf(before, sizeof before, "%s%s", cases[i].before, "4,encoder,ahead\n");
        snprintf(want, sizeof want, "%s%s", cases[i].before, cases[i].after);
        put_file(&files, fixture.ctx, "metrics.csv", before);
        require_ok(&fixture, lb_metrics_open(&metrics, files.folder, 2));
        check_near("seconds", i, metrics.seconds, 2.5, 0.0);
        add_line(&fixture, &metrics);
        lb_metrics_close(&metrics);
        check_file(&fixture, files.folder, want);
    }
    remove_folder(files.folder);
    lb_context_destroy(&fixture.ctx);
}

static void new_columns_stand_behind_the_old_ones(void **state)
{
    struct device_fixture fixture = {0};
    (void)state;
    assert_int_equal(lb_context_create(&fixture.ctx, NULL), LB_OK);
    char *folder = make_folder();
    struct lb_metrics metrics = start(fixture.ctx);
    require_ok(&fixture, lb_metrics_open(&metrics, folder, 0));
    add_line(&fixture, &metrics);
    lb_metrics_close(&metrics);
    check_file(&fixture, folder,
               "step,phase,loss,distortion,bending,reconstruction,lr,seconds,epsilon,cross,"
               "muon_lr\n9,encoder,2,0.5,0.25,,0.125,7.500,0.3,4,\n");
    remove_folder(folder);
    lb_context_destroy(&fixture.ctx);
}

static void other_files_are_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "step,phase\n",
        "step,phase,loss,lr\n1,encoder,1,1\n",
        "step,phase,loss,novel,lr,seconds\n1,encoder,1,1,1,1\n",
        "step,phase,loss,lr,seconds\n",
    };
    struct device_fixture fixture = {0};
    (void)state;
    assert_int_equal(lb_context_create(&fixture.ctx, NULL), LB_OK);
    struct put_files files = {.folder = make_folder()};
    for (size_t i = 0; i < LB_COUNT(texts); i++) {
        struct lb_metrics metrics = start(fixture.ctx);
        put_file(&files, fixture.ctx, "metrics.csv", texts[i]);
        require_error(&fixture, lb_metrics_open(&metrics, files.folder, 2), LB_ERR_FORMAT,
                      "metrics.csv");
        lb_metrics_close(&metrics);
        check_file(&fixture, files.folder, texts[i]);
    }
    remove_folder(files.folder);
    lb_context_destroy(&fixture.ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_those_of_the_file),
        cmocka_unit_test(new_columns_stand_behind_the_old_ones),
        cmocka_unit_test(other_files_are_refused),
    };
    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
