/* What was measured of matrix products on a device, kept in the user's cache folder. */
#ifndef LB_GEMM_TUNING_H
#define LB_GEMM_TUNING_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include <lowbend/options.h>

#include "device/device.h"

/** Parameters of CLBlast's direct kernel, in the order of lb_direct_names. */
#define LB_DIRECT_PARAMETERS 10
extern const char *const lb_direct_names[LB_DIRECT_PARAMETERS];

/** Parameters of its indirect kernel, in the order of lb_indirect_names. */
#define LB_INDIRECT_PARAMETERS 16
extern const char *const lb_indirect_names[LB_INDIRECT_PARAMETERS];

struct lb_clblast_parameters {
    bool direct_set; ///< false: the library's own for this device
    size_t direct[LB_DIRECT_PARAMETERS];
    bool indirect_set;
    size_t indirect[LB_INDIRECT_PARAMETERS];
    size_t min_indirect; ///< products of fewer than its cube of multiply-adds are direct; 0: unset
};

struct lb_tuning {
    enum lb_gemm_kind fastest; ///< of the back ends; LB_GEMM_AUTO: not measured
    struct lb_clblast_parameters clblast;
};

/** Local memory of the device in bytes. */
cl_ulong lb_local_bytes(const struct lb_device *device);

/** What the direct kernel takes of it: a tile of each factor, its rows padded. */
size_t lb_direct_local_bytes(const size_t *direct);

/**
 * Nothing measured: on CPU devices a set that was found to serve them, with tiles that fit the
 * device's local memory; elsewhere nothing set.
 */
struct lb_tuning lb_tuning_default(const struct lb_device *device);

/**
 * What is kept for this device, driver, program and CLBlast; the default if there is nothing. A
 * file that is damaged or belongs to another device is ignored with a warning.
 */
struct lb_tuning lb_tuning_load(struct lb_device *device);

/**
 * Keeps it. `path`, unless NULL, receives the file, malloc'ed, or NULL where nothing can be kept
 * because there is no cache folder. LB_ERR_IO.
 */
enum lb_status lb_tuning_store(struct lb_device *device, const struct lb_tuning *tuning,
                               char **path);

/** CLBlast's parameters as JSON; NULL when out of memory. */
json_t *lb_clblast_parameters_to_json(const struct lb_clblast_parameters *parameters);

/** Reads them back; false if the object is not what the function above makes. */
bool lb_clblast_parameters_from_json(struct lb_clblast_parameters *parameters,
                                     const json_t *object);

/**
 * From now on CLBlast back ends that are created on the device use a copy of these parameters, not
 * what is kept; NULL: what is kept again. LB_ERR_MEMORY.
 */
enum lb_status lb_tuning_pin(struct lb_device *device,
                             const struct lb_clblast_parameters *parameters);

/** What lb_tuning_pin() was given, the device's; NULL: nothing. */
const struct lb_clblast_parameters *lb_tuning_pinned(const struct lb_device *device);

#endif
