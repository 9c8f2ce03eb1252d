#include "device/path.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"

/* CPU drivers that vectorise across work-items and therefore take the GPU path. */
static const struct wide_driver {
    const char *platform;
    const char *name;
    bool gathers; ///< every load in a loop is a gather, even if all lanes load the same number
} wide_drivers[] = {
    /* A vector holds work-items of one group, so groups of one use a single lane. */
    {"rusticl", "llvmpipe", .gathers = true},
};

static const struct wide_driver *find_wide(const struct lb_device_info *info)
{
    for (size_t i = 0; i < LB_COUNT(wide_drivers); i++) {
        if (lb_starts_with_any_case(info->platform, wide_drivers[i].platform) &&
            lb_starts_with_any_case(info->name, wide_drivers[i].name)) {
            return &wide_drivers[i];
        }
    }
    return NULL;
}

static bool has_shuffles(const struct lb_device *device)
{
    enum { LANES = 8 };                                   // of cl/gemm/tiled.cl
    enum { PREFERRED_WORK_GROUP_SIZE_MULTIPLE = 0x1067 }; // of OpenCL 3.0: the size of a subgroup
    size_t lanes = 0;
    char extensions[8192] = "";
    return clGetDeviceInfo(device->id, PREFERRED_WORK_GROUP_SIZE_MULTIPLE, sizeof lanes, &lanes,
                           NULL) == CL_SUCCESS &&
           clGetDeviceInfo(device->id, CL_DEVICE_EXTENSIONS, sizeof extensions, extensions, NULL) ==
               CL_SUCCESS &&
           lanes >= LANES && lanes % LANES == 0 &&
           strstr(extensions, "cl_khr_subgroup_shuffle") != NULL;
}

enum lb_status lb_path_choose(struct lb_device *device)
{
    const char *assumed = getenv("LOWBEND_ASSUME");
    const struct wide_driver *wide = find_wide(&device->info);
    device->path = wide != NULL ? LB_PATH_GPU : LB_PATH_BY_TYPE;
    device->shuffles = wide != NULL && wide->gathers && has_shuffles(device);
    if (assumed == NULL || assumed[0] == '\0') {
        return LB_OK;
    }
    if (strcmp(assumed, "gpu") == 0) {
        device->path = LB_PATH_GPU;
    } else if (strcmp(assumed, "cpu") == 0) {
        device->path = LB_PATH_CPU;
    } else {
        return lb_fail(device->ctx, LB_ERR_ARGUMENT,
                       "LOWBEND_ASSUME=%.40s: there is no such path (use gpu or cpu, or unset it)",
                       assumed);
    }
    lb_log(device->ctx, LB_LOG_DEBUG, "device %s: takes the path of a %s, by LOWBEND_ASSUME",
           device->info.selector, device->path == LB_PATH_GPU ? "GPU" : "CPU");
    return LB_OK;
}

bool lb_takes_cpu_path(const struct lb_device *device)
{
    return device->path == LB_PATH_BY_TYPE ? device->info.type == LB_DEVICE_CPU
                                           : device->path == LB_PATH_CPU;
}

bool lb_prefers_own_products(const struct lb_device *device)
{
    return device->info.type == LB_DEVICE_CPU || lb_takes_cpu_path(device);
}

bool lb_path_is_unusual(const struct lb_device *device)
{
    return lb_takes_cpu_path(device) != (device->info.type == LB_DEVICE_CPU);
}
