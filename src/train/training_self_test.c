#include "train/training_self_test.h"

#include <stdlib.h>

#include "device/path.h"
#include "gemm/backend.h"
#include "gemm/choose.h"
#include "geometry/sampling_self_test.h"
#include "loss/chain_self_test.h"
#include "loss/cross_self_test.h"
#include "loss/loss_self_test.h"
#include "nn/activation.h"
#include "nn/network_self_test.h"
#include "optim/adam_self_test.h"
#include "optim/update_rule_self_test.h"

static const struct lb_self_test_case *const cases[] = {
    &lb_loss_self_test,  &lb_squared_error_self_test, &lb_adam_self_test,
    &lb_input_self_test, &lb_sampling_self_test,      &lb_products_self_test,
    &lb_fused_self_test, &lb_images_self_test,        &lb_muon_self_test,
    &lb_cross_self_test, &lb_chain_self_test,         &lb_update_rule_self_test,
};

const struct lb_self_test_suite lb_training_self_tests = {cases, LB_COUNT(cases)};

void lb_self_test_expect(struct lb_self_test_pool *pool, const struct lb_self_test_need *need)
{
    const struct {
        bool needed;
        struct lb_self_test_item item;
    } list[] = {
        {true, {.test_case = &lb_loss_self_test}},
        {true, {.test_case = &lb_squared_error_self_test}},
        {true, {.test_case = &lb_adam_self_test}},
        {true, {.test_case = &lb_input_self_test}},
        {true, {&lb_products_self_test, need->gemm, need->activation}},
        {need->images, {&lb_images_self_test, need->gemm, need->activation}},
        {need->chains, {.test_case = &lb_chain_self_test}},
        {need->muon, {&lb_muon_self_test, need->gemm, need->activation}},
        {need->rule, {.test_case = &lb_update_rule_self_test}},
        {need->cross, {.test_case = &lb_cross_self_test}},
        {need->small, {&lb_fused_self_test, LB_GEMM_PANEL, need->activation}},
    };
    struct lb_self_test_item items[LB_COUNT(list)];
    size_t n = 0;
    for (size_t i = 0; i < LB_COUNT(list); i++) {
        if (list[i].needed) {
            items[n++] = list[i].item;
        }
    }
    (void)lb_self_test_pool_begin(pool, items, n); // whoever asks for a case meets the error
}

/* Chooses the back end that `auto` stands for, or the other one. */
static enum lb_status choose_products(struct lb_self_test_pool *pool, enum lb_activation activation,
                                      enum lb_gemm_kind *kind)
{
    struct lb_device *device = pool->device;
    const enum lb_gemm_kind best =
        lb_prefers_own_products(device) ? LB_GEMM_PANEL : lb_tuning_load(device).fastest;
    const bool panel_first = best == LB_GEMM_PANEL;
    const struct lb_self_test_item items[2] = {
        {&lb_products_self_test, panel_first ? LB_GEMM_PANEL : LB_GEMM_CLBLAST, activation},
        {&lb_products_self_test, panel_first ? LB_GEMM_CLBLAST : LB_GEMM_PANEL, activation},
    };
    struct lb_self_test_outcome outcomes[2];
    for (size_t i = 0; i < LB_COUNT(items); i++) {
        LB_TRY(lb_self_test_find(device, pool, &items[i], &outcomes[i]));
        if (!lb_self_test_is_lasting(&outcomes[i])) {
            return lb_self_test_refuse(device, &items[i], &outcomes[i]);
        }
        if (i == 0 && outcomes[0].status == LB_OK && best != LB_GEMM_AUTO) {
            *kind = items[0].gemm;
            return LB_OK;
        }
    }
    if (outcomes[0].status == LB_OK && outcomes[1].status == LB_OK) {
        return lb_gemm_choose(device, LB_GEMM_AUTO, kind); // measures both
    }
    const size_t bad = outcomes[0].status == LB_OK ? 1 : 0;
    if (outcomes[1 - bad].status != LB_OK) {
        return lb_self_test_refuse(device, &items[0], &outcomes[0]);
    }
    *kind = items[1 - bad].gemm;
    lb_self_test_warn(device, &items[bad], &outcomes[bad],
                      *kind == LB_GEMM_PANEL ? "--gemm panel is used" : "--gemm clblast is used");
    return LB_OK;
}

enum lb_status lb_self_test_require(struct lb_self_test_pool *pool, enum lb_gemm_kind *kind,
                                    enum lb_activation activation)
{
    struct lb_device *device = pool->device;
    LB_TRY(lb_gemm_require(device->ctx, *kind));
    if (*kind == LB_GEMM_AUTO && !lb_gemm_is_built(LB_GEMM_CLBLAST)) {
        LB_TRY(lb_gemm_choose(device, LB_GEMM_AUTO, kind)); // there is no other back end
    }
    const struct lb_self_test_item items[] = {
        {.test_case = &lb_loss_self_test},           {.test_case = &lb_squared_error_self_test},
        {.test_case = &lb_adam_self_test},           {.test_case = &lb_input_self_test},
        {&lb_products_self_test, *kind, activation},
    };
    const bool any = *kind == LB_GEMM_AUTO;
    for (size_t i = 0; i < LB_COUNT(items) - any; i++) {
        struct lb_self_test_outcome outcome;
        LB_TRY(lb_self_test_find(device, pool, &items[i], &outcome));
        if (outcome.status != LB_OK) {
            return lb_self_test_refuse(device, &items[i], &outcome);
        }
    }
    return any ? choose_products(pool, activation, kind) : LB_OK;
}

/* A case that a run requires. */
static enum lb_status require(struct lb_device *device, struct lb_self_test_pool *pool,
                              const struct lb_self_test_item *item)
{
    struct lb_self_test_outcome outcome;
    LB_TRY(lb_self_test_find(device, pool, item, &outcome));
    return outcome.status == LB_OK ? LB_OK : lb_self_test_refuse(device, item, &outcome);
}

enum lb_status lb_self_test_muon(struct lb_device *device, struct lb_self_test_pool *pool,
                                 enum lb_gemm_kind kind, enum lb_activation activation)
{
    const struct lb_self_test_item item = {&lb_muon_self_test, kind, activation};
    return require(device, pool, &item);
}

enum lb_status lb_self_test_rule(struct lb_device *device, struct lb_self_test_pool *pool)
{
    const struct lb_self_test_item item = {.test_case = &lb_update_rule_self_test};
    return require(device, pool, &item);
}

enum lb_status lb_self_test_images(struct lb_device *device, struct lb_self_test_pool *pool,
                                   enum lb_gemm_kind kind, enum lb_activation activation)
{
    const struct lb_self_test_item item = {&lb_images_self_test, kind, activation};
    return require(device, pool, &item);
}

enum lb_status lb_self_test_chains(struct lb_device *device, struct lb_self_test_pool *pool)
{
    const struct lb_self_test_item item = {.test_case = &lb_chain_self_test};
    return require(device, pool, &item);
}

enum lb_status lb_self_test_cross(struct lb_device *device, struct lb_self_test_pool *pool)
{
    const struct lb_self_test_item item = {.test_case = &lb_cross_self_test};
    return require(device, pool, &item);
}

enum lb_status lb_self_test_small(struct lb_device *device, struct lb_self_test_pool *pool,
                                  enum lb_activation activation, bool *works)
{
    const struct lb_self_test_item item = {&lb_fused_self_test, LB_GEMM_PANEL, activation};
    struct lb_self_test_outcome outcome;
    LB_TRY(lb_self_test_find(device, pool, &item, &outcome));
    if (!lb_self_test_is_lasting(&outcome)) {
        return lb_self_test_refuse(device, &item, &outcome);
    }
    *works = outcome.status == LB_OK;
    if (!*works) {
        lb_self_test_warn(device, &item, &outcome,
                          "they are trained with separate kernels, which is slower");
    }
    return LB_OK;
}

/* CLBlast only multiplies: other rows test the kernels that follow its products. Each of CLBlast's
 * kernels takes seconds to compile. */
static const struct {
    const struct lb_self_test_case *test_case;
    enum lb_gemm_kind gemm;
    bool every_activation;
    enum lb_activation activation; ///< otherwise this one
} rows[] = {
    {.test_case = &lb_loss_self_test},
    {.test_case = &lb_squared_error_self_test},
    {.test_case = &lb_adam_self_test},
    {.test_case = &lb_input_self_test},
    {.test_case = &lb_sampling_self_test},
    {.test_case = &lb_cross_self_test},
    {.test_case = &lb_chain_self_test},
    {&lb_products_self_test, LB_GEMM_PANEL, .every_activation = true},
    {&lb_fused_self_test, LB_GEMM_PANEL, .every_activation = true},
    {&lb_products_self_test, LB_GEMM_CLBLAST, .activation = LB_ELU},
    {.test_case = &lb_update_rule_self_test},
    {&lb_muon_self_test, LB_GEMM_PANEL, .activation = LB_LINEAR},
    {&lb_muon_self_test, LB_GEMM_CLBLAST, .activation = LB_LINEAR},
    {&lb_images_self_test, LB_GEMM_PANEL, .activation = LB_ELU},
    {&lb_images_self_test, LB_GEMM_CLBLAST, .activation = LB_ELU},
};

enum lb_status lb_device_self_test(struct lb_device *device, lb_self_test_fn report, void *user)
{
    struct lb_self_test_pool pool = {.device = device, .suite = &lb_training_self_tests};
    struct lb_self_test_item *items = calloc(LB_COUNT(rows) * lb_activation_count(), sizeof *items);
    size_t n = 0;
    if (items == NULL) {
        return lb_fail_memory(device->ctx, "self-test");
    }
    for (size_t i = 0; i < LB_COUNT(rows); i++) {
        const size_t first = rows[i].every_activation ? 0 : (size_t)rows[i].activation;
        const size_t last = rows[i].every_activation ? lb_activation_count() - 1 : first;
        for (size_t k = first; k <= last && lb_gemm_is_built(rows[i].gemm); k++) {
            items[n++] =
                (struct lb_self_test_item){rows[i].test_case, rows[i].gemm, (enum lb_activation)k};
        }
    }
    const enum lb_status status = lb_self_test_run_all(&pool, items, n, report, user);
    lb_self_test_pool_close(&pool);
    free(items);
    return status;
}
