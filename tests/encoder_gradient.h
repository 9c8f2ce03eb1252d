/* The gradient that an encoder's step left on the device. */
#ifndef ENCODER_GRADIENT_H
#define ENCODER_GRADIENT_H

#include "support.h"
#include "train/trainer.h"

/* (parameter_count), which the caller frees: where one kernel does all, the sum of its parts. */
static inline float *encoder_gradient(const struct device_fixture *fixture,
                                      const struct lb_trainer *trainer)
{
    const size_t n = trainer->encoder.network->layers.parameter_count;
    if (trainer->fused.network == NULL) {
        return download(fixture, trainer->encoder.adam.gradient, n);
    }
    const size_t count = (size_t)trainer->fused.items * n;
    float *parts = download(fixture, trainer->fused.gradients, count);
    for (size_t i = n; i < count; i++) {
        parts[i % n] += parts[i];
    }
    return parts;
}

#endif
