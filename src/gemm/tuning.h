/* Measured properties of matrix products on a device, stored in the user's cache folder. */
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
    bool direct_set; ///< false: CLBlast's default for this device
    size_t direct[LB_DIRECT_PARAMETERS];
    bool indirect_set;
    size_t indirect[LB_INDIRECT_PARAMETERS];
    size_t min_indirect; ///< products with fewer multiply-adds than its cube use the direct kernel;
                         ///< 0: unset
};

struct lb_tuning {
    enum lb_gemm_kind fastest; ///< the faster back end; LB_GEMM_AUTO: not measured
    struct lb_clblast_parameters clblast;
};

/** Local memory of the device in bytes. */
cl_ulong lb_local_bytes(const struct lb_device *device);

/** Local memory used by the direct kernel: a tile of each factor, with padded rows. */
size_t lb_direct_local_bytes(const size_t *direct);

/**
 * Defaults without measurement: on CPU devices a set known to suit them, with tiles that fit the
 * device's local memory; elsewhere nothing is set.
 */
struct lb_tuning lb_tuning_default(const struct lb_device *device);

/**
 * The stored result for this device, driver, program and CLBlast version, or the default. A damaged
 * or foreign file is ignored with a warning.
 */
struct lb_tuning lb_tuning_load(struct lb_device *device);

/**
 * Stores it. `path`, unless NULL, receives the allocated path of the file, or NULL if there is no
 * cache folder. LB_ERR_IO.
 */
enum lb_status lb_tuning_store(struct lb_device *device, const struct lb_tuning *tuning,
                               char **path);

/** CLBlast's parameters as JSON; NULL when out of memory. */
json_t *lb_clblast_parameters_to_json(const struct lb_clblast_parameters *parameters);

/** Reads them back; false if the object does not come from the function above. */
bool lb_clblast_parameters_from_json(struct lb_clblast_parameters *parameters,
                                     const json_t *object);

/**
 * Makes CLBlast back ends created later on the device use a copy of these parameters instead of the
 * stored ones; NULL reverts to the stored ones. LB_ERR_MEMORY.
 */
enum lb_status lb_tuning_pin(struct lb_device *device,
                             const struct lb_clblast_parameters *parameters);

/** The parameters set by lb_tuning_pin(), owned by the device; NULL: none. */
const struct lb_clblast_parameters *lb_tuning_pinned(const struct lb_device *device);

#endif
