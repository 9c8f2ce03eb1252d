/* What the tests of settings share. */
#ifndef LB_TESTS_SETTINGS_SUPPORT_H
#define LB_TESTS_SETTINGS_SUPPORT_H

#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run/settings.h"

/* Does not use memcmp() because the structs have padding. */
static void check_same(const struct device_fixture *fixture, const struct lb_train_params *a,
                       const struct lb_train_params *b)
{
    require_ok(fixture, lb_settings_compare(fixture->ctx, a, b, "the other"));
    assert_memory_equal(a->hidden, b->hidden, sizeof a->hidden);
}

/* A preset is an abbreviation for layers; it is not stored in files. */
static bool is_stored(const char *name)
{
    return strcmp(name, "network") != 0;
}

/* ---- text ------------------------------------------------------------------------------------ */

/* One non-default value of each setting, which must be returned unchanged. */
static const struct {
    const char *name;
    const char *value; ///< NULL for flags
} others[] = {
    {"dataset", "some/where.cl"},
    {"size", "31"},
    {"cap", "12.5"},
    {"mesh", "some/where.obj"},
    {"epsilon", "0.123456789012345"},
    {"epsilon-start", "2.5"},
    {"epsilon-share", "0.8"},
    {"min-distance", "1e-06"},
    {"strategy", "chain"},
    {"samples", "131072"},
    {"held-out", "0.9"},
    {"scale", "255"},
    {"lambda", "0"},
    {"c", "0.7"},
    {"cross-weight", "0.5"},
    {"latent", "4096"},
    {"hidden", "1,65536,7"},
    {"decoder-hidden", "256,dense4x4x96,up,conv48"},
    {"network", "conv"},
    {"activation", "sigmoid"},
    {"output-activation", "sigmoid"},
    {"pairs", "1"},
    {"steps", "1000000000"},
    {"decoder-steps", "0"},
    {"lr", "1000"},
    {"decoder-lr", "0.5"},
    {"schedule", "warm-hold-decay"},
    {"warmup", "20"},
    {"optimizer", "muon"},
    {"muon-lr", "0.05"},
    {"muon-steps", "3"},
    {"weight-decay", "0.25"},
    {"clip", "1.5"},
    {"average", "0.25"},
    {"joint", NULL},
    {"plain", NULL},
    {"reconstruction-weight", "3.5"},
    {"code-noise", "0.025"},
    {"gemm", "clblast"},
    {"microbatch", "7"},
    {"log-every", "100000"},
    {"checkpoint-every", "0"},
    {"skip-nonfinite", NULL},
    {"seed", "9223372036854775807"},
};

#endif
