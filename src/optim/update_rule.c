#include "optim/update_rule.h"

#include <stdlib.h>

/* All but Muon's matrices. */
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
    if (params->optimizer == LB_MUON) {
        LB_TRY(create_rest(rule, count, params));
        LB_TRY(lb_muon_create(&rule->muon, params->gemm, device, params->matrices,
                              params->matrix_count, params->muon_steps));
    }
    return LB_OK;
}

void lb_update_rule_destroy(struct lb_update_rule *rule)
{
    lb_adam_destroy(&rule->adam);
    lb_runs_destroy(&rule->by_adam);
    lb_muon_destroy(&rule->muon);
}

enum lb_status lb_update_rule_step(struct lb_update_rule *rule, cl_mem parameters,
                                   const struct lb_update *update)
{
    const bool muon = rule->optimizer == LB_MUON;
    LB_TRY(lb_adam_step(&rule->adam, parameters, update->step + 1,
                        lb_adam_params(.lr = update->lr, .weight_decay = rule->weight_decay,
                                       .skip = update->skip, .gradient = update->gradient,
                                       .runs = muon ? &rule->by_adam : NULL)));
    return muon ? lb_muon_step(
                      &rule->muon, parameters,
                      lb_muon_params(.lr = update->muon_lr, .moment = rule->adam.moment1,
                                     .skip = update->skip != NULL ? update->skip : rule->adam.never,
                                     .gradient = update->gradient, .block_size = rule->adam.count))
                : LB_OK;
}

double lb_update_rule_bytes(size_t count, const struct lb_update_rule_params *params)
{
    return 3.0 * sizeof(float) * (double)count +
           (params->optimizer == LB_MUON ? lb_muon_bytes(params->matrices, params->matrix_count)
                                         : 0.0);
}
