/* The kernels of a training step that belong to no dataset: one program, see cl/nn/kernels.cl. */
#ifndef LB_DEVICE_VECTOR_H
#define LB_DEVICE_VECTOR_H

#include "device/device.h"

/** A kernel of cl/nn/kernels.cl. */
enum lb_status lb_step_kernel(struct lb_device *device, cl_kernel *out, const char *name);

/** The grid for n numbers of which each work-item takes as many as one of the device's vectors. */
struct lb_ndrange lb_ndrange_vectors(const struct lb_device *device, size_t n);

/** The grid for images (rows, size) of which each work-item takes a row; on GPUs one number. */
struct lb_ndrange lb_ndrange_rows(const struct lb_device *device, size_t rows, size_t size);

/** As lb_ndrange_vectors(), each work-item taking so many vectors in a loop; on GPUs one number. */
struct lb_ndrange lb_ndrange_runs(const struct lb_device *device, size_t n, size_t vectors);

#endif
