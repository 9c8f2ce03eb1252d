#include "run/recipe.h"

#include <stdio.h>
#include <string.h>

#include "geometry/dataset.h"

/* Applies one setting; `length` is that of its name, which the value follows. */
static enum lb_status apply_word(struct lb_context *ctx, struct lb_train_params *params,
                                 const char *word, size_t length, const char *dataset)
{
    struct lb_text why = {0};
    const struct lb_setting *setting = NULL;
    for (size_t i = 0; i < lb_settings_count; i++) {
        const char *name = lb_settings[i].name;
        setting =
            strlen(name) == length && memcmp(name, word, length) == 0 ? &lb_settings[i] : setting;
    }
    if (word[length] != '=' || setting == NULL) {
        lb_text_addf(&why, "%s", word[length] != '=' ? "is not OPTION=VALUE" : "no such setting");
    } else if (setting->stated_by == LB_STATED_BY_CALLER) {
        lb_text_add(&why, "cannot be set by a dataset");
    } else if (lb_setting_parse(setting, params, word + length + 1, &why)) {
        lb_text_free(&why);
        return LB_OK;
    }
    const enum lb_status status =
        why.failed
            ? lb_fail_memory(ctx, "recipe")
            : lb_fail(ctx, LB_ERR_FORMAT, "dataset %s: RECIPE: %s: %s (correct the .cl file)",
                      dataset, word, why.data != NULL ? why.data : "is not allowed");
    lb_text_free(&why);
    return status;
}

enum lb_status lb_recipe_apply(struct lb_context *ctx, struct lb_train_params *params,
                               const char *recipe, const char *dataset)
{
    static const char blanks[] = " \t";
    char word[LB_RECIPE_BYTES];
    for (recipe += strspn(recipe, blanks); *recipe != '\0'; recipe += strspn(recipe, blanks)) {
        const size_t length = strcspn(recipe, blanks);
        snprintf(word, sizeof word, "%.*s", (int)length, recipe);
        LB_TRY(apply_word(ctx, params, word, strcspn(word, "="), dataset));
        recipe += length;
    }
    return LB_OK;
}
