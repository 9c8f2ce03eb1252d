/* Writes ONNX: a graph of operators on named arrays, built piece by piece. */
#ifndef LB_IO_ONNX_H
#define LB_IO_ONNX_H

#include <stdint.h>

#include <lowbend/tensor.h>

#include "base/context.h"
#include "base/text.h"

/** Starts as {0}. */
struct lb_onnx {
    struct lb_text graph; ///< fields of a GraphProto without its name
};

/**
 * A float32 input or output of the graph with `rank` axes. The first axis is the variable number of
 * images, called "n".
 */
struct lb_onnx_value {
    const char *name;
    const char *description;
    int rank;
    const size_t *shape; ///< shape[0] is ignored
};
void lb_onnx_add_input(struct lb_onnx *onnx, const struct lb_onnx_value *value);
void lb_onnx_add_output(struct lb_onnx *onnx, const struct lb_onnx_value *value);

/** A constant, LB_F32 or LB_I64; the data is copied. */
void lb_onnx_add_constant(struct lb_onnx *onnx, const struct lb_tensor *tensor);

/** The tensor with permuted axes: axis i of the constant is its axis order[i]. LB_F32; the data is
 * copied. */
void lb_onnx_add_transposed(struct lb_onnx *onnx, const struct lb_tensor *tensor, const int *order);

/** output = operator(inputs), added before; "" omits an optional input. */
void lb_onnx_add_node(struct lb_onnx *onnx, const char *operator_name, const char *const *inputs,
                      size_t n, const char *output);

/** A string, or a list of non-negative integers. */
struct lb_onnx_attribute {
    const char *name;
    const char *string; ///< NULL: integers
    int count;
    int integers[4];
};
/** The same of an operator with `n_attributes` attributes. */
void lb_onnx_add_node_with(struct lb_onnx *onnx, const char *operator_name,
                           const char *const *inputs, size_t n,
                           const struct lb_onnx_attribute *attributes, size_t n_attributes,
                           const char *output);

/**
 * Writes the model. LB_ERR_MEMORY also if adding ran out of memory earlier; LB_ERR_ARGUMENT above
 * 2^31 - 1 bytes, the limit of the format's readers.
 */
enum lb_status lb_onnx_write(struct lb_onnx *onnx, struct lb_context *ctx, const char *path,
                             const char *name);
void lb_onnx_free(struct lb_onnx *onnx);

#endif
