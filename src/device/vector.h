/*
 * How kernels divide their work among work-items: a vector, a row or a run of numbers each on the
 * CPU path, where compilers do not vectorise across work-items; one number elsewhere (path.h).
 *
 * The kernels of a training step that belong to no dataset are one program, cl/step.cl, because on
 * CPU devices each further program costs more compile time than all of them. The rooms above share
 * it, so its text and the constants that it is given are settled here, below all of them.
 */
#ifndef LB_DEVICE_VECTOR_H
#define LB_DEVICE_VECTOR_H

#include "device/device.h"

/** Floats of the vectors that suit the device: 4, 8 or 16; 4 off the CPU path. */
int lb_vector_width(const struct lb_device *device);

/** Floats that a work-item takes at once: a vector on the CPU path, else 1. */
int lb_item_width(const struct lb_device *device);

/** A kernel of cl/step.cl; errors as lb_kernel_get(). */
enum lb_status lb_step_kernel(struct lb_device *device, cl_kernel *out, const char *name);

/** The grid for n numbers of which each work-item takes lb_item_width(). */
struct lb_ndrange lb_ndrange_vectors(const struct lb_device *device, size_t n);

/** The grid for images (rows, size) of which each work-item takes some rows; on GPUs one number. */
struct lb_ndrange lb_ndrange_rows(const struct lb_device *device, size_t rows, size_t size);

/** The grid for n numbers of which each work-item takes a run, RUN of cl/step.cl. */
struct lb_ndrange lb_ndrange_runs(const struct lb_device *device, size_t n);

#endif
