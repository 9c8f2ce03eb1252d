#include "geometry/dataset_facts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "device/kernel_source.h"
#include "geometry/constants.h"
#include "geometry/dataset_mesh.h"

enum { MAX_LINES = 1 << 10 };

/* Macros of cl/geometry/describe.cl in the order of its results. */
enum {
    DIMENSION,
    POINT_SIZE,
    HEIGHT,
    WIDTH,
    CHANNELS,
    LINES,
    MESH,
    EMBEDDING,
    LIMIT_LATENT,
    INTEGERS
};
enum { RADIUS, LIMIT_H, CAP, LARGEST_CAP, REALS };
_Static_assert((int)INTEGERS == LB_FACT_INTEGERS && (int)REALS == LB_FACT_REALS, "of the header");
enum { MANIFOLD, HUE, LIGHTNESS, NAMES };
static const char *const integer_macros[INTEGERS] = {
    "DIMENSION",   "POINT_SIZE", "HEIGHT",          "WIDTH",       "CHANNELS",
    "KNOWN_LINES", "KNOWN_MESH", "KNOWN_EMBEDDING", "KNOWN_LATENT"};
static const char *const real_macros[REALS] = {"INJECTIVITY_RADIUS", "KNOWN_H", "KNOWN_CAP",
                                               "MAX_CAP_DEGREES"};
static const char *const name_macros[NAMES] = {"MANIFOLD", "COLOR_HUE", "COLOR_LIGHTNESS"};

enum { NAME_BYTES = sizeof((struct lb_dataset_info *)0)->manifold };
struct description {
    cl_int integers[INTEGERS];
    cl_float reals[REALS];
    char names[NAMES][NAME_BYTES];
    char recipe[LB_RECIPE_BYTES];
};

static void add_list(struct lb_text *prelude, const char *name, const char *const *macros, size_t n)
{
    lb_text_addf(prelude, "#define %s ", name);
    for (size_t i = 0; i < n; i++) {
        lb_text_addf(prelude, "%s%s", i > 0 ? ", " : "", macros[i]);
    }
    lb_text_add(prelude, "\n");
}

void lb_dataset_add_fact_lists(struct lb_text *prelude)
{
    add_list(prelude, "FACT_INTEGERS", integer_macros, INTEGERS);
    add_list(prelude, "FACT_REALS", real_macros, REALS);
    lb_text_addf(prelude, "#define FACT_NAME_BYTES %d\n#define FACT_RECIPE_BYTES %d\n", NAME_BYTES,
                 LB_RECIPE_BYTES);
}

/* Reads the properties from the text; false if that needs a compiler. */
static bool read_constants(struct lb_dataset *dataset, struct description *facts)
{
    struct lb_kernel_source source = {0};
    struct lb_constants *constants = NULL;
    if (lb_kernel_source_expand(&source, dataset->device->ctx, dataset->device->cl_dir,
                                "geometry/describe.cl", dataset->prelude) == LB_OK) {
        constants = lb_constants_read(source.text.data);
    }
    bool known = constants != NULL;
    for (size_t i = 0; known && i < INTEGERS; i++) {
        int value = 0;
        known = lb_constants_integer(constants, integer_macros[i], &value);
        facts->integers[i] = value;
    }
    for (size_t i = 0; known && i < REALS; i++) {
        known = lb_constants_real(constants, real_macros[i], &facts->reals[i]);
    }
    for (size_t i = 0; known && i < NAMES; i++) {
        known = lb_constants_string(constants, name_macros[i], facts->names[i], NAME_BYTES);
    }
    known = known && lb_constants_string(constants, "RECIPE", facts->recipe, LB_RECIPE_BYTES);
    lb_constants_free(constants);
    lb_kernel_source_free(&source);
    return known;
}

static enum lb_status run_description(struct lb_dataset *dataset, struct description *facts)
{
    struct lb_device *device = dataset->device;
    const struct lb_ndrange one = {1, {1, 1, 1}, {1, 1, 1}};
    cl_kernel kernel;
    cl_mem integers = NULL;
    cl_mem reals = NULL;
    cl_mem names = NULL;
    cl_mem recipe = NULL;
    enum lb_status status = LB_OK;
    LB_CHECK(lb_dataset_kernel(dataset, &kernel, "geometry/describe.cl", "describe"));
    LB_CHECK(lb_buffer_create(device, &integers, sizeof facts->integers, "dataset facts"));
    LB_CHECK(lb_buffer_create(device, &reals, sizeof facts->reals, "dataset facts"));
    LB_CHECK(lb_buffer_create(device, &names, sizeof facts->names, "dataset facts"));
    LB_CHECK(lb_buffer_create(device, &recipe, sizeof facts->recipe, "dataset facts"));
    LB_CHECK(lb_launch(device, kernel, one, LB_ARG(integers), LB_ARG(reals), LB_ARG(names),
                       LB_ARG(recipe)));
    LB_CHECK(lb_buffer_read(device, integers, 0, facts->integers, sizeof facts->integers));
    LB_CHECK(lb_buffer_read(device, reals, 0, facts->reals, sizeof facts->reals));
    LB_CHECK(lb_buffer_read(device, names, 0, facts->names, sizeof facts->names));
    LB_CHECK(lb_buffer_read(device, recipe, 0, facts->recipe, sizeof facts->recipe));
fail:
    lb_buffer_release(&integers);
    lb_buffer_release(&reals);
    lb_buffer_release(&names);
    lb_buffer_release(&recipe);
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
    for (size_t i = DIMENSION; i <= CHANNELS; i++) {
        if (facts->integers[i] < 1 || facts->integers[i] > LB_MAX_EXTENT) {
            return lb_fail(dataset->device->ctx, LB_ERR_BUILD,
                           "dataset %s: %s is %d (#define it as 1 to 32768)", name,
                           integer_macros[i], (int)facts->integers[i]);
        }
    }
    return LB_OK;
}

enum lb_status lb_dataset_check_text(struct lb_dataset *dataset, const char *name)
{
    struct description facts = {0};
    return read_constants(dataset, &facts) ? check_extents(dataset, &facts, name) : LB_OK;
}

/* Stores the properties; rejects impossible ones and unsupported options. */
static enum lb_status accept_description(struct lb_dataset *dataset,
                                         const struct description *facts,
                                         const struct lb_dataset_params *params)
{
    struct lb_context *ctx = dataset->device->ctx;
    struct lb_dataset_info *info = &dataset->info;
    LB_TRY(check_extents(dataset, facts, params->name));
    if (facts->integers[LINES] < 0 || facts->integers[LINES] > MAX_LINES) {
        return lb_fail(ctx, LB_ERR_BUILD, "dataset %s: GRID_LINES is %d (#define it as 1 to %d)",
                       params->name, (int)facts->integers[LINES], MAX_LINES);
    }
    if (facts->integers[EMBEDDING] < 0 || facts->integers[EMBEDDING] > LB_MAX_EXTENT) {
        return lb_fail(ctx, LB_ERR_BUILD,
                       "dataset %s: EMBEDDING_SIZE is %d (#define it as 1 to %d)", params->name,
                       (int)facts->integers[EMBEDDING], LB_MAX_EXTENT);
    }
    if (strlen(facts->recipe) == LB_RECIPE_BYTES - 1) {
        return lb_fail(ctx, LB_ERR_BUILD, "dataset %s: RECIPE: must have fewer than %d characters",
                       params->name, LB_RECIPE_BYTES - 1);
    }
    copy_name(info, params->name);
    memcpy(dataset->recipe, facts->recipe, sizeof dataset->recipe);
    memcpy(info->manifold, facts->names[MANIFOLD], sizeof info->manifold);
    memcpy(dataset->chart.hue, facts->names[HUE], sizeof dataset->chart.hue);
    memcpy(dataset->chart.lightness, facts->names[LIGHTNESS], sizeof dataset->chart.lightness);
    info->dimension = facts->integers[DIMENSION];
    info->point_size = facts->integers[POINT_SIZE];
    info->height = facts->integers[HEIGHT];
    info->width = facts->integers[WIDTH];
    info->channels = facts->integers[CHANNELS];
    dataset->chart.lines = facts->integers[LINES];
    dataset->embedding_size = facts->integers[EMBEDDING];
    info->injectivity_radius = (double)facts->reals[RADIUS];
    info->h = facts->reals[LIMIT_H] >= 0.0f ? (double)facts->reals[LIMIT_H] : (double)NAN;
    info->limit_latent = isfinite(info->h) ? facts->integers[LIMIT_LATENT] : 0;
    info->cap_degrees = (double)facts->reals[CAP];
    dataset->image_size = (size_t)info->height * (size_t)info->width * (size_t)info->channels;
    if (params->size != 0 && info->height != params->size) {
        return lb_fail(ctx, LB_ERR_ARGUMENT, "dataset %s: has a fixed size (leave out --size)",
                       params->name);
    }
    if (params->cap_degrees != 0.0 && info->cap_degrees == 0.0) {
        return lb_fail(ctx, LB_ERR_ARGUMENT, "dataset %s: has no cap (leave out --cap)",
                       params->name);
    }
    if (info->cap_degrees > (double)facts->reals[LARGEST_CAP]) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "dataset %s: cap of %g degrees: must be at most %g (use a smaller --cap)",
                       params->name, info->cap_degrees, (double)facts->reals[LARGEST_CAP]);
    }
    if (lb_dataset_wants_mesh(params) && facts->integers[MESH] == 0) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "dataset %s: renders no mesh (leave out --mesh, or use rotating-object)",
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
