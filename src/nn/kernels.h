/* The kernels of a training step that belong to no dataset: one program, see cl/nn/kernels.cl. */
#ifndef LB_NN_KERNELS_H
#define LB_NN_KERNELS_H

#include "device/device.h"

/** A kernel of cl/nn/kernels.cl. */
enum lb_status lb_nn_kernel(struct lb_device *device, cl_kernel *out, const char *name);

/** The grid for n numbers of which each work-item takes as many as one of the device's vectors. */
struct lb_grid lb_nn_vectors(const struct lb_device *device, size_t n);

/** The grid for images (rows, size) of which each work-item takes a row; on GPUs one number. */
struct lb_grid lb_nn_rows(const struct lb_device *device, size_t rows, size_t size);

/** As lb_nn_vectors(), each work-item taking so many vectors in a loop; on GPUs one number. */
struct lb_grid lb_nn_runs(const struct lb_device *device, size_t n, size_t vectors);

#endif
