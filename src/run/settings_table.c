/* The settings and their defaults. */
#include "run/settings_table.h"

#include "base/context.h"
#include "nn/activation.h"

/* Indexed by enum lb_activation; a decoder's output is linear or in [0,1]. */
static const char *const output_activations[] = {"linear", "", "", "", "", "", "sigmoid", NULL};
static const char *const schedules[] = {"constant", "cosine", "linear", "warm-hold-decay", NULL};
static const char *const optimizers[] = {"adam", "adamw", "muon", NULL};
static const char *const strategies[] = {"ball", "chain", NULL};
static const char *const gemms[] = {"auto", "clblast", "panel", NULL};
static const char *const presets[] = {"", "mlp", "conv", NULL};
static const char *const mirror[] = {"mirror", NULL};
static const char *const fresh[] = {"fresh", NULL};

/* Further members of a row follow its macro. */
#define CALLER .stated_by = LB_STATED_BY_CALLER
#define DATA   .stated_by = LB_STATED_BY_DATA

#define AT(field) offsetof(struct lb_train_params, field)
#define WHOLE(option, old, field, low, high, text)                                                 \
    .name = option, .placeholder = "N", .help = text, .kind = LB_INTEGER, .offset = AT(field),     \
    .minimum = low, .maximum = high, .absent = old
#define NUMBER(option, old, field, low, high, text)                                                \
    .name = option, .placeholder = "NUMBER", .help = text, .kind = LB_REAL, .offset = AT(field),   \
    .minimum = low, .maximum = high, .absent = old
#define POSITIVE(option, old, field, high, text)                                                   \
    .name = option, .placeholder = "NUMBER", .help = text, .kind = LB_REAL, .offset = AT(field),   \
    .maximum = high, .above = true, .absent = old
#define NAME(option, old, list, field, names, text)                                                \
    .name = option, .placeholder = list, .help = text, .kind = LB_CHOICE, .offset = AT(field),     \
    .choices = names, .absent = old
#define FLAG(option, value, text)                                                                  \
    .name = option, .help = text, .kind = LB_MODE, .offset = AT(mode), .minimum = value

/* clang-format off */
const struct lb_setting lb_settings[] = {
    {.name = "dataset", .placeholder = "DATASET",
     .help = "built-in name, path of a .cl file, or .safetensors or .npz file with user pairs",
     .kind = LB_TEXT, .offset = AT(dataset), .minimum = 1, .required = true, CALLER},
    {WHOLE("size", "0", size, 0, 1024, "height and width of the images (0: the dataset's default)"),
     CALLER},
    {NUMBER("cap", "0", cap, 0, 90,
            "half-angle of a spherical cap in degrees (0: the dataset's default)"), CALLER},
    {.name = "mesh", .placeholder = "FILE",
     .help = ".obj, .off, .ply or .stl file for rotating-object (default: the built-in object)",
     .kind = LB_TEXT, .offset = AT(mesh), .absent = "", CALLER},
    {POSITIVE("epsilon", "0.3", epsilon, 1e6, "sampling radius: largest distance of a pair"), DATA},
    {NUMBER("epsilon-start", "0", epsilon_start, 0, 1e6,
            "sampling radius of the first step, decreasing to --epsilon (0: --epsilon from the "
            "start)"),
     DATA},
    {.name = "epsilon-share", .placeholder = "SHARE", .kind = LB_REAL, .offset = AT(epsilon_share),
     .help = "fraction of the steps over which the sampling radius decreases", .maximum = 1,
     .above = true, .absent = "0.75", DATA},
    {.name = "min-distance", .placeholder = "NUMBER", .kind = LB_REAL, .offset = AT(min_distance),
     .help = "smallest distance of a pair (default: epsilon / 10; for user pairs 0)",
     .maximum = 1e6, .automatic = true},
    {NAME("strategy", "ball", "ball|chain", strategy, strategies,
          "what a step samples: pairs with their midpoint, or five points on a geodesic with all "
          "their pairs"), DATA},
    {.name = "samples", .placeholder = "fresh|N", .kind = LB_COUNT_OR_AUTO, .offset = AT(samples),
     .help = "fresh pairs at every step, or all pairs within epsilon among N fixed points",
     .minimum = 2, .maximum = 1 << 17, .choices = fresh, .absent = "fresh", CALLER},
    {.name = "held-out", .placeholder = "SHARE", .kind = LB_REAL, .offset = AT(held_out),
     .help = "fraction of user pairs held out for evaluation", .maximum = 0.9, .above = true,
     .absent = "0.1", CALLER},
    {NUMBER("scale", "0", scale, 0, 1e9,
            "divisor of user pairs' images other than bytes; 1 accepts any values unchanged "
            "(default: unchanged, but images must be in [0,1])"), CALLER},
    {NUMBER("lambda", "0.03", lambda, 0, 1e9,
            "weight of the bending term, in units of length squared"), DATA},
    {NUMBER("c", "0", c, 0, 1e3,
            "constant of gamma_c: 0 forbids collapse, larger values penalise it less")},
    {NUMBER("cross-weight", "0", cross_weight, 0, 1e9,
            "weight of distances between different pairs of a step, decreasing to 0 at 60 % of "
            "the steps (0: off)"), DATA},
    {WHOLE("latent", "16", latent, 1, 4096, "latent dimension")},
    {.name = "hidden", .placeholder = "LAYERS",
     .help = "hidden layers of the encoder; a number is the width of a dense layer: 512, conv24, "
             "conv24k5, conv24s2, conv24k4s2, pool",
     .kind = LB_LAYERS, .offset = AT(encoder_layers), .widths = true, .absent = "512,512,512",
     DATA},
    {.name = "decoder-hidden", .placeholder = "LAYERS",
     .help = "hidden layers of the decoder; also dense4x4x96, up, deconv32; mirror: the "
             "encoder's, reversed (default: mirror; with --network conv chosen for the images)",
     .kind = LB_LAYERS, .offset = AT(decoder_layers), .choices = mirror, .absent = "mirror", DATA},
    {.name = "network", .placeholder = "mlp|conv",
     .help = "instead of --hidden: dense layers 512,512,512, or convolutions chosen for the images",
     .kind = LB_CHOICE, .offset = AT(network), .choices = presets, .transient = true, DATA},
    {NAME("activation", "elu", lb_activation_bars + 1, activation, lb_activation_names,
          "activation of the hidden layers"), DATA},
    {NAME("output-activation", "linear", "linear|sigmoid", output_activation, output_activations,
          "activation of the decoder's last layer")},
    {WHOLE("pairs", "128", pairs, 1, 1 << 20,
           "pairs per step, or 3/5 as many chains; for the decoder, images")},
    {WHOLE("steps", "1200", steps, 0, 1e9,
           "steps of the encoder; with --joint or --plain, of both networks"), DATA},
    {WHOLE("decoder-steps", "1500", decoder_steps, 0, 1e9, "steps of the decoder (0: no decoder)"),
     DATA},
    {POSITIVE("lr", "1e-3", lr, 1e3,
              "learning rate of the encoder; with --joint or --plain, of both networks"), DATA},
    {POSITIVE("decoder-lr", "4e-3", decoder_lr, 1e3, "learning rate of the decoder phase"),
     DATA},
    {NAME("schedule", "cosine", "constant|cosine|linear|warm-hold-decay", schedule, schedules,
          "learning rate schedule of a phase")},
    {WHOLE("warmup", "0", warmup, 0, 1e9,
           "steps at the start of a phase over which the learning rates rise from 0")},
    {NAME("optimizer", "adam", "adam|adamw|muon", optimizer, optimizers,
          "update rule; muon trains the weights of all layers but the last, adam everything else"),
     DATA},
    {POSITIVE("muon-lr", "0.02", muon_lr, 1e3, "learning rate of the weights that muon trains")},
    {WHOLE("muon-steps", "5", muon_steps, 1, 100, "Newton-Schulz steps of muon")},
    {NUMBER("weight-decay", "0.01", weight_decay, 0, 1e3, "weight decay of adamw")},
    {NUMBER("clip", "0", clip, 0, 1e9,
            "largest norm of a network's gradient; larger ones are scaled down (0: no limit)")},
    {.name = "average", .placeholder = "SHARE", .kind = LB_REAL, .offset = AT(average),
     .help = "fraction of a phase's steps, at its end, over which the weights are averaged (0: "
             "the last weights)",
     .maximum = 1, .absent = "0"},
    {FLAG("joint", LB_TRAIN_JOINT,
          "train encoder and decoder together, on E + weight * reconstruction"), CALLER},
    {FLAG("plain", LB_TRAIN_PLAIN,
          "train both on the reconstruction alone, as an ordinary autoencoder"), CALLER},
    {POSITIVE("reconstruction-weight", "1", reconstruction_weight, 1e9,
              "weight of the reconstruction with --joint"), CALLER},
    {.name = "code-noise", .placeholder = "NUMBER", .kind = LB_REAL, .offset = AT(code_noise),
     .help = "standard deviation of the Gaussian noise on the codes in decoder training (default: "
             "epsilon / 10; with --joint or --plain 0)",
     .maximum = 1e6, .automatic = true, .absent = "0"},
    {NAME("gemm", "auto", "auto|clblast|panel", gemm, gemms, "back end for matrix products"),
     CALLER},
    {WHOLE("microbatch", "0", microbatch, 0, 1 << 24,
           "images of a step that pass through a network at once: smaller values need less "
           "memory, but one more forward pass (0: all)"), CALLER},
    {WHOLE("log-every", "50", log_every, 1, 100000, "steps between lines of metrics.csv"), CALLER},
    {WHOLE("checkpoint-every", "500", checkpoint_every, 0, 1e9,
           "steps between checkpoints (0: only at the end of phases)"), CALLER},
    {.name = "skip-nonfinite", .kind = LB_SWITCH, .offset = AT(skip_nonfinite),
     .help = "skip and count steps whose loss or gradient is not finite (default: an error)",
     CALLER},
    {.name = "seed", .placeholder = "N", .help = "seed of all random numbers", .kind = LB_SEED,
     .offset = AT(seed), .absent = "0", CALLER},
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
