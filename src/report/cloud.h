/* Pictures of datasets whose images are vectors: point clouds of principal components. */
#ifndef LB_REPORT_CLOUD_H
#define LB_REPORT_CLOUD_H

#include "eval/gallery.h"

enum lb_status lb_cloud_samples(struct lb_dataset *dataset, const struct lb_gallery *gallery,
                                const char *path);
enum lb_status lb_cloud_reconstruction(struct lb_run *run, const struct lb_gallery *gallery);
enum lb_status lb_cloud_interpolation(struct lb_run *run, const struct lb_strip *strips, size_t n);

#endif
