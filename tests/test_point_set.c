/* All pairs of a finite set of points, against a test of every pair in double. */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "batch/point_set.h"
#include "manifold_reference.h"

enum { N = 300, BATCH = 70 };
static const double r_min = 0.1;
static const double r_max = 0.45;
/* Pairs closer to a radius than the rounding error may be included or not. */
static const double doubt = 2e-5;

static struct lb_dataset *open_points(const struct device_fixture *fixture, const char *manifold)
{
    struct lb_dataset *dataset;
    char name[64];
    snprintf(name, sizeof name, "%s-points", manifold);
    require_ok(fixture, lb_dataset_open(&dataset, fixture->device,
                                        &(const struct lb_dataset_params){.name = name}));
    return dataset;
}

struct list {
    size_t count;
    int *pairs; ///< (count, 2)
    float *distance;
    float *points; ///< (N, p)
};

static struct list read_list(const struct device_fixture *fixture, const struct lb_point_set *set)
{
    const size_t n = set->pair_count;
    struct list list = {.count = n, .pairs = allocate(2 * n + 1, sizeof(int))};
    require_ok(fixture,
               lb_buffer_read(fixture->device, set->pairs, 0, list.pairs, 2 * n * sizeof(int)));
    list.distance = download(fixture, set->distance, n);
    list.points = download(fixture, set->points, N * (size_t)set->dataset->info.point_size);
    return list;
}

static void free_list(struct list *list)
{
    free(list->pairs);
    free(list->distance);
    free(list->points);
}

static void check_list(const struct manifold_reference *m, const struct list *list)
{
    const size_t p = (size_t)m->point_size;
    size_t next = 0;
    size_t sure = 0;
    for (int i = 0; i < N; i++) {
        for (int j = i + 1; j < N; j++) {
            double x[MAX_POINT];
            double y[MAX_POINT];
            widen(list->points + (size_t)i * p, m->point_size, x);
            widen(list->points + (size_t)j * p, m->point_size, y);
            const double d = reference_distance(m, x, y);
            const bool listed =
                next < list->count && list->pairs[2 * next] == i && list->pairs[2 * next + 1] == j;
            const bool wanted = d >= r_min && d <= r_max;
            const bool sure_of_it = fabs(d - r_min) > doubt && fabs(d - r_max) > doubt;
            if (listed != wanted && sure_of_it) {
                fail_msg("%s: pair %d, %d at distance %.9g is %s the list", m->name, i, j, d,
                         listed ? "in" : "not in");
            }
            if (listed) {
                check_near(m->name, next, (double)list->distance[next], d, 1e-5);
                next++;
            }
            sure += wanted && sure_of_it;
        }
    }
    check_near("pairs listed", 0, (double)next, (double)list->count, 0.0); // sorted, none twice
    assert_true(sure > 100);
}

/* A batch of some of the pairs; every second one is swapped. */
static void check_batch(const struct device_fixture *fixture, const struct manifold_reference *m,
                        struct lb_point_set *set, const struct list *list)
{
    const size_t p = (size_t)m->point_size;
    uint32_t choice[BATCH];
    struct lb_pair_buffers batch = {0};
    cl_mem choice_mem;
    for (uint32_t k = 0; k < BATCH; k++) {
        const uint32_t number = (uint32_t)((k * 7919u + 3u) % list->count);
        choice[k] = number | (k % 2 != 0 ? LB_POINT_SET_SWAP : 0);
    }
    require_ok(fixture,
               lb_pair_buffers_create(&batch, set->dataset, BATCH, LB_PAIR_IMAGES * BATCH));
    require_ok(fixture, lb_buffer_create(fixture->device, &choice_mem, sizeof choice, "choice"));
    require_ok(fixture, lb_buffer_write(fixture->device, choice_mem, 0, choice, sizeof choice));
    require_ok(fixture, lb_point_set_gather_pairs(set, choice_mem, BATCH, &batch));
    float *points = download(fixture, batch.points, 3 * BATCH * p);
    float *distance = download(fixture, batch.distance, BATCH);
    for (size_t k = 0; k < BATCH; k++) {
        const size_t number = choice[k] & ~LB_POINT_SET_SWAP;
        const size_t swapped = k % 2;
        const size_t first = (size_t)list->pairs[2 * number + swapped];
        const size_t second = (size_t)list->pairs[2 * number + 1 - swapped];
        double x[MAX_POINT];
        double y[MAX_POINT];
        double middle[MAX_POINT];
        assert_memory_equal(points + k * p, list->points + first * p, p * sizeof(float));
        assert_memory_equal(points + (BATCH + k) * p, list->points + second * p, p * sizeof(float));
        check_near("distance", k, (double)distance[k], (double)list->distance[number], 0.0);
        widen(points + k * p, m->point_size, x);
        widen(points + (BATCH + k) * p, m->point_size, y);
        widen(points + (2 * BATCH + k) * p, m->point_size, middle);
        check_near("midpoint", k, reference_midpoint_error(m, x, y, middle), 0.0,
                   4.0 * m->rounding * UNIT);
    }
    free(points);
    free(distance);
    lb_buffer_release(&choice_mem);
    lb_pair_buffers_release(&batch);
}

static void check_points(const struct device_fixture *fixture, struct lb_point_set *set,
                         const struct list *list)
{
    const size_t p = (size_t)set->dataset->info.point_size;
    const uint32_t choice[] = {N - 1, 0, 17, 17};
    cl_mem choice_mem;
    cl_mem point_mem;
    require_ok(fixture, lb_buffer_create(fixture->device, &choice_mem, sizeof choice, "choice"));
    require_ok(fixture,
               lb_buffer_create(fixture->device, &point_mem, 4 * p * sizeof(float), "points"));
    require_ok(fixture, lb_buffer_write(fixture->device, choice_mem, 0, choice, sizeof choice));
    require_ok(fixture, lb_point_set_gather_points(set, choice_mem, 4, point_mem));
    float *points = download(fixture, point_mem, 4 * p);
    for (size_t k = 0; k < LB_COUNT(choice); k++) {
        assert_memory_equal(points + k * p, list->points + choice[k] * p, p * sizeof(float));
    }
    free(points);
    lb_buffer_release(&choice_mem);
    lb_buffer_release(&point_mem);
}

static void all_near_pairs_are_found(void **state)
{
    const struct device_fixture *fixture = *state;
    static const char *const names[] = {"sphere", "so3", "rp2", "torus"};
    for (size_t k = 0; k < manifold_reference_count; k++) {
        const struct manifold_reference *m = &manifold_references[k];
        bool chosen = false;
        for (size_t i = 0; i < LB_COUNT(names); i++) {
            chosen = chosen || strcmp(names[i], m->name) == 0;
        }
        if (!chosen) {
            continue;
        }
        struct lb_dataset *dataset = open_points(fixture, m->name);
        struct lb_point_set set = {0};
        require_ok(fixture, lb_point_set_create(&set, dataset, 4, N, r_min, r_max));
        struct list list = read_list(fixture, &set);
        check_list(m, &list);
        check_batch(fixture, m, &set, &list);
        check_points(fixture, &set, &list);
        free_list(&list);
        lb_point_set_destroy(&set);
        lb_dataset_close(&dataset);
    }
}

static void sets_depend_on_the_seed_alone(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_dataset *dataset = open_points(fixture, "sphere");
    struct list lists[3];
    for (size_t k = 0; k < LB_COUNT(lists); k++) {
        struct lb_point_set set = {0};
        require_ok(fixture, lb_point_set_create(&set, dataset, k == 2 ? 8 : 7, N, r_min, r_max));
        lists[k] = read_list(fixture, &set);
        lb_point_set_destroy(&set);
    }
    assert_int_equal(lists[0].count, lists[1].count);
    assert_memory_equal(lists[0].pairs, lists[1].pairs, 2 * lists[0].count * sizeof(int));
    assert_memory_equal(lists[0].points, lists[1].points, 3 * N * sizeof(float));
    assert_memory_not_equal(lists[0].points, lists[2].points, 3 * N * sizeof(float));
    for (size_t k = 0; k < LB_COUNT(lists); k++) {
        free_list(&lists[k]);
    }
    lb_dataset_close(&dataset);
}

/* Two points, and radii that exclude their only pair. */
static void there_may_be_no_pair(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_dataset *dataset = open_points(fixture, "sphere");
    struct lb_point_set set = {0};
    require_ok(fixture, lb_point_set_create(&set, dataset, 1, 2, 1e-6, 2e-6));
    assert_int_equal(set.pair_count, 0);
    lb_point_set_destroy(&set);
    require_ok(fixture, lb_point_set_create(&set, dataset, 1, 2, 0.0, 3.1415926));
    assert_int_equal(set.pair_count, 1);
    lb_point_set_destroy(&set);
    lb_dataset_close(&dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_near_pairs_are_found),
        cmocka_unit_test(sets_depend_on_the_seed_alone),
        cmocka_unit_test(there_may_be_no_pair),
    };
    return cmocka_run_group_tests_name("point_set", tests, open_device_fixture,
                                       close_device_fixture);
}
