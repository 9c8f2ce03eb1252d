/* Settings with the text of networks. */
#ifndef LB_TESTS_LAYERS_SUPPORT_H
#define LB_TESTS_LAYERS_SUPPORT_H

#include "support.h"

#include <lowbend/train.h>

#include "base/text.h"
#include "nn/layers.h"

/* Settings with 5 codes and these texts, set as on the command line; NULL: not set. */
static inline enum lb_status set_texts(const struct device_fixture *fixture,
                                       struct lb_train_params *params, const char *encoder,
                                       const char *decoder)
{
    lb_train_params_default(params);
    params->latent = 5;
    params->output_activation = LB_SIGMOID;
    enum lb_status status = LB_OK;
    if (encoder != NULL) {
        status = lb_train_params_set(fixture->ctx, params, "hidden", encoder);
    }
    if (status == LB_OK && decoder != NULL) {
        status = lb_train_params_set(fixture->ctx, params, "decoder-hidden", decoder);
    }
    return status;
}

static inline bool same_shape(struct lb_shape a, struct lb_shape b)
{
    return a.height == b.height && a.width == b.width && a.channels == b.channels;
}

static inline void check_setting(const struct lb_train_params *params, const char *name,
                                 const char *wanted)
{
    char value[LB_LAYERS_BYTES];
    assert_int_equal(lb_train_params_get(params, name, value, sizeof value), LB_OK);
    assert_string_equal(value, wanted);
}

static inline struct lb_text text_of(const struct lb_layer_list *list)
{
    struct lb_text text = {0};
    lb_layers_add_text(list, 0, list->count, &text);
    return text;
}

#endif
