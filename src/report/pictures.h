/* The pictures of datasets and run folders. */
#ifndef LB_REPORT_PICTURES_H
#define LB_REPORT_PICTURES_H

#include "eval/gallery.h"
#include "draw/canvas.h"

/** Writes the canvas into RUN. */
enum lb_status lb_picture_write(struct lb_run *run, const struct lb_canvas *canvas,
                                enum lb_run_file file);

/** Writes the gallery's images as a contact sheet (0 columns: 8), or as a cloud. */
enum lb_status lb_picture_samples(struct lb_dataset *dataset, const struct lb_gallery *gallery,
                                  int columns, const char *path);
/** How many samples such a picture shows if nobody says otherwise. */
size_t lb_picture_samples_count(const struct lb_dataset *dataset);

/** reconstruction.png: the gallery's images above the decoded ones. */
enum lb_status lb_picture_reconstruction(struct lb_run *run, const struct lb_gallery *gallery);

/** interpolation.png of n strips. */
enum lb_status lb_picture_interpolation(struct lb_run *run, const struct lb_strip *strips,
                                        size_t n);

/** latent.png from latent.safetensors: the codes by their principal components. */
enum lb_status lb_picture_latent(struct lb_run *run);

/** loss.png from metrics.csv. */
enum lb_status lb_picture_loss(struct lb_run *run);

/** Whether the dataset's images can be shown as such: not single pixels, grey or RGB. */
bool lb_dataset_is_image(const struct lb_dataset *dataset);

/* The same pictures for datasets whose images are just numbers: their principal components. */
enum lb_status lb_cloud_samples(struct lb_dataset *dataset, const struct lb_gallery *gallery,
                                const char *path);
enum lb_status lb_cloud_reconstruction(struct lb_run *run, const struct lb_gallery *gallery);
enum lb_status lb_cloud_interpolation(struct lb_run *run, const struct lb_strip *strips, size_t n);

#endif
