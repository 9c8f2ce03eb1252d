#include "selftest/self_test.h"

enum lb_status lb_self_test_find(struct lb_device *device, struct lb_self_test_pool *pool,
                                 const struct lb_self_test_item *item,
                                 struct lb_self_test_outcome *outcome)
{
    struct lb_cached_check check = {0};
    if (pool != NULL) {
        return lb_self_test_pool_find(pool, item, outcome);
    }
    *outcome = (struct lb_self_test_outcome){.status = LB_OK};
    const enum lb_status status = lb_self_test_cache_find(&check, device, item);
    if (status == LB_OK) {
        lb_self_test_cache_recall(&check, device, outcome);
    }
    lb_cached_check_free(&check);
    return status;
}

/* ---- messages -------------------------------------------------------------------------------- */

enum lb_status lb_self_test_refuse(const struct lb_device *device,
                                   const struct lb_self_test_item *item,
                                   const struct lb_self_test_outcome *outcome)
{
    const struct lb_device_info *info = &device->info;
    const struct lb_self_test_name name = lb_self_test_name(item);
    if (!lb_self_test_is_lasting(outcome)) { // includes advice
        return lb_fail(device->ctx, outcome->status, "self-test of device %s: %s: %s",
                       info->selector, name.text, outcome->text);
    }
    return lb_fail(device->ctx, outcome->status,
                   "device %s: %s, driver %s, %s: %s: %.400s (use another --device, driver or "
                   "kernel folder; lowbend devices --self-test repeats all tests)",
                   info->selector, info->name, info->driver,
                   outcome->crashed ? "fails the self-test" : "gives wrong results", name.text,
                   outcome->text);
}

void lb_self_test_warn(const struct lb_device *device, const struct lb_self_test_item *item,
                       const struct lb_self_test_outcome *outcome, const char *instead)
{
    const struct lb_device_info *info = &device->info;
    lb_log(device->ctx, LB_LOG_WARNING,
           "device %s: %s, driver %s, %s: %s: %.400s: %s (update the driver; lowbend devices "
           "--self-test repeats all tests)",
           info->selector, info->name, info->driver,
           outcome->crashed ? "fails the self-test" : "gives wrong results",
           lb_self_test_name(item).text, outcome->text, instead);
}

/* ---- all ------------------------------------------------------------------------------------- */

enum lb_status lb_self_test_run_all(struct lb_self_test_pool *pool,
                                    const struct lb_self_test_item *items, size_t n,
                                    lb_self_test_fn report, void *user)
{
    struct lb_self_test_outcome failure = {.status = LB_OK}; // the first failure
    const struct lb_self_test_item *failed = NULL;
    pool->again = true;
    LB_TRY(lb_self_test_pool_begin(pool, items, n));
    for (size_t i = 0; i < n; i++) {
        struct lb_self_test_outcome outcome;
        LB_TRY(lb_self_test_pool_find(pool, &items[i], &outcome));
        if (outcome.status != LB_OK && failed == NULL) {
            failed = &items[i];
            failure = outcome;
        }
        if (report != NULL) {
            const struct lb_self_test_name name = lb_self_test_name(&items[i]);
            report(user, name.text, outcome.status != LB_OK ? outcome.text : NULL);
        }
    }
    return failed == NULL ? LB_OK : lb_self_test_refuse(pool->device, failed, &failure);
}
