#include "batch/point_set.h"

#include <stdlib.h>

enum { DISTANCES = 1 << 26 }; // per launch, so that no driver assumes that the device hangs

static const char file_name[] = "batch/point_set.cl";

/* Search for pairs, point by point. */
struct search {
    struct lb_point_set *set;
    cl_float r_min;
    cl_float r_max;
    cl_int step;     ///< points per launch
    cl_uint *count;  ///< (N) number of partners of each point, later their start in the list
    cl_mem launched; ///< the same for the points of one launch
};

static int rows_at(const struct search *search, int first)
{
    const int left = search->set->count - first;
    return left < search->step ? left : search->step;
}

static enum lb_status count_pairs(struct search *search, uint64_t *total)
{
    struct lb_point_set *set = search->set;
    struct lb_device *device = set->dataset->device;
    const cl_int n = set->count;
    cl_kernel kernel;
    LB_TRY(lb_dataset_kernel(set->dataset, &kernel, file_name, "count_pairs"));
    *total = 0;
    for (cl_int first = 0; first < n; first += search->step) {
        const cl_int rows = rows_at(search, first);
        LB_TRY(lb_launch(device, kernel, LB_NDRANGE(rows), LB_ARG(set->points), LB_ARG(n),
                         LB_ARG(first), LB_ARG(rows), LB_ARG(search->r_min), LB_ARG(search->r_max),
                         LB_ARG(search->launched)));
        LB_TRY(lb_buffer_read(device, search->launched, 0, search->count + first,
                              (size_t)rows * sizeof(cl_uint)));
        for (int i = first; i < first + rows; i++) {
            const cl_uint found = search->count[i];
            search->count[i] = (cl_uint)*total;
            *total += found;
        }
    }
    return LB_OK;
}

static enum lb_status list_pairs(struct search *search)
{
    struct lb_point_set *set = search->set;
    struct lb_device *device = set->dataset->device;
    const cl_int n = set->count;
    cl_kernel kernel;
    LB_TRY(lb_dataset_kernel(set->dataset, &kernel, file_name, "list_pairs"));
    for (cl_int first = 0; first < n; first += search->step) {
        const cl_int rows = rows_at(search, first);
        LB_TRY(lb_buffer_write(device, search->launched, 0, search->count + first,
                               (size_t)rows * sizeof(cl_uint)));
        LB_TRY(lb_launch(device, kernel, LB_NDRANGE(rows), LB_ARG(set->points), LB_ARG(n),
                         LB_ARG(first), LB_ARG(rows), LB_ARG(search->r_min), LB_ARG(search->r_max),
                         LB_ARG(search->launched), LB_ARG(set->pairs), LB_ARG(set->distance)));
    }
    return LB_OK;
}

static enum lb_status find_pairs(struct lb_point_set *set, double min_distance, double epsilon)
{
    struct lb_device *device = set->dataset->device;
    const size_t n = (size_t)set->count;
    struct search search = {.set = set,
                            .r_min = (cl_float)min_distance,
                            .r_max = (cl_float)epsilon,
                            .step = DISTANCES / set->count > 0 ? DISTANCES / set->count : 1,
                            .count = malloc(n * sizeof(cl_uint))};
    uint64_t total = 0;
    enum lb_status status = LB_OK;
    if (search.count == NULL) {
        status = lb_fail_memory(device->ctx, "pairs among the points");
        goto fail;
    }
    LB_CHECK(lb_buffer_create(device, &search.launched, n * sizeof(cl_uint), "numbers of pairs"));
    LB_CHECK(count_pairs(&search, &total));
    if (total >= LB_POINT_SET_SWAP) {
        status = lb_fail(device->ctx, LB_ERR_ARGUMENT,
                         "dataset %s: %llu pairs among %zu points are more than 2^31 (use fewer "
                         "--samples or a smaller --epsilon)",
                         set->dataset->info.name, (unsigned long long)total, n);
        goto fail;
    }
    set->pair_count = (size_t)total;
    LB_CHECK(lb_buffer_create(device, &set->pairs, set->pair_count * sizeof(cl_int2), "pairs"));
    LB_CHECK(lb_buffer_create(device, &set->distance, set->pair_count * sizeof(float),
                              "distances of pairs"));
    LB_CHECK(list_pairs(&search));
fail:
    lb_buffer_release(&search.launched);
    free(search.count);
    return status;
}

enum lb_status lb_point_set_create(struct lb_point_set *set, struct lb_dataset *dataset,
                                   uint64_t seed, int n, double min_distance, double epsilon)
{
    const size_t bytes = (size_t)n * (size_t)dataset->info.point_size * sizeof(float);
    const struct lb_random_counter counter = {seed, LB_STREAM_POINT_SET, 0, 0};
    set->dataset = dataset;
    set->count = n;
    LB_TRY(lb_dataset_kernel(dataset, &set->gather_pairs, file_name, "gather_pairs"));
    LB_TRY(lb_dataset_kernel(dataset, &set->gather_points, file_name, "gather_points"));
    LB_TRY(lb_buffer_create(dataset->device, &set->points, bytes, "points"));
    LB_TRY(lb_dataset_enqueue_points(dataset, counter, n, set->points));
    return find_pairs(set, min_distance, epsilon);
}

void lb_point_set_destroy(struct lb_point_set *set)
{
    lb_buffer_release(&set->points);
    lb_buffer_release(&set->pairs);
    lb_buffer_release(&set->distance);
}

enum lb_status lb_point_set_gather_pairs(struct lb_point_set *set, cl_mem choice, int rows,
                                         const struct lb_pair_buffers *batch)
{
    const cl_uint swap = LB_POINT_SET_SWAP;
    const cl_int count = rows;
    return lb_launch(set->dataset->device, set->gather_pairs, LB_NDRANGE(rows), LB_ARG(set->points),
                     LB_ARG(set->pairs), LB_ARG(set->distance), LB_ARG(choice), LB_ARG(swap),
                     LB_ARG(count), LB_ARG(batch->points), LB_ARG(batch->distance));
}

enum lb_status lb_point_set_gather_points(struct lb_point_set *set, cl_mem choice, int rows,
                                          cl_mem points)
{
    const cl_int count = rows;
    return lb_launch(set->dataset->device, set->gather_points, LB_NDRANGE(rows),
                     LB_ARG(set->points), LB_ARG(choice), LB_ARG(count), LB_ARG(points));
}
