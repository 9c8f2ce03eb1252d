#include "geometry/sampling.h"

#include <math.h>

#include "device/profile.h"

enum lb_status lb_dataset_enqueue_points(struct lb_dataset *dataset,
                                         struct lb_random_counter counter, int n, cl_mem points)
{
    const cl_ulong seed = counter.seed;
    const cl_uint stream = (cl_uint)counter.stream;
    const cl_int count = n;
    LB_TRY(lb_dataset_need_manifold(dataset));
    return lb_launch(dataset->device, dataset->sample_points, LB_NDRANGE(n), LB_ARG(seed),
                     LB_ARG(stream), LB_ARG(counter.step), LB_ARG(counter.first), LB_ARG(count),
                     LB_ARG(points));
}

enum lb_status lb_pair_buffers_create(struct lb_pair_buffers *pairs, struct lb_dataset *dataset,
                                      size_t n, size_t points)
{
    struct lb_device *device = dataset->device;
    const size_t point_bytes = (size_t)dataset->info.point_size * sizeof(float);
    enum lb_status status = LB_OK;
    LB_CHECK(lb_buffer_create(device, &pairs->points, points * point_bytes, "points of pairs"));
    LB_CHECK(lb_buffer_create(device, &pairs->distance, n * sizeof(float), "distances"));
    LB_CHECK(lb_buffer_create(device, &pairs->failed, sizeof(cl_int), "sampler state"));
    LB_CHECK(lb_buffer_zero(device, pairs->failed, 0, sizeof(cl_int)));
    return LB_OK;
fail:
    lb_pair_buffers_release(pairs);
    return status;
}

void lb_pair_buffers_release(struct lb_pair_buffers *pairs)
{
    lb_buffer_release(&pairs->points);
    lb_buffer_release(&pairs->distance);
    lb_buffer_release(&pairs->failed);
}

/* images NULL: no images. */
static enum lb_status sample(struct lb_dataset *dataset, cl_kernel kernel,
                             struct lb_random_counter counter, int n, double min_distance,
                             double epsilon, const struct lb_pair_buffers *pairs, cl_mem images)
{
    const cl_ulong seed = counter.seed;
    const cl_uint stream = (cl_uint)counter.stream;
    const cl_int count = n;
    const cl_float r_min = (cl_float)min_distance;
    const cl_float r_max = (cl_float)epsilon;
    if (images == NULL) {
        return lb_launch(dataset->device, kernel, LB_NDRANGE(n), LB_ARG(seed), LB_ARG(stream),
                         LB_ARG(counter.step), LB_ARG(counter.first), LB_ARG(count), LB_ARG(r_min),
                         LB_ARG(r_max), LB_ARG(pairs->points), LB_ARG(pairs->distance),
                         LB_ARG(pairs->failed));
    }
    /* A power of two that divides n: no excess work-items */
    const size_t power = (size_t)n & -(size_t)n;
    const size_t local = power < 64 ? power : 64;
    const struct lb_ndrange one_each = {1, {(size_t)n, 1, 1}, {local, 1, 1}};
    return lb_launch(dataset->device, kernel, one_each, LB_ARG(seed), LB_ARG(stream),
                     LB_ARG(counter.step), LB_ARG(counter.first), LB_ARG(count), LB_ARG(r_min),
                     LB_ARG(r_max), LB_ARG(pairs->points), LB_ARG(pairs->distance),
                     LB_ARG(pairs->failed), LB_ARG(images));
}

enum lb_status lb_dataset_enqueue_pairs(struct lb_dataset *dataset,
                                        struct lb_random_counter counter, int n,
                                        double min_distance, double epsilon,
                                        const struct lb_pair_buffers *pairs)
{
    LB_TRY(lb_dataset_need_manifold(dataset));
    return sample(dataset, dataset->sample_pairs, counter, n, min_distance, epsilon, pairs, NULL);
}

enum lb_status lb_dataset_enqueue_pair_images(struct lb_dataset *dataset,
                                              struct lb_random_counter counter, int n,
                                              double min_distance, double epsilon,
                                              const struct lb_pair_buffers *pairs, cl_mem images)
{
    if (dataset->sample_pair_images == NULL) {
        LB_TRY(lb_dataset_enqueue_pairs(dataset, counter, n, min_distance, epsilon, pairs));
        return lb_dataset_enqueue_render(dataset, pairs->points, LB_PAIR_IMAGES * n, images);
    }
    return sample(dataset, dataset->sample_pair_images, counter, n, min_distance, epsilon, pairs,
                  images);
}

enum lb_status lb_dataset_enqueue_chain_images(struct lb_dataset *dataset,
                                               struct lb_random_counter counter, int n,
                                               double min_distance, double epsilon,
                                               const struct lb_pair_buffers *chains, cl_mem images)
{
    static const char file[] = "geometry/sample_chains.cl";
    cl_kernel kernel;
    if (dataset->sample_pair_images != NULL) { // images of one pixel
        LB_TRY(lb_dataset_kernel(dataset, &kernel, file, "sample_chain_images"));
        return sample(dataset, kernel, counter, n, min_distance, epsilon, chains, images);
    }
    LB_TRY(lb_dataset_kernel(dataset, &kernel, file, "sample_chains"));
    LB_TRY(sample(dataset, kernel, counter, n, min_distance, epsilon, chains, NULL));
    return lb_dataset_enqueue_render(dataset, chains->points, LB_CHAIN_IMAGES * n, images);
}

enum lb_status lb_pair_buffers_check(struct lb_dataset *dataset,
                                     const struct lb_pair_buffers *pairs)
{
    cl_int failed = 0;
    LB_TRY(lb_buffer_read(dataset->device, pairs->failed, 0, &failed, sizeof failed));
    if (failed != 0) {
        return lb_fail(dataset->device->ctx, LB_ERR_NUMERIC,
                       "dataset %s: found no second point inside the manifold in %d tries (use a "
                       "smaller --epsilon)",
                       dataset->info.name, LB_SAMPLING_TRIES);
    }
    return LB_OK;
}

enum lb_status lb_dataset_enqueue_render(struct lb_dataset *dataset, cl_mem points, int n,
                                         cl_mem images)
{
    const cl_int count = n;
    const size_t width = (size_t)dataset->vector_width;
    LB_TRY(lb_dataset_need_manifold(dataset));
    lb_profile_expect(dataset->device, 0.0,
                      sizeof(float) * (double)n * (double)dataset->image_size);
    if (dataset->data != NULL) {
        /* Adjacent strips read the same surfels, so they form a group */
        const size_t across = ((size_t)dataset->info.width + width - 1) / width;
        const size_t rows = (size_t)dataset->strip_rows;
        const size_t down = ((size_t)dataset->info.height + rows - 1) / rows;
        const struct lb_ndrange strips = {
            3, {across, down, (size_t)n}, {dataset->vector_width > 1 ? 1 : 32, 1, 1}};
        return lb_launch(dataset->device, dataset->render, strips, LB_ARG(points), LB_ARG(count),
                         LB_ARG(dataset->data), LB_ARG(images));
    }
    const size_t pixels = (size_t)dataset->info.height * (size_t)dataset->info.width;
    const size_t run = (size_t)dataset->pixel_run;
    const size_t runs = (pixels + run - 1) / run;
    const size_t group = width > 1 ? 16 : 64; // a work-item renders many pixels, or one
    /* Groups run along the pixels of one image, or along images if those are tiny */
    struct lb_ndrange range = {2, {runs, (size_t)n, 1}, {group, 1, 1}};
    if (runs < group) {
        range.local[0] = 1;
        range.local[1] = group;
    }
    return lb_launch(dataset->device, dataset->render, range, LB_ARG(points), LB_ARG(count),
                     LB_ARG(images));
}

enum lb_status lb_dataset_check_radii(const struct lb_dataset *dataset, double min_distance,
                                      double epsilon)
{
    struct lb_context *ctx = dataset->device->ctx;
    const struct lb_dataset_info *info = &dataset->info;
    if (!(epsilon > 0.0) || !isfinite(epsilon)) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "epsilon %g: must be a positive number (use e.g. --epsilon 0.3)", epsilon);
    }
    if (!(epsilon < info->injectivity_radius)) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "epsilon %g: not below the injectivity radius %.4g of %s, beyond which "
                       "shortest geodesics are not unique (use a smaller --epsilon)",
                       epsilon, info->injectivity_radius, info->manifold);
    }
    if (!(min_distance >= 0.0) || !(min_distance < epsilon)) {
        return lb_fail(
            ctx, LB_ERR_ARGUMENT,
            "minimal distance %g: must be at least 0 and below epsilon %g (use a smaller "
            "--min-distance)",
            min_distance, epsilon);
    }
    return LB_OK;
}
