#include "train/learner.h"

#include <assert.h>

#include "device/profile.h"
#include "device/vector.h"

/* Lists the weights of all layers with parameters but the last, as matrices; returns their
 * number. */
static int list_matrices(const struct lb_layer_list *layers,
                         struct lb_muon_matrix matrices[LB_NETWORK_MAX_LAYERS])
{
    int n = 0;
    for (int k = 0; k < layers->count; k++) {
        const struct lb_layer *layer = &layers->layer[k];
        const struct lb_parameter_shape shape = layer->kind->parameters(layer);
        if (shape.rank == 0) {
            continue;
        }
        size_t in = 1;
        for (int axis = 0; axis < shape.matrix_axes; axis++) {
            in *= shape.weight[axis];
        }
        matrices[n++] = (struct lb_muon_matrix){
            .offset = layer->weight,
            .in = (int)in,
            .out = (int)(lb_layer_weight_count(layer) / in),
            .fan_out = (int)shape.fan_out,
        };
    }
    return n > 0 ? n - 1 : 0;
}

static struct lb_update_rule_params
rule_params(const struct lb_train_params *params, const struct lb_layer_list *layers,
            struct lb_muon_matrix matrices[LB_NETWORK_MAX_LAYERS])
{
    return (struct lb_update_rule_params){
        .optimizer = params->optimizer,
        .weight_decay = params->weight_decay,
        .muon_steps = params->muon_steps,
        .clip = params->clip,
        .averages = params->average > 0.0,
        .matrices = matrices,
        .matrix_count = list_matrices(layers, matrices),
    };
}

/* A rank that updates only its share sends weights instead of a sum of gradients. Anything that
 * uses the whole gradient, or all weights, rules this out. */
static enum lb_status create_part(struct lb_learner *learner, struct lb_ranks *ranks,
                                  const struct lb_train_params *params)
{
    const size_t count = learner->rule.adam.count;
    const struct lb_share own = lb_ranks_share(ranks, lb_ranks_rank(ranks), count);
    const struct lb_span span = {.first = own.first, .count = own.count};
    learner->shares = lb_ranks_size(ranks) > 1 && params->optimizer != LB_MUON &&
                      params->clip == 0.0 && params->average == 0.0 && !params->skip_nonfinite;
    return learner->shares ? lb_runs_create(&learner->part, learner->rule.device, &span, 1) : LB_OK;
}

enum lb_status lb_learner_create(struct lb_learner *learner, struct lb_gemm *gemm,
                                 struct lb_device *device, struct lb_ranks *ranks,
                                 const struct lb_train_params *params,
                                 const struct lb_layer_list *layers)
{
    struct lb_muon_matrix matrices[LB_NETWORK_MAX_LAYERS];
    struct lb_update_rule_params rule = rule_params(params, layers, matrices);
    rule.gemm = gemm;
    rule.ranks = ranks;
    LB_TRY(lb_network_create(&learner->network, device, gemm, layers));
    LB_TRY(lb_update_rule_create(&learner->rule, device, layers->block_size, &rule));
    lb_update_rule_drop_buffers(&learner->rule, false);
    return create_part(learner, ranks, params);
}

/* Moves a zero buffer into this rank's part of a block. */
static enum lb_status move_buffer(struct lb_learner *learner, struct lb_rank_block *block,
                                  struct lb_ranks *ranks, cl_mem *mem, const char *what)
{
    struct lb_device *device = learner->rule.device;
    const size_t count = learner->rule.adam.count;
    const bool in_place = device->info.type == LB_DEVICE_CPU && device->info.integrated;
    cl_mem moved;
    LB_TRY(lb_rank_block_open(block, ranks, count, in_place));
    if (block->part == NULL) {
        return LB_OK;
    }
    LB_TRY(lb_ranks_agree(ranks, device->ctx,
                          lb_buffer_create_at(device, &moved, count * sizeof(float),
                                              block->part[lb_ranks_rank(ranks)], what)));
    lb_buffer_release(mem);
    *mem = moved;
    return LB_OK;
}

enum lb_status lb_learner_share_buffers(struct lb_learner *learner, struct lb_ranks *ranks)
{
    LB_TRY(move_buffer(learner, &learner->gradient_block, ranks, &learner->rule.adam.gradient,
                       "gradient"));
    return learner->shares ? move_buffer(learner, &learner->parameters_block, ranks,
                                         &learner->network->parameters, "network parameters")
                           : LB_OK;
}

static void finish_with_blocks(struct lb_learner *learner)
{
    if (learner->gradient_block.part != NULL || learner->parameters_block.part != NULL) {
        lb_device_finish(learner->rule.device); // before the memory is unmapped
    }
}

static void release_whole(struct lb_learner *learner)
{
    learner->whole.rows = 0;
    lb_buffer_release(&learner->whole.input);
    lb_buffer_release(&learner->whole.input_gradient);
    lb_buffer_release(&learner->whole.output);
    lb_buffer_release(&learner->whole.output_gradient);
    lb_buffer_release(&learner->whole.gradient);
}

void lb_learner_destroy(struct lb_learner *learner)
{
    release_whole(learner);
    finish_with_blocks(learner);
    lb_update_rule_destroy(&learner->rule);
    lb_runs_destroy(&learner->part);
    lb_activations_destroy(&learner->activations);
    lb_network_destroy(&learner->network);
    lb_rank_block_close(&learner->gradient_block);
    lb_rank_block_close(&learner->parameters_block);
}

/* ---- buffers of a phase ---------------------------------------------------------------------- */

static size_t size_of(struct lb_shape shape)
{
    return (size_t)lb_shape_size(shape) * sizeof(float);
}

static enum lb_status create_whole(struct lb_learner *learner, const struct lb_learner_use *use)
{
    struct lb_device *device = learner->network->device;
    const struct lb_layer_list *layers = &learner->network->layers;
    const size_t input = (size_t)use->part * size_of(layers->input);
    const size_t output = (size_t)use->rows * size_of(lb_layer_list_output(layers));
    const size_t block = layers->block_size * sizeof(float);
    if (use->rows <= use->part) {
        return LB_OK;
    }
    learner->whole.rows = use->rows;
    LB_TRY(lb_buffer_create(device, &learner->whole.input, input, "a part's input"));
    LB_TRY(lb_buffer_create(device, &learner->whole.output, output, "a batch's outputs"));
    if (!use->trains) {
        return LB_OK;
    }
    LB_TRY(lb_step_kernel(device, &learner->whole.add, "add"));
    LB_TRY(lb_buffer_create(device, &learner->whole.input_gradient, input, "a part's input"));
    LB_TRY(lb_buffer_create(device, &learner->whole.output_gradient, output, "a batch's outputs"));
    LB_TRY(lb_buffer_create(device, &learner->whole.gradient, block, "a part's gradient"));
    return lb_buffer_zero(device, learner->whole.gradient, 0, block); // including the gaps
}

enum lb_status lb_learner_hold_buffers(struct lb_learner *learner, const struct lb_learner_use *use)
{
    assert(learner->activations == NULL);
    LB_TRY(lb_activations_create(&learner->activations, learner->network->device,
                                 &learner->network->layers, use->part, use->trains));
    LB_TRY(create_whole(learner, use));
    LB_TRY(use->trains ? lb_update_rule_hold_buffers(&learner->rule) : LB_OK);
    learner->gradient = (struct lb_gradient){learner->rule.adam.gradient, 1};
    return LB_OK;
}

/* NULL is allowed. */
static enum lb_status touch(struct lb_device *device, cl_mem mem)
{
    size_t bytes = 0;
    if (mem == NULL) {
        return LB_OK;
    }
    const cl_int code = clGetMemObjectInfo(mem, CL_MEM_SIZE, sizeof bytes, &bytes, NULL);
    return code == CL_SUCCESS ? lb_buffer_zero(device, mem, 0, bytes)
                              : lb_fail_cl(device, "a buffer", "clGetMemObjectInfo", code);
}

enum lb_status lb_learner_touch_buffers(struct lb_learner *learner)
{
    struct lb_device *device = learner->network->device;
    const struct lb_activations *activations = learner->activations;
    for (int k = 0; k < activations->layers; k++) {
        LB_TRY(touch(device, activations->output[k]));
        LB_TRY(touch(device, activations->slope[k]));
        LB_TRY(touch(device, activations->gradient[k]));
    }
    LB_TRY(touch(device, learner->whole.input));
    LB_TRY(touch(device, learner->whole.input_gradient));
    LB_TRY(touch(device, learner->whole.output));
    LB_TRY(touch(device, learner->whole.output_gradient));
    LB_TRY(touch(device, learner->rule.muon.direction));
    LB_TRY(touch(device, learner->rule.muon.product));
    for (int i = 0; i < LB_MUON_SQUARES; i++) {
        LB_TRY(touch(device, learner->rule.muon.square[i]));
    }
    return LB_OK;
}

void lb_learner_drop_buffers(struct lb_learner *learner)
{
    lb_activations_destroy(&learner->activations);
    release_whole(learner);
    if (learner->network != NULL) {
        lb_network_drop_scratch(learner->network);
        /* Memory of all ranks stays where they have mapped it */
        lb_update_rule_drop_buffers(&learner->rule, learner->gradient_block.part != NULL);
    }
    learner->gradient = (struct lb_gradient){0};
}

double lb_learner_buffer_bytes(const struct lb_layer_list *layers, const struct lb_learner_use *use,
                               double *largest)
{
    const double input = (double)use->part * (double)size_of(layers->input);
    const double output = (double)use->rows * (double)size_of(lb_layer_list_output(layers));
    const double block = (double)layers->block_size * sizeof(float);
    double bytes = lb_activations_bytes(layers, use->part, use->trains, largest);
    if (use->rows > use->part) {
        bytes += use->trains ? 2.0 * (input + output) + block : input + output;
        *largest = input > *largest ? input : *largest;
        *largest = output > *largest ? output : *largest;
    }
    return bytes;
}

/* ---- divided --------------------------------------------------------------------------------- */

cl_mem lb_learner_output(const struct lb_learner *learner)
{
    return learner->whole.rows > 0 ? learner->whole.output
                                   : lb_activations_output(learner->activations);
}

cl_mem lb_learner_output_gradient(const struct lb_learner *learner)
{
    return learner->whole.rows > 0 ? learner->whole.output_gradient
                                   : lb_activations_output_gradient(learner->activations);
}

/* Some rows of a batch, with the row sizes in bytes on both sides of the network. */
struct part {
    int first;
    int rows;
    size_t input;
    size_t output;
};

static struct part part_at(const struct lb_learner *learner, int first, int rows)
{
    const struct lb_layer_list *layers = &learner->network->layers;
    const int most = learner->activations->rows;
    return (struct part){
        .first = first,
        .rows = rows - first < most ? rows - first : most,
        .input = size_of(layers->input),
        .output = size_of(lb_layer_list_output(layers)),
    };
}

static struct lb_matrix part_input(const struct lb_learner *learner)
{
    return (struct lb_matrix){learner->whole.input, 0,
                              (size_t)lb_shape_size(learner->network->layers.input)};
}

static enum lb_status forward_part(struct lb_learner *learner, cl_mem input,
                                   const struct part *part)
{
    LB_TRY(lb_buffer_copy(learner->network->device, input, (size_t)part->first * part->input,
                          learner->whole.input, 0, (size_t)part->rows * part->input));
    return lb_network_forward(learner->network, learner->activations, part_input(learner),
                              part->rows);
}

enum lb_status lb_learner_forward(struct lb_learner *learner, struct lb_matrix input, int rows)
{
    if (learner->whole.rows == 0) {
        return lb_network_forward(learner->network, learner->activations, input, rows);
    }
    assert(input.offset == 0 && input.stride == part_input(learner).stride);
    for (int first = 0; first < rows; first += learner->activations->rows) {
        const struct part part = part_at(learner, first, rows);
        LB_TRY(forward_part(learner, input.mem, &part));
        LB_TRY(lb_buffer_copy(learner->network->device, lb_activations_output(learner->activations),
                              0, learner->whole.output, (size_t)first * part.output,
                              (size_t)part.rows * part.output));
    }
    return LB_OK;
}

static enum lb_status add_gradient(struct lb_learner *learner)
{
    struct lb_device *device = learner->network->device;
    const size_t size = learner->network->layers.block_size;
    const struct lb_ndrange grid = lb_ndrange_runs(device, size);
    const cl_int n = (cl_int)size;
    lb_profile_expect(device, n, 12.0 * n);
    return lb_launch(device, learner->whole.add, grid, LB_ARG(learner->whole.gradient), LB_ARG(n),
                     LB_ARG(learner->gradient.mem));
}

static enum lb_status backward_part(struct lb_learner *learner, cl_mem input,
                                    const struct part *part,
                                    struct lb_input_gradient input_gradient)
{
    struct lb_device *device = learner->network->device;
    const size_t at = (size_t)part->first * part->input;
    const size_t bytes = (size_t)part->rows * part->input;
    const struct lb_input_gradient own = {input_gradient.mem != NULL ? learner->whole.input_gradient
                                                                     : NULL,
                                          input_gradient.accumulate};
    LB_TRY(forward_part(learner, input, part));
    LB_TRY(lb_buffer_copy(device, learner->whole.output_gradient,
                          (size_t)part->first * part->output,
                          lb_activations_output_gradient(learner->activations), 0,
                          (size_t)part->rows * part->output));
    if (own.mem != NULL && own.accumulate) {
        LB_TRY(lb_buffer_copy(device, input_gradient.mem, at, own.mem, 0, bytes));
    }
    LB_TRY(lb_network_backward(
        learner->network, learner->activations, part_input(learner), part->rows,
        part->first == 0 ? learner->gradient.mem : learner->whole.gradient, own));
    if (own.mem != NULL) {
        LB_TRY(lb_buffer_copy(device, own.mem, 0, input_gradient.mem, at, bytes));
    }
    return part->first == 0 ? LB_OK : add_gradient(learner);
}

enum lb_status lb_learner_backward(struct lb_learner *learner, struct lb_matrix input, int rows,
                                   struct lb_input_gradient input_gradient)
{
    learner->gradient = (struct lb_gradient){learner->rule.adam.gradient, 1};
    if (learner->whole.rows == 0) {
        return lb_network_backward(learner->network, learner->activations, input, rows,
                                   learner->gradient.mem, input_gradient);
    }
    for (int first = 0; first < rows; first += learner->activations->rows) {
        const struct part part = part_at(learner, first, rows);
        LB_TRY(backward_part(learner, input.mem, &part, input_gradient));
    }
    return LB_OK;
}

/* ---- memory ---------------------------------------------------------------------------------- */

double lb_learner_rule_bytes(const struct lb_train_params *params,
                             const struct lb_layer_list *layers, bool trains)
{
    struct lb_muon_matrix matrices[LB_NETWORK_MAX_LAYERS];
    const struct lb_update_rule_params rule = rule_params(params, layers, matrices);
    size_t count = 0;
    for (int k = 0; k < layers->count; k++) {
        count += lb_layer_parameter_count(&layers->layer[k]);
    }
    return lb_update_rule_bytes(count, &rule, trains);
}

double lb_learner_rule_pack_bytes(const struct lb_device *device,
                                  const struct lb_train_params *params,
                                  const struct lb_layer_list *layers)
{
    struct lb_muon_matrix matrices[LB_NETWORK_MAX_LAYERS];
    const int count = list_matrices(layers, matrices);
    return params->optimizer == LB_MUON ? lb_muon_pack_bytes(device, params->gemm, matrices, count)
                                        : 0.0;
}
