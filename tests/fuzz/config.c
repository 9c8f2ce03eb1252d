/* config.json: settings that are accepted are in range, and survive being written again. */
#include "fuzz.h"
#include "run/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *root = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
    if (root == NULL || !json_is_object(root)) {
        json_decref(root);
        return 0;
    }
    struct lb_context *ctx = fuzz_context();
    struct lb_train_params params;
    const enum lb_status status = lb_settings_from_json(ctx, &params, root, "config.json");
    fuzz_judge(ctx, status);
    if (status == LB_OK) {
        struct lb_train_params again;
        json_t *written = json_object();
        lb_settings_round(&params);
        if (!lb_settings_to_json(&params, written) ||
            lb_settings_from_json(ctx, &again, written, "config.json") != LB_OK ||
            lb_settings_compare(ctx, &params, &again, "RUN") != LB_OK) {
            abort();
        }
        fuzz_judge(ctx, lb_settings_check(ctx, &params));
        json_decref(written);
    }
    json_decref(root);
    lb_context_destroy(&ctx);
    return 0;
}
