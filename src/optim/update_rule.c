#include "optim/update_rule.h"

#include <stdlib.h>

/* Covers everything but Muon's matrices. */
static enum lb_status create_rest(struct lb_update_rule *rule, size_t count,
                                  const struct lb_update_rule_params *params)
{
    const size_t n = (size_t)params->matrix_count;
    struct lb_span *spans = calloc(n + 1, sizeof *spans);
    size_t at = 0;
    if (spans == NULL) {
        return lb_fail_memory(rule->device->ctx, "the optimiser");
    }
    for (size_t k = 0; k <= n; k++) {
        const struct lb_muon_matrix *matrix = k < n ? &params->matrices[k] : NULL;
        const size_t end = matrix != NULL ? matrix->offset : count;
        spans[k] = (struct lb_span){.first = at, .count = end - at};
        at = matrix != NULL ? end + (size_t)matrix->in * (size_t)matrix->out : end;
    }
    const enum lb_status status = lb_runs_create(&rule->by_adam, rule->device, spans, n + 1);
    free(spans);
    return status;
}

enum lb_status lb_update_rule_create(struct lb_update_rule *rule, struct lb_device *device,
                                     size_t count, const struct lb_update_rule_params *params)
{
    *rule = (struct lb_update_rule){
        .device = device,
        .optimizer = params->optimizer,
        .weight_decay = params->optimizer == LB_ADAMW ? params->weight_decay : 0.0,
    };
    LB_TRY(lb_adam_create(&rule->adam, device, count));
    LB_TRY(params->clip > 0.0 ? lb_clip_create(&rule->clip, device, count, params->clip) : LB_OK);
    LB_TRY(params->averages ? lb_average_create(&rule->average, device, count) : LB_OK);
    if (params->optimizer == LB_MUON) {
        LB_TRY(create_rest(rule, count, params));
        LB_TRY(lb_muon_create(&rule->muon, params->gemm, device, params->ranks, params->matrices,
                              params->matrix_count, params->muon_steps));
    }
    return LB_OK;
}

void lb_update_rule_destroy(struct lb_update_rule *rule)
{
    lb_adam_destroy(&rule->adam);
    lb_clip_destroy(&rule->clip);
    lb_average_destroy(&rule->average);
    lb_runs_destroy(&rule->by_adam);
    lb_muon_destroy(&rule->muon);
}

void lb_update_rule_drop_buffers(struct lb_update_rule *rule, bool keeps_gradient)
{
    if (!keeps_gradient) {
        lb_adam_drop_gradient(&rule->adam);
    }
    lb_muon_drop_buffers(&rule->muon);
}

enum lb_status lb_update_rule_hold_buffers(struct lb_update_rule *rule)
{
    LB_TRY(lb_adam_hold_gradient(&rule->adam));
    return rule->optimizer == LB_MUON ? lb_muon_hold_buffers(&rule->muon) : LB_OK;
}

enum lb_status lb_update_rule_step(struct lb_update_rule *rule, cl_mem parameters,
                                   const struct lb_update *update)
{
    const bool muon = rule->optimizer == LB_MUON;
    const cl_mem skip = update->skip != NULL ? update->skip : rule->adam.never;
    struct lb_gradient gradient = update->gradient;
    if (rule->clip.limit > 0.0) {
        LB_TRY(lb_clip_run(&rule->clip, &gradient, rule->adam.gradient));
        gradient = (struct lb_gradient){rule->adam.gradient, 1};
    }
    LB_TRY(lb_adam_step(&rule->adam, parameters, update->step + 1,
                        lb_adam_params(.lr = update->lr, .weight_decay = rule->weight_decay,
                                       .skip = skip, .gradient = gradient,
                                       .runs = muon ? &rule->by_adam : update->part)));
    LB_TRY(muon ? lb_muon_step(&rule->muon, parameters,
                               lb_muon_params(.lr = update->muon_lr, .moment = rule->adam.moment1,
                                              .skip = skip, .gradient = gradient,
                                              .block_size = rule->adam.count))
                : LB_OK);
    return update->averaged ? lb_average_add(&rule->average, parameters, skip) : LB_OK;
}

enum lb_status lb_update_rule_finish(struct lb_update_rule *rule, cl_mem parameters)
{
    return rule->average.mean != NULL ? lb_average_take(&rule->average, parameters) : LB_OK;
}

double lb_update_rule_bytes(size_t count, const struct lb_update_rule_params *params, bool steps)
{
    const double block = sizeof(float) * (double)count;
    const double kept = (params->averages ? 3.0 : 2.0) * block;
    const bool muon = params->optimizer == LB_MUON;
    return !steps ? kept
                  : kept + block +
                        (muon ? lb_muon_bytes(params->matrices, params->matrix_count) : 0.0);
}
