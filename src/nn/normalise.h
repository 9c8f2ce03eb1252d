/*
 * Normalised images: the first layer of a network sees (x - mean_c) scale_c for channel c. The
 * constants belong to the network and are metadata of its file.
 */
#ifndef LB_NN_NORMALISE_H
#define LB_NN_NORMALISE_H

#include "device/device.h"
#include "gemm/gemm.h"
#include "nn/layer.h"

struct lb_tensor_file;
struct lb_text;

struct lb_normalisation {
    int channels;     ///< 0: no normalisation
    float *mean;      ///< (channels)
    float *scale;     ///< (channels)
    cl_mem mean_row;  ///< (inputs): means for all elements of an image, H, W, C
    cl_mem scale_row; ///< (inputs)
    cl_kernel kernel;
    cl_kernel pool;
};

/**
 * Copies `channels` means and scales, for images of `inputs` numbers with channels last; initialise
 * with {0}, or replaces earlier values. LB_ERR_ARGUMENT if channels do not divide inputs, means or
 * scales are not finite, or a scale is 0. The caller destroys it, also on failure.
 */
enum lb_status lb_normalisation_set(struct lb_normalisation *normalisation,
                                    struct lb_device *device, int inputs, int channels,
                                    const float *mean, const float *scale);
void lb_normalisation_destroy(struct lb_normalisation *normalisation);

/** Enqueues normalised (rows, inputs) <- images (rows, inputs). */
enum lb_status lb_normalisation_run(const struct lb_normalisation *normalisation,
                                    struct lb_device *device, cl_mem images, int rows, int inputs,
                                    cl_mem normalised);

/** Enqueues pooled (rows, H / 2, W / 2, C) <- lb_layer_pool of the normalised images (rows, H, W,
 * C), H and W even; bitwise the same result. */
enum lb_status lb_normalisation_pool(const struct lb_normalisation *normalisation,
                                     struct lb_device *device, cl_mem images, int rows,
                                     struct lb_shape shape, cl_mem pooled);

/** Appends numbers in the form of the metadata `input_mean` and `input_scale`: comma-separated,
 * with all digits of a float. */
void lb_normalisation_add_text(struct lb_text *text, const float *values, int channels);

/** Sets the normalisation from a file's metadata; none if missing. LB_ERR_FORMAT. */
enum lb_status lb_normalisation_read(struct lb_normalisation *normalisation,
                                     struct lb_device *device, int inputs,
                                     const struct lb_tensor_file *file, const char *path);

#endif
