/* Opens a dataset: its source, kernels and properties. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/file_facts.h"
#include "base/folder.h"
#include "base/hash.h"
#include "base/text.h"
#include "device/kernel_source.h"
#include "device/path.h"
#include "device/vector.h"
#include "geometry/dataset_facts.h"
#include "geometry/dataset_functions.h"
#include "geometry/dataset_mesh.h"
#include "geometry/sampling.h"
#include "geometry/surfel_build.h"
#include "io/mesh_read.h"

/* Reports files and folders that belong to another option or command. */
static enum lb_status fail_other_input(struct lb_context *ctx, const char *name)
{
    if (lb_mesh_is_named(name)) {
        return lb_fail(ctx, LB_ERR_NOT_FOUND,
                       "%s: is a mesh, not a dataset (use rotating-object --mesh %s)", name, name);
    }
    if (lb_string_ends_with(name, ".csv")) {
        return lb_fail(ctx, LB_ERR_NOT_FOUND,
                       "%s: is not a dataset (save its images with numpy.save as a .npy file, and "
                       "make pairs: lowbend pairs FILE.npy --out pairs.safetensors)",
                       name);
    }
    if (lb_folder_exists(name) || lb_string_ends_with(name, ".npy") ||
        lb_string_ends_with(name, ".png")) {
        return lb_fail(ctx, LB_ERR_NOT_FOUND,
                       "%s: is not a dataset: images alone have no distances (make pairs: lowbend "
                       "pairs %s --out pairs.safetensors, and use these)",
                       name, lb_string_ends_with(name, ".png") ? "FOLDER" : name);
    }
    return LB_OK;
}

static enum lb_status fail_unknown(struct lb_device *device, const char *name)
{
    char **names = NULL;
    size_t count = 0;
    LB_TRY(fail_other_input(device->ctx, name));
    LB_TRY(lb_dataset_names(device, &names, &count));
    struct lb_text list = {0};
    for (size_t i = 0; i < count; i++) {
        lb_text_addf(&list, "%s%s", i > 0 ? ", " : "", names[i]);
    }
    const enum lb_status status =
        lb_fail(device->ctx, LB_ERR_NOT_FOUND,
                "dataset %s: unknown name (known: %s; or give the path of a .cl file)", name,
                list.data != NULL ? list.data : "none");
    lb_text_free(&list);
    lb_dataset_names_free(&names, count);
    return status;
}

/* How much one work-item renders. GPUs vectorise across work-items by themselves. */
static void choose_shape(struct lb_dataset *dataset)
{
    if (!lb_takes_cpu_path(dataset->device)) {
        dataset->vector_width = 1;
        dataset->pixel_run = 1;
        dataset->strip_rows = 1; // the sums of a single row fill the registers
        return;
    }
    dataset->vector_width = lb_vector_width(dataset->device);
    dataset->pixel_run = 32 * dataset->vector_width;
    dataset->strip_rows = 8; // keeps the sums in nearby caches
}

static enum lb_status add_user_file(struct lb_text *text, struct lb_context *ctx, const char *name)
{
    if (!lb_string_ends_with(name, ".cl")) {
        LB_TRY(fail_other_input(ctx, name));
    }
    if (!lb_file_exists(name)) {
        return lb_fail(ctx, LB_ERR_NOT_FOUND,
                       "dataset %s: no such file (give a built-in name or the path of a .cl file)",
                       name);
    }
    char *absolute = lb_path_absolute(name); // so that relative includes are found
    const char *path = absolute != NULL ? absolute : name;
    const bool one_line = strchr(path, '\n') == NULL;
    lb_text_addf(text, "#include \"%s\"\n", path);
    free(absolute);
    if (!one_line) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "dataset %s: a line break in a path cannot be included (rename it)", name);
    }
    return LB_OK;
}

static enum lb_status add_built_in(struct lb_text *text, struct lb_device *device, const char *name)
{
    struct lb_text path = {0};
    lb_text_addf(&path, "%s/dataset/%s.cl", device->cl_dir, name);
    const bool known = path.failed || !lb_file_missing(path.data);
    text->failed = text->failed || path.failed; // reported by make_prelude()
    lb_text_free(&path);
    if (!known) {
        return fail_unknown(device, name);
    }
    lb_text_addf(text, "#include \"dataset/%s.cl\"\n", name);
    return LB_OK;
}

/*
 * Program text before a kernel: the interface, the options as macros, the dataset, and definitions
 * shared with the host. These come after the dataset, so its macros of the same names have no
 * effect.
 */
static enum lb_status make_prelude(struct lb_dataset *dataset,
                                   const struct lb_dataset_params *params, bool as_points)
{
    struct lb_device *device = dataset->device;
    struct lb_text text = {0};
    enum lb_status status = LB_OK;
    lb_text_addf(&text, "#define VECTOR_WIDTH %d\n#define STRIP_ROWS %d\n", dataset->vector_width,
                 dataset->strip_rows);
    lb_text_addf(&text, "#define SURFEL_SPHERE %.9ef\n", LB_SURFEL_SPHERE);
    lb_text_add(&text, "#include \"lib/dataset.cl\"\n");
    if (params->size != 0) {
        lb_text_addf(&text, "#define OPTION_SIZE %d\n", params->size);
    }
    if (params->cap_degrees != 0.0) {
        lb_text_addf(&text, "#define OPTION_CAP_DEGREES %.9ef\n", params->cap_degrees);
    }
    LB_CHECK(lb_dataset_is_path(params->name) ? add_user_file(&text, device->ctx, params->name)
                                              : add_built_in(&text, device, params->name));
    if (as_points) {
        lb_text_add(&text, "#include \"lib/as_points.cl\"\n");
    }
    lb_text_add(&text, "#include \"lib/complete.cl\"\n");
    lb_text_addf(&text, "#define PIXEL_RUN %d\n#define MAX_TRIES %d\n", dataset->pixel_run,
                 LB_SAMPLING_TRIES);
    lb_dataset_add_fact_lists(&text);
    if (text.failed) {
        status = lb_fail_memory(device->ctx, "dataset");
        goto fail;
    }
    dataset->prelude = text.data;
    return LB_OK;
fail:
    lb_text_free(&text);
    return status;
}

static enum lb_status hash_text(struct lb_dataset *dataset, const char *name)
{
    char *text = NULL;
    size_t size = 0;
    if (!lb_dataset_is_path(name)) {
        return LB_OK;
    }
    LB_TRY(lb_file_read(dataset->device->ctx, name, &text, &size));
    dataset->info.text_hash = lb_hash_bytes(text, size);
    free(text);
    return LB_OK;
}

/* Prefixes a build error with the dataset, which may lack something. */
static enum lb_status name_dataset(struct lb_context *ctx, const char *name)
{
    char *text = lb_string_copy(ctx->error);
    const enum lb_status status =
        lb_fail(ctx, LB_ERR_BUILD, "dataset %s: %s", name, text != NULL ? text : "does not build");
    free(text);
    return status;
}

/* Explains a failed build. Compilers report the position in the source, linkers do not: then a
 * missing function is likely. */
static enum lb_status explain_build(struct lb_dataset *dataset, const char *name)
{
    struct lb_context *ctx = dataset->device->ctx;
    const bool has_place = strstr(ctx->error, "\n> ") != NULL;
    const enum lb_status status = name_dataset(ctx, name);
    if (!has_place) {
        LB_TRY(lb_dataset_check_functions(dataset, name));
    }
    return status;
}

/* Gets the kernels needed at every step, all from one program. */
static enum lb_status build(struct lb_dataset *dataset, const char *name)
{
    enum lb_status status = lb_dataset_kernel(dataset, &dataset->sample_points,
                                              "geometry/sample_points.cl", "sample_points");
    if (status == LB_ERR_BUILD) {
        status = explain_build(dataset, name);
    }
    LB_TRY(status);
    LB_TRY(lb_dataset_kernel(dataset, &dataset->sample_pairs, "geometry/sample_pairs.cl",
                             "sample_pairs"));
    return lb_dataset_kernel(dataset, &dataset->render, "geometry/render.cl", "render");
}

/* Options are inserted into the kernels' source, so only valid ones may pass. */
static enum lb_status check_options(struct lb_context *ctx, const struct lb_dataset_params *params)
{
    const double cap = params->cap_degrees;
    if (params->size < 0 || params->size > LB_MAX_EXTENT) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "dataset %s: size of %d pixels: must be 1 to %d (use another --size)",
                       params->name, params->size, LB_MAX_EXTENT);
    }
    if (!(cap >= 0.0 && cap <= 90.0)) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "dataset %s: cap of %g degrees: must be above 0 and at most 90 (use another "
                       "--cap)",
                       params->name, cap);
    }
    return LB_OK;
}

static enum lb_status create(struct lb_dataset **out, struct lb_device *device,
                             const struct lb_dataset_params *params, bool as_points)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL) {
        return lb_fail_memory(device->ctx, "dataset");
    }
    (*out)->device = device;
    (*out)->has_manifold = true;
    choose_shape(*out);
    return make_prelude(*out, params, as_points);
}

static enum lb_status open_dataset(struct lb_dataset **out, struct lb_device *device,
                                   const struct lb_dataset_params *params, bool as_points)
{
    *out = NULL;
    LB_TRY(check_options(device->ctx, params));
    if (lb_string_ends_with(params->name, ".safetensors") ||
        lb_string_ends_with(params->name, ".npz")) {
        return lb_fail(device->ctx, LB_ERR_UNSUPPORTED,
                       "%s: user pairs can be used for training, but have no manifold to draw from "
                       "(use a dataset)",
                       params->name);
    }
    struct lb_dataset *dataset = NULL;
    enum lb_status status = LB_OK;
    LB_CHECK(create(&dataset, device, params, as_points));
    LB_CHECK(lb_dataset_check_text(dataset, params->name));
    LB_CHECK(build(dataset, params->name));
    LB_CHECK(lb_dataset_read_facts(dataset, params));
    if (dataset->info.height * dataset->info.width == 1) {
        LB_CHECK(lb_dataset_kernel(dataset, &dataset->sample_pair_images,
                                   "geometry/sample_pairs.cl", "sample_pair_images"));
    }
    LB_CHECK(hash_text(dataset, params->name));
    if (dataset->chart.lines > 0 ||
        dataset->chart.hue[0] != '\0') { // otherwise pictures would fail later
        LB_CHECK(lb_dataset_check_functions(dataset, params->name));
    }
    if (lb_dataset_wants_mesh(params)) {
        LB_CHECK(lb_dataset_load_mesh(dataset, params->mesh));
    }
    *out = dataset;
    return LB_OK;
fail:
    lb_dataset_close(&dataset);
    return status;
}

enum lb_status lb_dataset_open(struct lb_dataset **out, struct lb_device *device,
                               const struct lb_dataset_params *params)
{
    return open_dataset(out, device, params, false);
}

/* The settings that apply when points replace images. */
static struct lb_dataset_params of_points(const struct lb_dataset_params *params)
{
    struct lb_dataset_params kept = *params;
    kept.size = 0;
    kept.mesh = NULL;
    return kept;
}

enum lb_status lb_dataset_open_points(struct lb_dataset **out, const struct lb_dataset *dataset,
                                      const struct lb_dataset_params *params)
{
    const struct lb_dataset_params kept = of_points(params);
    *out = NULL;
    if (dataset->embedding_size == 0) {
        return lb_fail(dataset->device->ctx, LB_ERR_UNSUPPORTED,
                       "dataset %s: its manifold defines no embedding of its points (#define "
                       "EMBEDDING_SIZE, and define manifold_embedding())",
                       dataset->info.name);
    }
    return open_dataset(out, dataset->device, &kept, true);
}

enum lb_status lb_dataset_points_hash(const struct lb_dataset *dataset,
                                      const struct lb_dataset_params *params, uint64_t *hash)
{
    const struct lb_dataset_params kept = of_points(params);
    struct lb_device *device = dataset->device;
    struct lb_dataset *points = NULL;
    struct lb_kernel_source source = {0};
    enum lb_status status = LB_OK;
    LB_CHECK(create(&points, device, &kept, true));
    LB_CHECK(lb_kernel_source_expand(&source, device->ctx, device->cl_dir, "geometry/describe.cl",
                                     points->prelude));
    *hash = lb_hash_bytes(NULL, 0);
    for (const char *line = source.text.data; *line != '\0';) {
        const size_t length = strcspn(line, "\n");
        if (strncmp(line, "#line", strlen("#line")) != 0) { // these contain folders
            *hash = lb_hash_more(*hash, line, length);
        }
        line += length + (line[length] == '\n');
    }
fail:
    lb_kernel_source_free(&source);
    lb_dataset_close(&points);
    return status;
}

enum lb_status lb_dataset_describe_recipe(struct lb_device *device,
                                          const struct lb_dataset_params *params,
                                          struct lb_dataset_info *info,
                                          char recipe[LB_RECIPE_BYTES])
{
    struct lb_dataset *dataset = NULL;
    enum lb_status status = LB_OK;
    LB_CHECK(check_options(device->ctx, params));
    LB_CHECK(create(&dataset, device, params, false));
    status = lb_dataset_read_facts(dataset, params);
    if (status == LB_ERR_BUILD) { // opening will explain it
        lb_dataset_close(&dataset);
        LB_CHECK(lb_dataset_open(&dataset, device, params));
    }
    LB_CHECK(status);
    *info = dataset->info;
    memcpy(recipe, dataset->recipe, sizeof dataset->recipe);
fail:
    lb_dataset_close(&dataset);
    return status;
}

enum lb_status lb_dataset_describe(struct lb_device *device, const struct lb_dataset_params *params,
                                   struct lb_dataset_info *info)
{
    char recipe[LB_RECIPE_BYTES];
    return lb_dataset_describe_recipe(device, params, info, recipe);
}
