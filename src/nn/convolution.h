/*
 * The three products of a convolution and the three of its adjoint, which are the same products
 * with input and output exchanged. Shared by conv.c and deconv.c.
 *
 *     image  X (rows, h, w, c)          map  Y (rows, h', w', o)       h' = (h + 2 p - k) / s + 1
 *     Y[n,i,j,o] = sum_{u,v,c} X[n, s i + u - p, s j + v - p, c] W[u,v,c,o],   0 outside
 */
#ifndef LB_NN_CONVOLUTION_H
#define LB_NN_CONVOLUTION_H

#include "nn/layer.h"

struct lb_convolution {
    struct lb_shape image;
    struct lb_shape map;
    int kernel;
    int stride;
    int padding;
    size_t weight;   ///< offset of W in the block
    bool transposed; ///< W[u,v,c,o] is stored (o,u,v,c), else (u,v,c,o)
};

/** Size of a patch, k k c. */
int lb_convolution_patch(const struct lb_convolution *convolution);

/** The product Y = epilogue(conv(X)). */
struct lb_gemm_call lb_convolution_call(const struct lb_network *network,
                                        const struct lb_convolution *convolution, int rows,
                                        cl_mem image, cl_mem map,
                                        const struct lb_epilogue *epilogue);

/** Enqueues that product. */
enum lb_status lb_convolution_run(struct lb_network *network,
                                  const struct lb_convolution *convolution, int rows, cl_mem image,
                                  cl_mem map, float beta, const struct lb_epilogue *epilogue);

/** Enqueues X = epilogue(adjoint(Y)) as a gather: each number of X is one sum. */
enum lb_status lb_convolution_adjoint(struct lb_network *network,
                                      const struct lb_convolution *convolution, int rows,
                                      cl_mem map, cl_mem image, float beta,
                                      const struct lb_epilogue *epilogue);

/** A single shape with all operations of lb_convolution_adjoint(), which runs one product for each
 * class of pixels that meet the same taps. It has the total number of rows and the mean depth if
 * that gives the exact number of operations, else a smaller depth and more rows. */
struct lb_gemm_shape lb_convolution_adjoint_shape(const struct lb_convolution *convolution,
                                                  int rows);

/** Enqueues the weight gradient dL/dW[u,v,c,o] = sum over rows and pixels of a patch of X times
 * dL/dY, at W's position in the block `gradient`, and unless `sums` is NULL the column sums of
 * dL/dY from gradient[*sums]. */
enum lb_status lb_convolution_weights(struct lb_network *network,
                                      const struct lb_convolution *convolution, int rows,
                                      cl_mem image, cl_mem map, cl_mem gradient,
                                      const size_t *sums);

/** Adds the node of a layer that is a convolution or its adjoint; `order` permutes the axes of the
 * layer's weight for the operator. Otherwise like add_onnx() of lb_layer_kind. */
void lb_convolution_add_onnx(const struct lb_layer *layer, struct lb_onnx *onnx,
                             const char *operator_name, const int order[4], const float *block,
                             const char *prefix, const char *in, const char *out);

/** Epilogue of a layer's forward product: bias, activation and, if needed, the slope. */
struct lb_epilogue lb_convolution_activate(const struct lb_network *network,
                                           const struct lb_layer *layer,
                                           const struct lb_layer_pass *pass);
/** Epilogue of its input gradient: the slope of the previous layer, if there is one. */
struct lb_epilogue lb_convolution_scale(const struct lb_layer *layer,
                                        const struct lb_layer_pass *pass);

#endif
