/* OpenCL devices: enumeration and selection. */
#ifndef LOWBEND_DEVICE_H
#define LOWBEND_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lowbend/context.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lb_device;

enum lb_device_type {
    LB_DEVICE_GPU,
    LB_DEVICE_ACCELERATOR,
    LB_DEVICE_CPU,
    LB_DEVICE_OTHER,
};

/** Properties of a device. Strings are trimmed; "unknown" if the driver does not report them. */
struct lb_device_info {
    char selector[16]; ///< "P:D" (platform and device index): selects this device again
    int index;         ///< position in lb_device_list()
    char name[128];
    char vendor[128];
    char platform[128];
    char driver[128];
    char version[128]; ///< CL_DEVICE_VERSION
    enum lb_device_type type;
    bool integrated; ///< shares memory with the host
    bool is_default; ///< the device that "auto" selects
    bool usable;     ///< available, has a compiler, little-endian
    bool outdated;   ///< abandoned driver (Clover, Beignet): `auto` skips it
    uint32_t compute_units;
    uint32_t clock_mhz;
    uint64_t memory_bytes;
    uint64_t max_allocation_bytes;
    bool fp16;
    bool fp64;
    uint32_t vector_width; ///< CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, at least 1
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[16];
};

/** "gpu", "accelerator", "cpu" or "other". */
LB_API const char *lb_device_type_name(enum lb_device_type type);

/**
 * Lists all OpenCL devices of all platforms.
 *
 * @param out   receives an array of *count entries; free it with lb_device_list_free()
 * @return LB_OK, LB_ERR_DEVICE (no platform or no device at all), LB_ERR_MEMORY
 */
LB_API enum lb_status lb_device_list(struct lb_context *ctx, struct lb_device_info **out,
                                     size_t *count);
LB_API void lb_device_list_free(struct lb_device_info **list);

/**
 * Opens a device.
 *
 * @param selector auto | gpu | cpu | accelerator | N | P:D | TEXT, where TEXT is a case-insensitive
 *                 substring of "platform / device / vendor" that must match exactly one device.
 *                 `auto` (or NULL or "") prefers a discrete GPU, then an integrated GPU, an
 *                 accelerator, a CPU; within a class, the most compute units times clock.
 * @return LB_OK, LB_ERR_DEVICE (the text lists the candidates), LB_ERR_NOT_FOUND (no folder of .cl
 *         files), LB_ERR_OPENCL, LB_ERR_MEMORY
 *
 * The caller owns the device; ctx must outlive it. Only one thread at a time may use a device.
 */
LB_API enum lb_status lb_device_open(struct lb_device **out, struct lb_context *ctx,
                                     const char *selector);

/** Frees the device and sets *device to NULL. Close its datasets and networks first. */
LB_API void lb_device_close(struct lb_device **device);

LB_API const struct lb_device_info *lb_device_get_info(const struct lb_device *device);
/** The device's context, which holds the error text. */
LB_API struct lb_context *lb_device_context(const struct lb_device *device);

#ifdef __cplusplus
}
#endif

#endif
