#include "describe.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "recipe_text.h"
#include "system.h"

/* Latent dimension required to reach E*, or to tell all images apart; 0: the present one
 * suffices. */
static int needed_latent(const struct description *a)
{
    const int needed =
        a->dataset.limit_latent > 0 ? (int)a->dataset.limit_latent : a->dataset.dimension;
    return a->params->mode != LB_TRAIN_PLAIN && a->params->latent < needed ? needed : 0;
}

static void warn_of_few_codes(const struct description *a)
{
    const int needed = needed_latent(a);
    if (needed > 0 && a->dataset.limit_latent > 0) {
        cli_error(a->cli,
                  "warning: --latent %d: the embedding that attains E* has %d dimensions, so E "
                  "will stay above it (use --latent %d or more)",
                  a->params->latent, needed, needed);
    } else if (needed > 0) {
        cli_error(a->cli,
                  "warning: --latent %d: the manifold has %d dimensions, so different images share "
                  "a code (use --latent %d or more)",
                  a->params->latent, needed, needed);
    }
}

static void describe(void *user)
{
    const struct description *a = user;
    struct cli *cli = a->cli;
    const struct lb_train_params *params = a->params;
    const struct lb_dataset_info *dataset = &a->dataset;
    const struct lb_device_info *device = lb_device_get_info(cli->device);
    char network[LB_NETWORK_TEXT_BYTES];
    char cap[48] = "";
    if (lb_train_describe_encoder(cli->ctx, params, dataset, network, sizeof network) != LB_OK) {
        snprintf(network, sizeof network, "unknown");
    }
    if (dataset->cap_degrees > 0.0) {
        snprintf(cap, sizeof cap, ", cap of %g degrees", dataset->cap_degrees);
    }
    cli_note(cli, "device   %s %s (%s)", device->selector, device->name, device->platform);
    if (dataset->dimension > 0) {
        cli_note(cli, "dataset  %s: manifold %s, dimension %d%s, images %dx%dx%d", dataset->name,
                 dataset->manifold, dataset->dimension, cap, dataset->height, dataset->width,
                 dataset->channels);
    } else {
        cli_note(cli, "dataset  %s: user pairs, images %dx%dx%d", dataset->name, dataset->height,
                 dataset->width, dataset->channels);
    }
    cli_note(cli, "encoder  %s, %s", network, lb_activation_name(params->activation));
    if (params->decoder_steps > 0 || params->mode != LB_TRAIN_SEPARATE) {
        if (lb_train_describe_decoder(cli->ctx, params, dataset, network, sizeof network) !=
            LB_OK) {
            snprintf(network, sizeof network, "unknown");
        }
        cli_note(cli, "decoder  %s, %s output", network,
                 lb_activation_name(params->output_activation));
    }
    recipe_note(cli, params, dataset->dimension == 0);
    warn_of_few_codes(a);
    if (params->mode == LB_TRAIN_PLAIN) {
        return;
    }
    if (dataset->dimension == 0) {
        cli_note(cli, "energy   lambda %g, c %g, E* unknown", params->lambda, params->c);
        return;
    }
    if (!isfinite(dataset->h)) {
        cli_note(cli, "energy   epsilon %g, lambda %g, c %g, E* unknown", params->epsilon,
                 params->lambda, params->c);
        return;
    }
    cli_note(cli,
             "energy   epsilon %g, lambda %g, c %g, lambda*h %.6g, E* %.6g, expected scale %.4g",
             params->epsilon, params->lambda, params->c, params->lambda * dataset->h,
             a->minimum.energy, a->minimum.scale);
    if (a->minimum.collapsed) {
        cli_error(cli, "warning: the best embedding is constant: lambda is too large for this c "
                       "(use a smaller lambda or c)");
    }
}

void description_start(struct description *description, struct cli *cli,
                       const struct lb_train_params *params, const struct lb_dataset_info *dataset)
{
    description->cli = cli;
    description->params = params;
    description->dataset = *dataset;
    description->minimum = lb_energy_minimum(dataset->h, params->lambda, params->c);
    description->results = cli->json ? json_object() : NULL;
    cli->before_message = describe;
    cli->before_message_user = description;
    progress_start(&cli->line, cli->quiet);
}

/* A term of the loss by name; NAN if the phase does not have it. */
static double term(const struct lb_progress *p, const char *name)
{
    for (int i = 0; i < lb_loss_term_count(); i++) {
        if (strcmp(lb_loss_term_name(i), name) == 0) {
            return p->means.term[i];
        }
    }
    return NAN;
}

/* Prints the energy, and its gap to the known minimum if the latent dimension can attain it. */
static void print_energy(const struct description *a, const struct lb_progress *p, double energy)
{
    printf("  E %.6g", energy);
    if (p->phase == LB_PHASE_ENCODER && isfinite(p->means.stderr_loss)) {
        printf(" +- %.2g", p->means.stderr_loss);
    }
    printf("  distortion %.6g  bending %.6g", term(p, "distortion"), term(p, "bending"));
    if (isfinite(a->minimum.energy) && needed_latent(a) > 0) {
        printf("  E* %.6g with %d latent dimensions or more", a->minimum.energy, needed_latent(a));
    } else if (isfinite(a->minimum.energy)) {
        printf("  E* %.6g  gap %.3g", a->minimum.energy, energy - a->minimum.energy);
        if (a->minimum.energy > 0.0) {
            printf(" (%.2f %%)", 100.0 * (energy / a->minimum.energy - 1.0));
        }
    }
}

static void print_result(const struct description *a, const struct lb_progress *p, double energy)
{
    printf("%s", lb_phase_name(p->phase));
    if (isfinite(energy)) {
        print_energy(a, p, energy);
    }
    if (isfinite(term(p, "reconstruction"))) {
        printf("  reconstruction %.6g", term(p, "reconstruction"));
        if (!isfinite(energy) && isfinite(p->means.stderr_loss)) {
            printf(" +- %.2g", p->means.stderr_loss);
        }
    }
    if (p->skipped > 0) {
        printf("  skipped %d steps", p->skipped);
    }
    putchar('\n');
    fflush(stdout);
}

static json_t *result_object(const struct description *a, const struct lb_progress *p,
                             double energy)
{
    return json_pack("{s:o s:o s:o s:o s:o s:o s:o s:i}", "E", json_number(energy), "distortion",
                     json_number(term(p, "distortion")), "bending", json_number(term(p, "bending")),
                     "reconstruction", json_number(term(p, "reconstruction")), "loss_stderr",
                     json_number(p->means.stderr_loss), "E_star",
                     json_number(isfinite(energy) ? a->minimum.energy : NAN), "gap",
                     json_number(energy - a->minimum.energy), "skipped", p->skipped);
}

bool description_progress(void *user, const struct lb_progress *progress)
{
    struct description *a = user;
    cli_prepare_message(a->cli);
    if (!progress->final) {
        progress_show(&a->cli->line, progress);
        return signals_received() == 0;
    }
    progress_clear(&a->cli->line);
    const double energy =
        term(progress, "distortion") + a->params->lambda * term(progress, "bending");
    if (!a->cli->json) {
        print_result(a, progress, energy);
    } else if (json_object_set_new(a->results, lb_phase_name(progress->phase),
                                   result_object(a, progress, energy)) != 0) {
        json_decref(a->results);
        a->results = NULL;
    }
    return signals_received() == 0;
}

void description_resumed(void *user, enum lb_phase phase, int step)
{
    struct description *a = user;
    cli_prepare_message(a->cli);
    fprintf(stderr, "resuming %s at step %d\n", lb_phase_name(phase), step);
}
