#include "io/onnx.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/file.h"
#include "io/protobuf.h"

/* Opset 13 goes with version 7 of the format (ONNX 1.8, November 2020): it has everything needed
 * here, and readers tend to be older than writers. */
enum {
    IR_VERSION = 7,
    OPERATOR_SET = 13,
};

/* Field numbers and element types from onnx.proto. */
enum {
    MODEL_IR_VERSION = 1,
    MODEL_PRODUCER_NAME = 2,
    MODEL_PRODUCER_VERSION = 3,
    MODEL_GRAPH = 7,
    MODEL_OPSET_IMPORT = 8,

    OPSET_DOMAIN = 1,
    OPSET_VERSION = 2,

    GRAPH_NODE = 1,
    GRAPH_NAME = 2,
    GRAPH_INITIALIZER = 5,
    GRAPH_INPUT = 11,
    GRAPH_OUTPUT = 12,

    NODE_INPUT = 1,
    NODE_OUTPUT = 2,
    NODE_NAME = 3,
    NODE_OP_TYPE = 4,
    NODE_ATTRIBUTE = 5,

    ATTRIBUTE_NAME = 1,
    ATTRIBUTE_STRING = 4,
    ATTRIBUTE_INTEGERS = 8,
    ATTRIBUTE_TYPE = 20,
    TYPE_STRING = 3,
    TYPE_INTEGERS = 7,

    TENSOR_DIMS = 1,
    TENSOR_DATA_TYPE = 2,
    TENSOR_NAME = 8,
    TENSOR_RAW_DATA = 9,

    VALUE_NAME = 1,
    VALUE_TYPE = 2,
    VALUE_DOC_STRING = 3,
    TYPE_TENSOR = 1,
    TENSOR_TYPE_ELEMENT = 1,
    TENSOR_TYPE_SHAPE = 2,
    SHAPE_DIM = 1,
    DIM_VALUE = 1,
    DIM_PARAM = 2,

    ELEMENT_FLOAT = 1,
    ELEMENT_INT64 = 7,
};

static void add_value(struct lb_onnx *onnx, int field, const struct lb_onnx_value *value)
{
    struct lb_text shape = {0};
    for (int i = 0; i < value->rank; i++) {
        struct lb_text dim = {0};
        if (i == 0) {
            lb_protobuf_string(&dim, DIM_PARAM, "n");
        } else {
            lb_protobuf_integer(&dim, DIM_VALUE, value->shape[i]);
        }
        lb_protobuf_message(&shape, SHAPE_DIM, &dim);
    }
    struct lb_text tensor = {0};
    lb_protobuf_integer(&tensor, TENSOR_TYPE_ELEMENT, ELEMENT_FLOAT);
    lb_protobuf_message(&tensor, TENSOR_TYPE_SHAPE, &shape);
    struct lb_text type = {0};
    lb_protobuf_message(&type, TYPE_TENSOR, &tensor);
    struct lb_text info = {0};
    lb_protobuf_string(&info, VALUE_NAME, value->name);
    lb_protobuf_message(&info, VALUE_TYPE, &type);
    lb_protobuf_string(&info, VALUE_DOC_STRING, value->description);
    lb_protobuf_message(&onnx->graph, field, &info);
}

void lb_onnx_add_input(struct lb_onnx *onnx, const struct lb_onnx_value *value)
{
    add_value(onnx, GRAPH_INPUT, value);
}

void lb_onnx_add_output(struct lb_onnx *onnx, const struct lb_onnx_value *value)
{
    add_value(onnx, GRAPH_OUTPUT, value);
}

/* Adds the data directly to the graph: weights are large, and one copy is enough. */
void lb_onnx_add_constant(struct lb_onnx *onnx, const struct lb_tensor *tensor)
{
    const size_t bytes = lb_tensor_count(tensor) * lb_dtype_size(tensor->dtype);
    struct lb_text head = {0};
    for (int i = 0; i < tensor->rank; i++) {
        lb_protobuf_integer(&head, TENSOR_DIMS, tensor->shape[i]);
    }
    lb_protobuf_integer(&head, TENSOR_DATA_TYPE,
                        tensor->dtype == LB_F32 ? ELEMENT_FLOAT : ELEMENT_INT64);
    lb_protobuf_string(&head, TENSOR_NAME, tensor->name);
    lb_protobuf_begin(&head, TENSOR_RAW_DATA, bytes);
    lb_protobuf_begin(&onnx->graph, GRAPH_INITIALIZER, head.length + bytes);
    lb_text_add_bytes(&onnx->graph, head.data != NULL ? head.data : "", head.length);
    lb_text_add_bytes(&onnx->graph, tensor->data, bytes);
    onnx->graph.failed = onnx->graph.failed || head.failed;
    lb_text_free(&head);
}

/* Visits the constant's elements in order; `step` is the stride in the tensor for each of its
 * axes. */
static void transpose(const float *from, const size_t *shape, const size_t *step, int rank,
                      float *to, size_t count)
{
    size_t index[LB_TENSOR_MAX_RANK] = {0};
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        to[i] = from[at];
        for (int axis = rank - 1; axis >= 0; axis--) {
            at += step[axis];
            if (++index[axis] < shape[axis]) {
                break;
            }
            at -= step[axis] * shape[axis];
            index[axis] = 0;
        }
    }
}

void lb_onnx_add_transposed(struct lb_onnx *onnx, const struct lb_tensor *tensor, const int *order)
{
    const size_t count = lb_tensor_count(tensor);
    struct lb_tensor constant = *tensor;
    size_t step[LB_TENSOR_MAX_RANK] = {0};
    float *values = malloc(count * sizeof *values);
    if (values == NULL) {
        onnx->graph.failed = true;
        return;
    }
    for (int i = 0; i < tensor->rank; i++) {
        constant.shape[i] = tensor->shape[order[i]];
        step[i] = 1;
        for (int k = order[i] + 1; k < tensor->rank; k++) {
            step[i] *= tensor->shape[k];
        }
    }
    transpose(tensor->data, constant.shape, step, tensor->rank, values, count);
    constant.data = values;
    lb_onnx_add_constant(onnx, &constant);
    free(values);
}

static void add_attribute(struct lb_text *node, const struct lb_onnx_attribute *attribute)
{
    struct lb_text message = {0};
    lb_protobuf_string(&message, ATTRIBUTE_NAME, attribute->name);
    if (attribute->string != NULL) {
        lb_protobuf_string(&message, ATTRIBUTE_STRING, attribute->string);
    }
    for (int i = 0; i < attribute->count; i++) {
        lb_protobuf_integer(&message, ATTRIBUTE_INTEGERS, (uint64_t)attribute->integers[i]);
    }
    lb_protobuf_integer(&message, ATTRIBUTE_TYPE,
                        attribute->string != NULL ? TYPE_STRING : TYPE_INTEGERS);
    lb_protobuf_message(node, NODE_ATTRIBUTE, &message);
}

void lb_onnx_add_node(struct lb_onnx *onnx, const char *operator_name, const char *const *inputs,
                      size_t n, const char *output)
{
    lb_onnx_add_node_with(onnx, operator_name, inputs, n, NULL, 0, output);
}

void lb_onnx_add_node_with(struct lb_onnx *onnx, const char *operator_name,
                           const char *const *inputs, size_t n,
                           const struct lb_onnx_attribute *attributes, size_t n_attributes,
                           const char *output)
{
    struct lb_text node = {0};
    for (size_t i = 0; i < n; i++) {
        lb_protobuf_string(&node, NODE_INPUT, inputs[i]);
    }
    lb_protobuf_string(&node, NODE_OUTPUT, output);
    lb_protobuf_string(&node, NODE_NAME, output);
    lb_protobuf_string(&node, NODE_OP_TYPE, operator_name);
    for (size_t i = 0; i < n_attributes; i++) {
        add_attribute(&node, &attributes[i]);
    }
    lb_protobuf_message(&onnx->graph, GRAPH_NODE, &node);
}

enum lb_status lb_onnx_write(struct lb_onnx *onnx, struct lb_context *ctx, const char *path,
                             const char *name)
{
    struct lb_text opset = {0};
    lb_protobuf_string(&opset, OPSET_DOMAIN, "");
    lb_protobuf_integer(&opset, OPSET_VERSION, OPERATOR_SET);
    struct lb_text model = {0};
    lb_protobuf_integer(&model, MODEL_IR_VERSION, IR_VERSION);
    lb_protobuf_string(&model, MODEL_PRODUCER_NAME, "lowbend");
    lb_protobuf_string(&model, MODEL_PRODUCER_VERSION, lb_version());
    lb_protobuf_message(&model, MODEL_OPSET_IMPORT, &opset);
    lb_protobuf_string(&onnx->graph, GRAPH_NAME, name);
    lb_protobuf_begin(&model, MODEL_GRAPH, onnx->graph.length);

    struct lb_file_writer writer;
    enum lb_status status = LB_OK;
    if (model.failed || onnx->graph.failed) {
        status = lb_fail_memory(ctx, path);
    } else if (onnx->graph.length > INT32_MAX - model.length) {
        status = lb_fail(ctx, LB_ERR_ARGUMENT,
                         "%s: the networks take %zu bytes, but an ONNX file holds at most 2 GiB "
                         "(export encoder and decoder separately)",
                         path, onnx->graph.length);
    } else {
        status = lb_file_writer_open(&writer, ctx, path);
        if (status == LB_OK) {
            /* fwrite errors are sticky: the commit detects them. */
            fwrite(model.data, 1, model.length, writer.file);
            fwrite(onnx->graph.data, 1, onnx->graph.length, writer.file);
            status = lb_file_writer_commit(&writer, ctx);
        }
    }
    lb_text_free(&model);
    return status;
}

void lb_onnx_free(struct lb_onnx *onnx)
{
    lb_text_free(&onnx->graph);
}
