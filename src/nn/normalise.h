/*
 * Normalised images: the first layer of a network sees (x - mean_c) scale_c, c the channel. The
 * numbers belong to the network and stand in the metadata of its file.
 */
#ifndef LB_NN_NORMALISE_H
#define LB_NN_NORMALISE_H

#include "device/device.h"
#include "gemm/gemm.h"
#include "nn/layer.h"

struct lb_tensor_file;
struct lb_text;

struct lb_normalisation {
    int channels;     ///< 0: none, numbers enter the network as they are
    float *mean;      ///< (channels)
    float *scale;     ///< (channels)
    cl_mem mean_row;  ///< (inputs): the means of an image's numbers, H, W, C
    cl_mem scale_row; ///< (inputs)
    cl_kernel kernel;
    cl_kernel pool;
};

/**
 * Takes copies of `channels` means and scales, of images of `inputs` numbers, channels last; starts
 * as {0} or replaces what was set. LB_ERR_ARGUMENT for channels that do not divide inputs, means or
 * scales that are not finite, scales of 0. The caller destroys it, also on failure.
 */
enum lb_status lb_normalisation_set(struct lb_normalisation *normalisation,
                                    struct lb_device *device, int inputs, int channels,
                                    const float *mean, const float *scale);
void lb_normalisation_destroy(struct lb_normalisation *normalisation);

/** Enqueues normalised (rows, inputs) <- images (rows, inputs). */
enum lb_status lb_normalisation_run(const struct lb_normalisation *normalisation,
                                    struct lb_device *device, cl_mem images, int rows, int inputs,
                                    cl_mem normalised);

/** Enqueues pooled (rows, H / 2, W / 2, C) <- what lb_layer_pool makes of the normalised images
 * (rows, H, W, C), H and W even; the same numbers. */
enum lb_status lb_normalisation_pool(const struct lb_normalisation *normalisation,
                                     struct lb_device *device, cl_mem images, int rows,
                                     struct lb_shape shape, cl_mem pooled);

/** Appends numbers as the metadata `input_mean` and `input_scale` hold them: with commas between,
 * to all digits of a float. */
void lb_normalisation_add_text(struct lb_text *text, const float *values, int channels);

/** Sets what the metadata of a file says; none if it says nothing. LB_ERR_FORMAT. */
enum lb_status lb_normalisation_read(struct lb_normalisation *normalisation,
                                     struct lb_device *device, int inputs,
                                     const struct lb_tensor_file *file, const char *path);

#endif
