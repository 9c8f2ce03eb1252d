/* The settings and their defaults. */
#include "run/settings_table.h"

#include "base/context.h"
#include "nn/activation.h"

/* By the numbers of enum lb_activation; a decoder ends linear or in [0,1]. */
static const char *const output_activations[] = {"linear", "", "", "", "", "", "sigmoid", NULL};
static const char *const schedules[] = {"constant", "cosine", "linear", "warm-hold-decay", NULL};
static const char *const optimizers[] = {"adam", "adamw", "muon", NULL};
static const char *const strategies[] = {"ball", "chain", NULL};
static const char *const gemms[] = {"auto", "clblast", "panel", NULL};
static const char *const presets[] = {"", "mlp", "conv", NULL};
static const char *const mirror[] = {"mirror", NULL};
static const char *const fresh[] = {"fresh", NULL};

#define AT(field) offsetof(struct lb_train_params, field)
#define WHOLE(option, old, field, low, high, text)                                                 \
    {                                                                                              \
        .name = option, .placeholder = "N", .help = text, .kind = LB_INTEGER, .offset = AT(field), \
        .minimum = low, .maximum = high, .absent = old                                             \
    }
#define NUMBER(option, old, field, low, high, text)                                                \
    {                                                                                              \
        .name = option, .placeholder = "NUMBER", .help = text, .kind = LB_REAL,                    \
        .offset = AT(field), .minimum = low, .maximum = high, .absent = old                        \
    }
#define POSITIVE(option, old, field, high, text)                                                   \
    {                                                                                              \
        .name = option, .placeholder = "NUMBER", .help = text, .kind = LB_REAL,                    \
        .offset = AT(field), .maximum = high, .above = true, .absent = old                         \
    }
#define NAME(option, old, list, field, names, text)                                                \
    {                                                                                              \
        .name = option, .placeholder = list, .help = text, .kind = LB_CHOICE, .offset = AT(field), \
        .choices = names, .absent = old                                                            \
    }
#define FLAG(option, value, text)                                                                  \
    {                                                                                              \
        .name = option, .help = text, .kind = LB_MODE, .offset = AT(mode), .minimum = value        \
    }

/* clang-format off */
const struct lb_setting lb_settings[] = {
    {.name = "dataset", .placeholder = "DATASET",
     .help = "built-in name, path of a .cl file, or .safetensors with own pairs",
     .kind = LB_TEXT, .offset = AT(dataset), .minimum = 1, .required = true},
    WHOLE("size", "0", size, 0, 1024, "height and width of the images (0: the dataset's own)"),
    NUMBER("cap", "0", cap, 0, 90,
           "half-angle of a spherical cap in degrees (0: the dataset's own)"),
    {.name = "mesh", .placeholder = "FILE",
     .help = ".obj or .off file for rotating-object (default: an object of its own)",
     .kind = LB_TEXT, .offset = AT(mesh), .absent = ""},
    POSITIVE("epsilon", "0.3", epsilon, 1e6, "sampling radius"),
    NUMBER("epsilon-start", "0", epsilon_start, 0, 1e6,
           "sampling radius of the first step, which falls to epsilon (0: epsilon from the start)"),
    {.name = "epsilon-share", .placeholder = "SHARE", .kind = LB_REAL, .offset = AT(epsilon_share),
     .help = "of the steps over which the sampling radius falls", .maximum = 1, .above = true,
     .absent = "0.75"},
    {.name = "min-distance", .placeholder = "NUMBER", .kind = LB_REAL, .offset = AT(min_distance),
     .help = "smallest distance of a pair (default: epsilon / 10; of own pairs 0)",
     .maximum = 1e6, .automatic = true},
    NAME("strategy", "ball", "ball|chain", strategy, strategies,
         "pairs with their midpoint, or five points of a geodesic with all their pairs"),
    {.name = "samples", .placeholder = "fresh|N", .kind = LB_COUNT_OR_AUTO, .offset = AT(samples),
     .help = "fresh pairs at every step, or all pairs among N fixed points", .minimum = 2,
     .maximum = 1 << 17, .choices = fresh, .absent = "fresh"},
    {.name = "held-out", .placeholder = "SHARE", .kind = LB_REAL, .offset = AT(held_out),
     .help = "of own pairs kept for evaluation", .maximum = 0.9, .above = true,
     .absent = "0.1"},
    NUMBER("scale", "0", scale, 0, 1e9,
           "float32 images of own pairs are divided by it; 1 takes any values as they are "
           "(default: as they are, but pictures must be in [0,1])"),
    NUMBER("lambda", "0.03", lambda, 0, 1e9,
           "weight of the bending term, in units of length squared"),
    NUMBER("c", "0", c, 0, 1e3, "of gamma_c; 0 forbids collapse, larger is milder"),
    NUMBER("cross-weight", "0", cross_weight, 0, 1e9,
           "of the distances between pairs of one step; falls to 0 (0: they do not count)"),
    WHOLE("latent", "16", latent, 1, 4096, "latent dimension"),
    {.name = "hidden", .placeholder = "LAYERS",
     .help = "the encoder's hidden layers, dense ones by their width: 512, conv24, conv24k5, "
             "conv24s2, conv24k4s2, pool",
     .kind = LB_LAYERS, .offset = AT(encoder_layers), .widths = true, .absent = "512,512,512"},
    {.name = "decoder-hidden", .placeholder = "LAYERS",
     .help = "the decoder's hidden layers; also dense4x4x96, up, deconv32 (default: the mirror of "
             "--hidden; of --network its own)",
     .kind = LB_LAYERS, .offset = AT(decoder_layers), .choices = mirror, .absent = "mirror"},
    {.name = "network", .placeholder = "mlp|conv",
     .help = "instead of --hidden: dense layers 512,512,512, or convolutions for the images' size",
     .kind = LB_CHOICE, .offset = AT(network), .choices = presets, .transient = true},
    NAME("activation", "elu", lb_activation_bars + 1, activation, lb_activation_names,
         "of the hidden layers"),
    NAME("output-activation", "linear", "linear|sigmoid", output_activation, output_activations,
         "of the decoder's last layer"),
    WHOLE("pairs", "128", pairs, 1, 1 << 20, "pairs per step (decoder: images)"),
    WHOLE("steps", "1200", steps, 0, 1e9, "steps of the encoder"),
    WHOLE("decoder-steps", "1500", decoder_steps, 0, 1e9, "steps of the decoder (0: no decoder)"),
    POSITIVE("lr", "1e-3", lr, 1e3, "learning rate"),
    POSITIVE("decoder-lr", "4e-3", decoder_lr, 1e3, "learning rate of the decoder's own phase"),
    NAME("schedule", "cosine", "constant|cosine|linear|warm-hold-decay", schedule, schedules,
         "of the learning rates"),
    WHOLE("warmup", "0", warmup, 0, 1e9,
          "steps of a phase over which the schedule's rates are scaled up from 0"),
    NAME("optimizer", "adam", "adam|adamw|muon", optimizer, optimizers, "update rule"),
    POSITIVE("muon-lr", "0.02", muon_lr, 1e3, "learning rate of muon's matrices"),
    WHOLE("muon-steps", "5", muon_steps, 1, 100, "Newton-Schulz steps of muon"),
    NUMBER("weight-decay", "0.01", weight_decay, 0, 1e3, "of adamw"),
    NUMBER("clip", "0", clip, 0, 1e9, "largest norm of a network's gradient (0: any)"),
    {.name = "average", .placeholder = "SHARE", .kind = LB_REAL, .offset = AT(average),
     .help = "of a phase's steps, the last ones: their mean weights are kept (0: the last weights)",
     .maximum = 1, .absent = "0"},
    FLAG("joint", LB_TRAIN_JOINT, "train encoder and decoder at once"),
    FLAG("plain", LB_TRAIN_PLAIN, "reconstruction only: an ordinary autoencoder"),
    POSITIVE("reconstruction-weight", "1", reconstruction_weight, 1e9,
             "of the reconstruction in --joint"),
    {.name = "code-noise", .placeholder = "NUMBER", .kind = LB_REAL, .offset = AT(code_noise),
     .help = "standard deviation of the Gaussian noise on the codes while the decoder trains "
             "(default: epsilon / 10; with --joint or --plain 0)",
     .maximum = 1e6, .automatic = true, .absent = "0"},
    NAME("gemm", "auto", "auto|clblast|panel", gemm, gemms, "who multiplies matrices"),
    WHOLE("log-every", "50", log_every, 1, 100000, "steps between lines of metrics.csv"),
    WHOLE("checkpoint-every", "500", checkpoint_every, 0, 1e9,
          "steps between checkpoints (0: at phase ends only)"),
    {.name = "skip-nonfinite", .kind = LB_SWITCH, .offset = AT(skip_nonfinite),
     .help = "leave out and count steps whose loss or gradient is not finite"},
    {.name = "seed", .placeholder = "N", .help = "of all random numbers", .kind = LB_SEED,
     .offset = AT(seed), .absent = "0"},
};
/* clang-format on */

const size_t lb_settings_count = LB_COUNT(lb_settings);

void lb_train_params_default(struct lb_train_params *params)
{
    *params = (struct lb_train_params){
        .dataset = "sundial",
        .epsilon = 0.3,
        .epsilon_share = 0.75,
        .min_distance = -1.0,
        .held_out = 0.1,
        .lambda = 0.03,
        .latent = 16,
        .hidden = {512, 512, 512},
        .hidden_count = 3,
        .activation = LB_ELU,
        .output_activation = LB_LINEAR,
        .pairs = 128,
        .steps = 1200,
        .decoder_steps = 1500,
        .lr = 1e-3,
        .decoder_lr = 4e-3,
        .schedule = LB_COSINE,
        .optimizer = LB_ADAM,
        .muon_lr = 0.02,
        .muon_steps = 5,
        .weight_decay = 0.01,
        .reconstruction_weight = 1.0,
        .code_noise = -1.0,
        .log_every = 50,
        .checkpoint_every = 500,
    };
}
