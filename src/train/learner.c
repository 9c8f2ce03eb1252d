#include "train/learner.h"

/* The weights of all layers with parameters but the last, as matrices; returns their number. */
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

/* A rank that updates its share alone sends weights where it would send a sum of gradients. What
 * looks at all of a gradient, or at all weights, needs them both. */
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
                                 const struct lb_layer_list *layers, int rows)
{
    struct lb_muon_matrix matrices[LB_NETWORK_MAX_LAYERS];
    struct lb_update_rule_params rule = rule_params(params, layers, matrices);
    rule.gemm = gemm;
    rule.ranks = ranks;
    LB_TRY(lb_network_create(&learner->network, device, gemm, layers));
    LB_TRY(lb_activations_create(&learner->activations, device, &learner->network->layers, rows,
                                 true));
    LB_TRY(lb_update_rule_create(&learner->rule, device, layers->block_size, &rule));
    learner->gradient = (struct lb_gradient){learner->rule.adam.gradient, 1};
    return create_part(learner, ranks, params);
}

void lb_learner_destroy(struct lb_learner *learner)
{
    lb_update_rule_destroy(&learner->rule);
    lb_runs_destroy(&learner->part);
    lb_activations_destroy(&learner->activations);
    lb_network_destroy(&learner->network);
}

double lb_learner_rule_bytes(const struct lb_train_params *params,
                             const struct lb_layer_list *layers)
{
    struct lb_muon_matrix matrices[LB_NETWORK_MAX_LAYERS];
    const struct lb_update_rule_params rule = rule_params(params, layers, matrices);
    size_t count = 0;
    for (int k = 0; k < layers->count; k++) {
        count += lb_layer_parameter_count(&layers->layer[k]);
    }
    return lb_update_rule_bytes(count, &rule);
}
