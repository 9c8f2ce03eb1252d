/*
 * How kernels divide their work among work-items. On the CPU path, where compilers do not vectorise
 * across work-items, each processes a vector, a row or a run of numbers; on the GPU path (path.h) a
 * single number.
 *
 * The kernels of a training step that do not depend on the dataset are one program, cl/step.cl: on
 * CPU devices each additional program costs more compile time than all of these kernels. All later
 * rooms share the program, so this room defines its text and its constants.
 */
#ifndef LB_DEVICE_VECTOR_H
#define LB_DEVICE_VECTOR_H

#include "device/device.h"

/** Vector width of the device in floats: 4, 8 or 16; 4 on the GPU path. */
int lb_vector_width(const struct lb_device *device);

/** Floats that a work-item processes at once: a vector on the CPU path, else 1. */
int lb_item_width(const struct lb_device *device);

/** A kernel of cl/step.cl; errors as lb_kernel_get(). */
enum lb_status lb_step_kernel(struct lb_device *device, cl_kernel *out, const char *name);

/** The grid for n numbers, lb_item_width() per work-item. */
struct lb_ndrange lb_ndrange_vectors(const struct lb_device *device, size_t n);

/** The grid for images (rows, size), several rows per work-item, or one number on GPUs. */
struct lb_ndrange lb_ndrange_rows(const struct lb_device *device, size_t rows, size_t size);

/** The grid for n numbers, RUN (cl/step.cl) per work-item. */
struct lb_ndrange lb_ndrange_runs(const struct lb_device *device, size_t n);

#endif
