/* projection.safetensors: a network, and notes of how it came to be. */
#ifndef LB_LATENT_PROJECTION_FILE_H
#define LB_LATENT_PROJECTION_FILE_H

#include <lowbend/projection.h>

#include "run/run.h"

/** A fingerprint of the run's encoder, which the file notes. */
enum lb_status lb_projection_encoder_hash(struct lb_run *run, uint64_t *hash);

/** Writes it to the run's folder. */
enum lb_status lb_projection_save(struct lb_run *run, struct lb_network *network,
                                  const struct lb_projection_info *info);

/** Makes its geometry: codes go to float32 and through the network, which the geometry takes over,
 * also on failure. */
enum lb_status lb_projection_geometry(struct lb_geometry **out, struct lb_run *run,
                                      struct lb_network **network,
                                      const struct lb_projection_info *info);

#endif
