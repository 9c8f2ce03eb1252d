#include "gemm/tuning.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cache.h"
#include "base/file.h"
#include "base/file_facts.h"
#include "base/folder.h"
#include "base/json.h"
#include "base/text.h"
#include "device/attachment.h"
#include "device/path.h"

const char *const lb_direct_names[LB_DIRECT_PARAMETERS] = {
    "KWID", "MDIMAD", "MDIMCD", "NDIMBD", "NDIMCD", "PADA", "PADB", "VWMD", "VWND", "WGD"};

const char *const lb_indirect_names[LB_INDIRECT_PARAMETERS] = {
    "GEMMK", "KREG", "KWG", "KWI", "MDIMA", "MDIMC", "MWG", "NDIMB",
    "NDIMC", "NWG",  "SA",  "SB",  "STRM",  "STRN",  "VWM", "VWN"};

enum { LARGEST = 1 << 21 }; // largest parameter: the cube of the threshold must fit 64 bits

enum { // indices in lb_direct_names
    DIRECT_PAD_A = 5,
    DIRECT_PAD_B = 6,
    DIRECT_TILE = 9,
};

size_t lb_direct_local_bytes(const size_t *direct)
{
    const size_t tile = direct[DIRECT_TILE];
    return sizeof(float) * tile * (2 * tile + direct[DIRECT_PAD_A] + direct[DIRECT_PAD_B]);
}

cl_ulong lb_local_bytes(const struct lb_device *device)
{
    cl_ulong bytes = 0;
    const cl_int code =
        clGetDeviceInfo(device->id, CL_DEVICE_LOCAL_MEM_SIZE, sizeof bytes, &bytes, NULL);
    return code == CL_SUCCESS ? bytes : 32 << 10; // every device has at least this
}

struct lb_tuning lb_tuning_default(const struct lb_device *device)
{
    /* Panel is faster on CPU devices, so here the compile time of the direct kernels matters: with
     * tiles of 4 x 4 per work-item they compile in a quarter of the time of the fastest set on
     * PoCL, at half its speed. The indirect kernels are disabled: they are slower, and crossing the
     * threshold could change bits. */
    static const struct lb_clblast_parameters cpu = {
        .direct_set = true,
        .direct = {2, 16, 16, 16, 16, 1, 1, 1, 1, 64},
        .min_indirect = 1 << 20,
    };
    enum { SMALLEST = 16 }; // smallest tile that can be divided this way
    struct lb_tuning tuning = {.fastest = LB_GEMM_AUTO};
    if (lb_takes_cpu_path(device)) {
        const cl_ulong local_bytes = lb_local_bytes(device);
        tuning.clblast = cpu;
        size_t *direct = tuning.clblast.direct;
        while (lb_direct_local_bytes(direct) > local_bytes && direct[DIRECT_TILE] > SMALLEST) {
            direct[DIRECT_TILE] /= 2;
        }
    }
    return tuning;
}

/* ---- the file -------------------------------------------------------------------------------- */

#if defined(LB_CLBLAST_VERSION)
static const char clblast_version[] = LB_CLBLAST_VERSION;
#else
static const char clblast_version[] = "none";
#endif

/* Everything that the measurement depends on. */
static bool make_key(const struct lb_device *device, struct lb_text *key)
{
    const struct lb_device_info *info = &device->info;
    lb_text_addf(key, "%s / %s / %s / %s / lowbend %s / CLBlast %s", info->platform, info->name,
                 info->driver, info->version, lb_version(), clblast_version);
    if (lb_path_is_unusual(device)) {
        lb_text_add(key, lb_takes_cpu_path(device) ? " / as a CPU" : " / as a GPU");
    }
    return !key->failed;
}

/* FNV-1a, 64 bits, for the file's name; the key itself is in the file. */
static uint64_t hash(const char *text)
{
    uint64_t value = UINT64_C(14695981039346656037);
    for (; *text != '\0'; text++) {
        value = (value ^ (unsigned char)*text) * UINT64_C(1099511628211);
    }
    return value;
}

static char *file_of(const char *key, char **folder)
{
    char name[64];
    snprintf(name, sizeof name, "gemm-%016" PRIx64 ".json", hash(key));
    return lb_cache_path(name, folder);
}

static bool read_parameters(const json_t *object, const char *const *names, size_t n,
                            size_t *values)
{
    bool good = json_is_object(object);
    for (size_t i = 0; good && i < n; i++) {
        const json_t *value = json_object_get(object, names[i]);
        good = json_is_integer(value) && json_integer_value(value) >= 0 &&
               json_integer_value(value) <= LARGEST;
        values[i] = good ? (size_t)json_integer_value(value) : 0;
    }
    return good;
}

bool lb_clblast_parameters_from_json(struct lb_clblast_parameters *parameters, const json_t *object)
{
    const json_t *direct = json_object_get(object, "direct");
    const json_t *indirect = json_object_get(object, "indirect");
    const json_t *limit = json_object_get(object, "min_indirect");
    *parameters = (struct lb_clblast_parameters){.direct_set = json_is_object(direct),
                                                 .indirect_set = json_is_object(indirect)};
    if (!json_is_integer(limit) || json_integer_value(limit) < 0 ||
        json_integer_value(limit) > LARGEST) {
        return false;
    }
    parameters->min_indirect = (size_t)json_integer_value(limit);
    return (json_is_null(direct) ||
            read_parameters(direct, lb_direct_names, LB_DIRECT_PARAMETERS, parameters->direct)) &&
           (json_is_null(indirect) ||
            read_parameters(indirect, lb_indirect_names, LB_INDIRECT_PARAMETERS,
                            parameters->indirect));
}

static bool read_tuning(const json_t *root, const char *key, struct lb_tuning *tuning)
{
    const char *known = json_string_value(json_object_get(root, "key"));
    const char *fastest = json_string_value(json_object_get(root, "fastest"));
    return known != NULL && strcmp(known, key) == 0 &&
           lb_gemm_kind_parse(&tuning->fastest, fastest) == LB_OK &&
           lb_clblast_parameters_from_json(&tuning->clblast, root);
}

struct lb_tuning lb_tuning_load(struct lb_device *device)
{
    struct lb_tuning tuning = lb_tuning_default(device);
    struct lb_tuning found;
    struct lb_text key = {0};
    char *path = make_key(device, &key) ? file_of(key.data, NULL) : NULL;
    if (path != NULL && lb_file_exists(path)) {
        json_t *root = lb_json_load(path);
        if (root != NULL && read_tuning(root, key.data, &found)) {
            tuning = found;
            lb_log(device->ctx, LB_LOG_DEBUG, "matrix products: tuned parameters from %s", path);
        } else {
            lb_log(device->ctx, LB_LOG_WARNING,
                   "matrix products: %s cannot be read or is damaged, and is ignored (run lowbend "
                   "tune again, or delete it)",
                   path);
        }
        json_decref(root);
    }
    free(path);
    lb_text_free(&key);
    return tuning;
}

static json_t *write_parameters(bool set, const char *const *names, size_t n, const size_t *values)
{
    if (!set) {
        return json_null();
    }
    json_t *object = json_object();
    for (size_t i = 0; i < n; i++) {
        if (json_object_set_new(object, names[i], json_integer((json_int_t)values[i])) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

json_t *lb_clblast_parameters_to_json(const struct lb_clblast_parameters *parameters)
{
    return json_pack("{s:I, s:o, s:o}", "min_indirect", (json_int_t)parameters->min_indirect,
                     "direct",
                     write_parameters(parameters->direct_set, lb_direct_names, LB_DIRECT_PARAMETERS,
                                      parameters->direct),
                     "indirect",
                     write_parameters(parameters->indirect_set, lb_indirect_names,
                                      LB_INDIRECT_PARAMETERS, parameters->indirect));
}

static char *print(const struct lb_tuning *tuning, const char *key)
{
    json_t *root =
        json_pack("{s:s, s:s}", "key", key, "fastest", lb_gemm_kind_name(tuning->fastest));
    json_t *parameters = lb_clblast_parameters_to_json(&tuning->clblast);
    const bool whole = json_object_update(root, parameters) == 0;
    char *text = whole ? lb_json_print(root, JSON_INDENT(2)) : NULL;
    json_decref(parameters);
    json_decref(root);
    return text;
}

enum lb_status lb_tuning_store(struct lb_device *device, const struct lb_tuning *tuning,
                               char **path)
{
    struct lb_text key = {0};
    char *folder = NULL;
    char *file = NULL;
    char *text = NULL;
    enum lb_status status = LB_OK;
    if (path != NULL) {
        *path = NULL;
    }
    if (!make_key(device, &key)) {
        status = lb_fail_memory(device->ctx, "tuning");
        goto fail;
    }
    file = file_of(key.data, &folder);
    if (file == NULL) {
        goto fail; // cannot be stored
    }
    text = print(tuning, key.data);
    if (text == NULL) {
        status = lb_fail_memory(device->ctx, "tuning");
        goto fail;
    }
    if (lb_folder_create(device->ctx, folder) != LB_OK) {
        status = lb_fail(device->ctx, LB_ERR_IO,
                         "%s: cannot create the folder, so the result is not stored (set "
                         "XDG_CACHE_HOME to a writable folder)",
                         folder);
        goto fail;
    }
    LB_CHECK(lb_file_write(device->ctx, file, text, strlen(text)));
    if (path != NULL) {
        *path = file;
        file = NULL;
    }
fail:
    lb_text_free(&key);
    free(folder);
    free(file);
    free(text);
    return status;
}

/* ---- parameters that do not change ----------------------------------------------------------- */

static const char pinned_key; // used by its address

enum lb_status lb_tuning_pin(struct lb_device *device,
                             const struct lb_clblast_parameters *parameters)
{
    struct lb_clblast_parameters *pinned = NULL;
    if (parameters != NULL) {
        pinned = malloc(sizeof *pinned);
        if (pinned == NULL) {
            return lb_fail_memory(device->ctx, "matrix products");
        }
        *pinned = *parameters;
    }
    const enum lb_status status = lb_device_attach(device, &pinned_key, pinned, free);
    if (status != LB_OK) {
        free(pinned);
    }
    return status;
}

const struct lb_clblast_parameters *lb_tuning_pinned(const struct lb_device *device)
{
    return lb_device_attached(device, &pinned_key);
}
