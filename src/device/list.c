#include "device/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "device/device.h"
#include "device/pocl_cache.h"
#include "device/select.h"

#define AMD_BOARD_NAME 0x4038 // CL_DEVICE_BOARD_NAME_AMD: the product, where the name is "gfx1030"

/* ---- queries that cannot fail: after a driver's error "unknown", 0 or false ------------------ */

typedef cl_int (*query_fn)(const struct lb_device_handle *handle, cl_uint what, size_t size,
                           void *value, size_t *size_out);

static cl_int query_platform(const struct lb_device_handle *handle, cl_uint what, size_t size,
                             void *value, size_t *size_out)
{
    return clGetPlatformInfo(handle->platform, what, size, value, size_out);
}

static cl_int query_device(const struct lb_device_handle *handle, cl_uint what, size_t size,
                           void *value, size_t *size_out)
{
    return clGetDeviceInfo(handle->id, what, size, value, size_out);
}

/** The whole string, which the caller frees, or NULL. */
static char *query_string(query_fn query, const struct lb_device_handle *handle, cl_uint what)
{
    size_t size = 0;
    if (query(handle, what, 0, NULL, &size) != CL_SUCCESS || size == 0) {
        return NULL;
    }
    char *text = calloc(size + 1, 1); // some drivers omit the final NUL
    if (text != NULL && query(handle, what, size, text, NULL) != CL_SUCCESS) {
        free(text);
        text = NULL;
    }
    return text;
}

/** Copies without leading and trailing spaces, truncated to n - 1 bytes; false if nothing is
 * left. */
static bool copy_trimmed(char *out, size_t n, const char *text)
{
    while (lb_is_space(*text)) {
        text++;
    }
    size_t length = strlen(text);
    length = length < n ? length : n - 1;
    while (length > 0 && lb_is_space(text[length - 1])) {
        length--;
    }
    for (size_t i = 0; i < length; i++) {
        const bool control = (unsigned char)text[i] < ' ' || text[i] == 127;
        out[i] = (char)(control ? ' ' : text[i]);
    }
    out[length] = '\0';
    return length > 0;
}

static void read_string(query_fn query, const struct lb_device_handle *handle, cl_uint what,
                        char *out, size_t n)
{
    char *text = query_string(query, handle, what);
    if (text == NULL || !copy_trimmed(out, n, text)) {
        snprintf(out, n, "unknown");
    }
    free(text);
}

/** Leaves *value unchanged if the query fails or returns another size. */
static void read_value(const struct lb_device_handle *handle, cl_device_info what, void *value,
                       size_t size)
{
    unsigned char bytes[16];
    size_t answered = 0;
    if (clGetDeviceInfo(handle->id, what, sizeof bytes, bytes, &answered) == CL_SUCCESS &&
        answered == size) {
        memcpy(value, bytes, size);
    }
}

static bool read_bool(const struct lb_device_handle *handle, cl_device_info what, bool otherwise)
{
    cl_bool value = otherwise ? CL_TRUE : CL_FALSE;
    read_value(handle, what, &value, sizeof value);
    return value != CL_FALSE;
}

static bool has_word(const char *words, const char *word)
{
    const size_t n = strlen(word);
    for (const char *at = strstr(words, word); at != NULL; at = strstr(at + n, word)) {
        if ((at == words || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0')) {
            return true;
        }
    }
    return false;
}

/* ---- one device ------------------------------------------------------------------------------ */

static enum lb_device_type type_of(cl_device_type type)
{
    if ((type & CL_DEVICE_TYPE_GPU) != 0) {
        return LB_DEVICE_GPU;
    }
    if ((type & CL_DEVICE_TYPE_ACCELERATOR) != 0) {
        return LB_DEVICE_ACCELERATOR;
    }
    return (type & CL_DEVICE_TYPE_CPU) != 0 ? LB_DEVICE_CPU : LB_DEVICE_OTHER;
}

/** ROCm calls a card "gfx1030": prefixes the product name. */
static void add_board_name(struct lb_device_info *info, const struct lb_device_handle *handle)
{
    char board[64];
    char chip[48];
    read_string(query_device, handle, AMD_BOARD_NAME, board, sizeof board);
    if (strcmp(board, "unknown") != 0) {
        snprintf(chip, sizeof chip, "%.47s", info->name);
        snprintf(info->name, sizeof info->name, "%s (%s)", board, chip);
    }
}

static void describe(struct lb_device_info *info, const struct lb_device_handle *handle)
{
    read_string(query_device, handle, CL_DEVICE_NAME, info->name, sizeof info->name);
    read_string(query_device, handle, CL_DEVICE_VENDOR, info->vendor, sizeof info->vendor);
    read_string(query_platform, handle, CL_PLATFORM_NAME, info->platform, sizeof info->platform);
    read_string(query_device, handle, CL_DRIVER_VERSION, info->driver, sizeof info->driver);
    read_string(query_device, handle, CL_DEVICE_VERSION, info->version, sizeof info->version);

    cl_device_type type = 0;
    read_value(handle, CL_DEVICE_TYPE, &type, sizeof type);
    info->type = type_of(type);
    info->integrated = read_bool(handle, CL_DEVICE_HOST_UNIFIED_MEMORY, false);
    info->usable = read_bool(handle, CL_DEVICE_AVAILABLE, true) &&
                   read_bool(handle, CL_DEVICE_COMPILER_AVAILABLE, true) &&
                   read_bool(handle, CL_DEVICE_ENDIAN_LITTLE, true);
    info->outdated = lb_device_is_outdated(info);

    cl_uint compute_units = 0;
    cl_uint clock_mhz = 0;
    cl_uint vector_width = 0;
    cl_ulong memory = 0;
    cl_ulong allocation = 0;
    cl_device_fp_config fp64 = 0;
    read_value(handle, CL_DEVICE_MAX_COMPUTE_UNITS, &compute_units, sizeof compute_units);
    read_value(handle, CL_DEVICE_MAX_CLOCK_FREQUENCY, &clock_mhz, sizeof clock_mhz);
    read_value(handle, CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, &vector_width, sizeof vector_width);
    read_value(handle, CL_DEVICE_GLOBAL_MEM_SIZE, &memory, sizeof memory);
    read_value(handle, CL_DEVICE_MAX_MEM_ALLOC_SIZE, &allocation, sizeof allocation);
    read_value(handle, CL_DEVICE_DOUBLE_FP_CONFIG, &fp64, sizeof fp64);
    info->compute_units = compute_units;
    info->clock_mhz = clock_mhz;
    info->vector_width = vector_width > 0 ? vector_width : 1;
    info->memory_bytes = memory;
    info->max_allocation_bytes = allocation;
    info->fp64 = fp64 != 0;

    char *extensions = query_string(query_device, handle, CL_DEVICE_EXTENSIONS);
    if (extensions != NULL) {
        info->fp16 = has_word(extensions, "cl_khr_fp16");
        info->fp64 = info->fp64 || has_word(extensions, "cl_khr_fp64");
        if (has_word(extensions, "cl_amd_device_attribute_query")) {
            add_board_name(info, handle);
        }
    }
    free(extensions);
}

/* ---- all devices ----------------------------------------------------------------------------- */

struct device_array {
    struct lb_device_info *infos;
    struct lb_device_handle *handles;
    size_t count;
};

static bool grow(struct device_array *array, size_t more)
{
    const size_t count = array->count + more;
    struct lb_device_info *infos = realloc(array->infos, count * sizeof *infos);
    if (infos != NULL) {
        array->infos = infos;
    }
    struct lb_device_handle *handles = realloc(array->handles, count * sizeof *handles);
    if (handles != NULL) {
        array->handles = handles;
    }
    return infos != NULL && handles != NULL;
}

/** Adds the reason why a platform has no devices, if known. */
static void explain_none(struct lb_text *why, cl_platform_id platform)
{
    char name[128] = "";
    const struct lb_device_handle handle = {.platform = platform};
    read_string(query_platform, &handle, CL_PLATFORM_NAME, name, sizeof name);
    if (why->length == 0) {
        lb_pocl_cache_explain(why, name);
    }
}

/** Adds the devices of one platform, if it has any and works. */
static enum lb_status add_platform(struct lb_context *ctx, struct device_array *array,
                                   cl_platform_id platform, cl_uint platform_index,
                                   struct lb_text *why_none)
{
    cl_uint n = 0;
    cl_int code = clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, NULL, &n);
    cl_device_id *ids = code == CL_SUCCESS && n > 0 ? calloc(n, sizeof(cl_device_id)) : NULL;
    if (code == CL_SUCCESS && n > 0 && (ids == NULL || !grow(array, n))) {
        free(ids);
        return lb_fail_memory(ctx, "the list of devices");
    }
    if (ids != NULL) {
        code = clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, n, ids, NULL);
    }
    if (code != CL_SUCCESS) {
        lb_log(ctx, LB_LOG_DEBUG, "OpenCL platform %u has no devices: clGetDeviceIDs gives %s (%d)",
               (unsigned)platform_index, lb_cl_error_name(code), (int)code);
        n = 0;
    }
    if (n == 0) {
        explain_none(why_none, platform);
    }
    for (cl_uint i = 0; i < n; i++) {
        struct lb_device_info *info = &array->infos[array->count];
        struct lb_device_handle *handle = &array->handles[array->count];
        *handle = (struct lb_device_handle){platform, ids[i]};
        *info = (struct lb_device_info){.index = (int)array->count};
        snprintf(info->selector, sizeof info->selector, "%u:%u", platform_index % 10000000u,
                 i % 10000000u); // the bound shows the compiler that it fits
        describe(info, handle);
        array->count++;
    }
    free(ids);
    return LB_OK;
}

enum lb_status lb_device_enumerate(struct lb_context *ctx, struct lb_device_info **infos,
                                   struct lb_device_handle **handles, size_t *count)
{
    *infos = NULL;
    *handles = NULL;
    *count = 0;
    struct device_array array = {0};
    cl_platform_id *platforms = NULL;
    struct lb_text why_none = {0};
    enum lb_status status = LB_OK;

    /* A broken driver can kill the process in this call: the last log line then shows where */
    lb_log(ctx, LB_LOG_DEBUG, "looking for OpenCL platforms");
    cl_uint n = 0;
    cl_int code = clGetPlatformIDs(0, NULL, &n);
    if (code == CL_SUCCESS && n > 0) {
        platforms = calloc(n, sizeof(cl_platform_id));
        if (platforms == NULL) {
            return lb_fail_memory(ctx, "the list of platforms");
        }
        code = clGetPlatformIDs(n, platforms, NULL);
    }
    if (code != CL_SUCCESS || n == 0) {
        status = lb_fail(ctx, LB_ERR_DEVICE,
                         "OpenCL: no platform found, clGetPlatformIDs gives %s (%d) (install the "
                         "OpenCL driver of your GPU, or PoCL for the CPU)",
                         lb_cl_error_name(code), (int)code);
        goto fail;
    }
    for (cl_uint i = 0; i < n; i++) {
        LB_CHECK(add_platform(ctx, &array, platforms[i], i, &why_none));
    }
    if (why_none.failed) {
        status = lb_fail_memory(ctx, "the list of devices");
        goto fail;
    }
    if (array.count == 0 && why_none.length > 0) {
        status = lb_fail(ctx, LB_ERR_DEVICE, "OpenCL: no device: %s", why_none.data);
        goto fail;
    }
    if (array.count == 0) {
        status = lb_fail(ctx, LB_ERR_DEVICE,
                         "OpenCL: none of the %u platforms has a device (install the OpenCL driver "
                         "of your GPU, or PoCL for the CPU)",
                         (unsigned)n);
        goto fail;
    }
    if (why_none.length > 0) {
        lb_log(ctx, LB_LOG_WARNING, "OpenCL: the CPU is not used: %s", why_none.data);
    }
    size_t chosen = 0;
    if (lb_device_select_default(array.infos, array.count, &chosen)) {
        array.infos[chosen].is_default = true;
    }
    lb_text_free(&why_none);
    free(platforms);
    *infos = array.infos;
    *handles = array.handles;
    *count = array.count;
    return LB_OK;

fail:
    lb_text_free(&why_none);
    free(platforms);
    free(array.infos);
    free(array.handles);
    return status;
}

enum lb_status lb_device_list(struct lb_context *ctx, struct lb_device_info **out, size_t *count)
{
    struct lb_device_handle *handles = NULL;
    const enum lb_status status = lb_device_enumerate(ctx, out, &handles, count);
    free(handles);
    return status;
}

void lb_device_list_free(struct lb_device_info **list)
{
    if (list != NULL) {
        free(*list);
        *list = NULL;
    }
}
