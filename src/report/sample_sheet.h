/* Pictures of random samples: contact sheets of images, point clouds of vectors. */
#ifndef LB_REPORT_SAMPLE_SHEET_H
#define LB_REPORT_SAMPLE_SHEET_H

#include "eval/gallery.h"

/** Whether the dataset's images can be shown as images: more than one pixel, grey or RGB. */
bool lb_dataset_is_image(const struct lb_dataset *dataset);

/** Writes the gallery's images as a contact sheet (0 columns: 8), or as a point cloud. */
enum lb_status lb_picture_samples(struct lb_dataset *dataset, const struct lb_gallery *gallery,
                                  int columns, const char *path);
/** Default number of samples in such a picture. */
size_t lb_picture_samples_count(const struct lb_dataset *dataset);

#endif
