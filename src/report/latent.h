/* latent.png: latent codes and the manifold's lines by principal components. */
#ifndef LB_REPORT_LATENT_H
#define LB_REPORT_LATENT_H

#include "run/run.h"

/** Made from latent.safetensors. */
enum lb_status lb_picture_latent(struct lb_run *run);

#endif
