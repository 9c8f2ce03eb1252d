/* projection.safetensors: a network, with metadata about its training. */
#ifndef LB_LATENT_PROJECTION_FILE_H
#define LB_LATENT_PROJECTION_FILE_H

#include <lowbend/projection.h>

#include "run/run.h"

/** Fingerprint of the run's encoder, stored in the file. */
enum lb_status lb_projection_encoder_hash(struct lb_run *run, uint64_t *hash);

/** Writes the file to the run's folder. */
enum lb_status lb_projection_save(struct lb_run *run, struct lb_network *network,
                                  const struct lb_projection_info *info);

/** Creates the geometry: converts codes to float32 and applies the network, which the geometry owns
 * from now on, also on failure. */
enum lb_status lb_projection_geometry(struct lb_geometry **out, struct lb_run *run,
                                      struct lb_network **network,
                                      const struct lb_projection_info *info);

#endif
