/* The facts that a dataset's text states: sizes, radius, names. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "device/kernel_source.h"
#include "geometry/constants.h"
#include "geometry/dataset.h"

enum { MAX_LINES = 1 << 10 };

/* As describe.cl has them. */
enum { NAME_BYTES = sizeof((struct lb_dataset_info *)0)->manifold };
struct description {
    cl_int integers[7];
    cl_float reals[4];
    char names[3][NAME_BYTES]; // manifold, hue, lightness
};

/* Reads the facts off the text; false if only the compiler can tell. */
static bool read_constants(struct lb_dataset *dataset, struct description *facts)
{
    static const char *const integers[] = {"DIMENSION", "POINT_SIZE",  "HEIGHT",    "WIDTH",
                                           "CHANNELS",  "KNOWN_LINES", "KNOWN_MESH"};
    static const char *const reals[] = {"INJECTIVITY_RADIUS", "KNOWN_H", "KNOWN_CAP",
                                        "MAX_CAP_DEGREES"};
    static const char *const names[] = {"MANIFOLD", "COLOR_HUE", "COLOR_LIGHTNESS"};
    struct lb_kernel_source source = {0};
    struct lb_constants *constants = NULL;
    if (lb_kernel_source_expand(&source, dataset->device->ctx, dataset->device->cl_dir,
                                "geometry/describe.cl", dataset->prelude) == LB_OK) {
        constants = lb_constants_read(source.text.data);
    }
    bool known = constants != NULL;
    for (size_t i = 0; known && i < LB_COUNT(integers); i++) {
        int value = 0;
        known = lb_constants_integer(constants, integers[i], &value);
        facts->integers[i] = value;
    }
    for (size_t i = 0; known && i < LB_COUNT(reals); i++) {
        known = lb_constants_real(constants, reals[i], &facts->reals[i]);
    }
    for (size_t i = 0; known && i < LB_COUNT(names); i++) {
        known = lb_constants_string(constants, names[i], facts->names[i], NAME_BYTES);
    }
    lb_constants_free(constants);
    lb_kernel_source_free(&source);
    return known;
}

static enum lb_status run_description(struct lb_dataset *dataset, struct description *facts)
{
    struct lb_device *device = dataset->device;
    const cl_int capacity = NAME_BYTES;
    const struct lb_ndrange one = {1, {1, 1, 1}, {1, 1, 1}};
    cl_kernel kernel;
    cl_mem integers = NULL;
    cl_mem reals = NULL;
    cl_mem names = NULL;
    enum lb_status status = LB_OK;
    LB_CHECK(lb_dataset_kernel(dataset, &kernel, "geometry/describe.cl", "describe"));
    LB_CHECK(lb_buffer_create(device, &integers, sizeof facts->integers, "dataset facts"));
    LB_CHECK(lb_buffer_create(device, &reals, sizeof facts->reals, "dataset facts"));
    LB_CHECK(lb_buffer_create(device, &names, sizeof facts->names, "dataset facts"));
    LB_CHECK(lb_launch(device, kernel, one, LB_ARG(integers), LB_ARG(reals), LB_ARG(names),
                       LB_ARG(capacity)));
    LB_CHECK(lb_buffer_read(device, integers, 0, facts->integers, sizeof facts->integers));
    LB_CHECK(lb_buffer_read(device, reals, 0, facts->reals, sizeof facts->reals));
    LB_CHECK(lb_buffer_read(device, names, 0, facts->names, sizeof facts->names));
fail:
    lb_buffer_release(&integers);
    lb_buffer_release(&reals);
    lb_buffer_release(&names);
    return status;
}

static void copy_name(struct lb_dataset_info *info, const char *name)
{
    const char *base = strrchr(name, '/');
    base = base != NULL ? base + 1 : name;
    snprintf(info->name, sizeof info->name, "%s", base);
    if (lb_string_ends_with(info->name, ".cl")) {
        info->name[strlen(info->name) - 3] = '\0';
    }
}

static enum lb_status check_extents(struct lb_dataset *dataset, const struct description *facts,
                                    const char *name)
{
    static const char *const names[] = {"DIMENSION", "POINT_SIZE", "HEIGHT", "WIDTH", "CHANNELS"};
    for (size_t i = 0; i < LB_COUNT(names); i++) {
        if (facts->integers[i] < 1 || facts->integers[i] > LB_MAX_EXTENT) {
            return lb_fail(dataset->device->ctx, LB_ERR_BUILD,
                           "dataset %s: %s is %d (#define it as 1 to 32768)", name, names[i],
                           (int)facts->integers[i]);
        }
    }
    return LB_OK;
}

enum lb_status lb_dataset_check_text(struct lb_dataset *dataset, const char *name)
{
    struct description facts = {0};
    return read_constants(dataset, &facts) ? check_extents(dataset, &facts, name) : LB_OK;
}

/* Takes over the facts, refusing those that no dataset can have and options it did not take. */
static enum lb_status accept_description(struct lb_dataset *dataset,
                                         const struct description *facts,
                                         const struct lb_dataset_params *params)
{
    struct lb_context *ctx = dataset->device->ctx;
    struct lb_dataset_info *info = &dataset->info;
    LB_TRY(check_extents(dataset, facts, params->name));
    if (facts->integers[5] < 0 || facts->integers[5] > MAX_LINES) {
        return lb_fail(ctx, LB_ERR_BUILD, "dataset %s: GRID_LINES is %d (#define it as 1 to %d)",
                       params->name, (int)facts->integers[5], MAX_LINES);
    }
    copy_name(info, params->name);
    memcpy(info->manifold, facts->names[0], sizeof info->manifold);
    memcpy(dataset->chart.hue, facts->names[1], sizeof dataset->chart.hue);
    memcpy(dataset->chart.lightness, facts->names[2], sizeof dataset->chart.lightness);
    info->dimension = facts->integers[0];
    info->point_size = facts->integers[1];
    info->height = facts->integers[2];
    info->width = facts->integers[3];
    info->channels = facts->integers[4];
    dataset->chart.lines = facts->integers[5];
    info->injectivity_radius = (double)facts->reals[0];
    info->h = facts->reals[1] >= 0.0f ? (double)facts->reals[1] : (double)NAN;
    info->cap_degrees = (double)facts->reals[2];
    dataset->image_size = (size_t)info->height * (size_t)info->width * (size_t)info->channels;
    if (params->size != 0 && info->height != params->size) {
        return lb_fail(ctx, LB_ERR_ARGUMENT, "dataset %s: takes no size (leave out --size)",
                       params->name);
    }
    if (params->cap_degrees != 0.0 && info->cap_degrees == 0.0) {
        return lb_fail(ctx, LB_ERR_ARGUMENT, "dataset %s: has no cap (leave out --cap)",
                       params->name);
    }
    if (info->cap_degrees > (double)facts->reals[3]) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "dataset %s: cap of %g degrees: at most %g (use a smaller --cap)",
                       params->name, info->cap_degrees, (double)facts->reals[3]);
    }
    if (lb_dataset_wants_mesh(params) && facts->integers[6] == 0) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "dataset %s: takes no mesh (leave out --mesh, or use rotating-object)",
                       params->name);
    }
    return LB_OK;
}

enum lb_status lb_dataset_read_facts(struct lb_dataset *dataset,
                                     const struct lb_dataset_params *params)
{
    struct description facts = {0};
    if (!read_constants(dataset, &facts)) {
        LB_TRY(run_description(dataset, &facts));
    }
    return accept_description(dataset, &facts, params);
}
