/* The pictures of a run folder, one function a file. */
#ifndef LB_REPORT_PICTURES_H
#define LB_REPORT_PICTURES_H

#include "eval/gallery.h"
#include "io/canvas.h"

/** Writes the canvas to RUN/name. */
enum lb_status lb_picture_write(struct lb_run *run, const struct lb_canvas *canvas,
                                const char *name);

/** samples.png, and reconstruction.png where the gallery has decoded images. */
enum lb_status lb_picture_samples(struct lb_run *run, const struct lb_gallery *gallery);
enum lb_status lb_picture_reconstruction(struct lb_run *run, const struct lb_gallery *gallery);

/** interpolation.png of n strips. */
enum lb_status lb_picture_interpolation(struct lb_run *run, const struct lb_strip *strips,
                                        size_t n);

/** latent.png from latent.safetensors: the codes by their principal components. */
enum lb_status lb_picture_latent(struct lb_run *run);

/** loss.png from metrics.csv. */
enum lb_status lb_picture_loss(struct lb_run *run);

/** Whether the dataset's images can be shown as such: not single pixels, grey or RGB. */
bool lb_picture_is_image(const struct lb_run *run);

/* The same pictures for datasets whose images are just numbers: their principal components. */
enum lb_status lb_cloud_samples(struct lb_run *run, const struct lb_gallery *gallery);
enum lb_status lb_cloud_reconstruction(struct lb_run *run, const struct lb_gallery *gallery);
enum lb_status lb_cloud_interpolation(struct lb_run *run, const struct lb_strip *strips, size_t n);

#endif
