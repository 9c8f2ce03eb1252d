/*
 * What all losses have in common: named terms with weights, and their means step by step. Guard,
 * checkpoint, metrics.csv and progress go by this alone.
 *
 *     loss of a batch = sum over k of weight[k] * mean of term k over the batch
 */
#ifndef LB_LOSS_LOSS_H
#define LB_LOSS_LOSS_H

#include <lowbend/means.h>

#include "device/device.h"

#define LB_LOSS_TERMS 2 /* of one loss, at most */

/** A row of loss.c's table: names of terms are columns of metrics.csv. */
struct lb_loss_kind {
    const char *name;
    int terms;
    const char *term[LB_LOSS_TERMS];
};

extern const struct lb_loss_kind lb_isometry_kind;
extern const struct lb_loss_kind lb_reconstruction_kind;
extern const struct lb_loss_kind lb_cross_kind;

struct lb_loss {
    struct lb_device *device;
    const struct lb_loss_kind *kind;
    double weight[LB_LOSS_TERMS]; ///< at the phase's first step
    double fall;                  ///< steps over which the weights fall linearly to 0; 0: they stay
    cl_mem slots; ///< float4 a batch, the means of the terms first: read them by lb_loss_read()
    int slot_count;
    /** Enqueues the means that `slots` still lacks, for whoever writes them many steps at once;
     * NULL: nobody does. */
    enum lb_status (*complete)(void *writer);
    void *writer;
};

/** Slots of zeros, weights of 1. Starts as {0}; the caller destroys it. */
enum lb_status lb_loss_create(struct lb_loss *loss, struct lb_device *device,
                              const struct lb_loss_kind *kind, int slots);
void lb_loss_destroy(struct lb_loss *loss);

/** Whether a step (from 0) still trains on the loss; its slot is not written after that. */
bool lb_loss_counts(const struct lb_loss *loss, int step);
/** Weight of term k at a step. */
double lb_loss_weight(const struct lb_loss *loss, int k, int step);

/** Enqueues what `slots` lacks: commands that follow find all means there. */
enum lb_status lb_loss_complete(const struct lb_loss *loss);

/** Waits; receives slots first..first+n-1, four floats each. */
enum lb_status lb_loss_read(const struct lb_loss *loss, int first, int n, float *slots);

/** Number of the loss's first term among those of all losses, as lb_loss_term_name() counts. */
int lb_loss_first_term(const struct lb_loss_kind *kind);

/**
 * Means over n batches of the losses that are trained on, of a term over those that have it. A loss
 * whose weights fall has those of each batch's step. Batches with a number that is not finite
 * are left out with `skip`, else they are an error.
 */
struct lb_loss_average {
    const struct lb_loss *const *losses;
    int count;
    int first;          ///< slot of the first batch
    int step;           ///< of the first batch, each further one a step later
    int n;              ///< batches
    double last_weight; ///< of the last batch, which may be smaller; the others have 1
    bool skip;
};

/** What was not finite. */
struct lb_not_finite {
    int batch;        ///< from 0; negative: all is finite, or skipped while others are left
    const char *term; ///< its name
    float value;
};

/** Waits. LB_OK also where *bad tells of numbers that are not finite; `means` is then not set. */
enum lb_status lb_loss_mean(const struct lb_loss_average *average, struct lb_means *means,
                            struct lb_not_finite *bad);

#endif
