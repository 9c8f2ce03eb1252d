/*
 * Common interface of losses: named terms with weights, and their means per step. Guard,
 * checkpoint, metrics.csv and progress use only this.
 *
 *     loss of a batch = sum over k of weight[k] * mean of term k over the batch
 */
#ifndef LB_LOSS_LOSS_H
#define LB_LOSS_LOSS_H

#include <lowbend/means.h>

#include "device/device.h"

#define LB_LOSS_TERMS 2 /* most terms of a loss */

/** A row of loss.c's table: term names are columns of metrics.csv. */
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
    double fall;  ///< steps over which the weights decrease linearly to 0; 0: constant
    cl_mem slots; ///< float4 per batch, starting with the means of the terms; read them with
                  ///< lb_loss_read()
    int slot_count;
    /** Enqueues means missing in `slots`, for a writer that computes many steps at once; NULL:
     * never missing. */
    enum lb_status (*complete)(void *writer);
    void *writer;
};

/** Slots 0 and weights 1. Initialise with {0}; the caller destroys it. */
enum lb_status lb_loss_create(struct lb_loss *loss, struct lb_device *device,
                              const struct lb_loss_kind *kind, int slots);
void lb_loss_destroy(struct lb_loss *loss);

/** Whether a step (from 0) still trains on the loss; later its slot is not written. */
bool lb_loss_counts(const struct lb_loss *loss, int step);
/** Weight of term k at a step. */
double lb_loss_weight(const struct lb_loss *loss, int k, int step);

/** Enqueues the missing means: later commands find all means in `slots`. */
enum lb_status lb_loss_complete(const struct lb_loss *loss);

/** Waits; reads slots first..first+n-1, four floats each. */
enum lb_status lb_loss_read(const struct lb_loss *loss, int first, int n, float *slots);

/** Index of the loss's first term among those of all losses, as in lb_loss_term_name(). */
int lb_loss_first_term(const struct lb_loss_kind *kind);

/**
 * Means over n batches of the losses in use; a term's mean is over the batches that have it.
 * Decreasing weights are those of each batch's step. Batches with non-finite numbers are skipped
 * with `skip`, else they are an error.
 */
struct lb_loss_average {
    const struct lb_loss *const *losses;
    int count;
    int first;          ///< slot of the first batch
    int step;           ///< of the first batch; each further batch is one step later
    int n;              ///< number of batches
    double last_weight; ///< weight of the last batch, which may be smaller; the others have 1
    bool skip;
};

/** Describes a non-finite number. */
struct lb_not_finite {
    int batch;        ///< from 0; negative: all numbers are finite, or skipped while others remain
    const char *term; ///< its name
    float value;
};

/** Waits. Returns LB_OK also if *bad reports non-finite numbers; `means` is then not set. */
enum lb_status lb_loss_mean(const struct lb_loss_average *average, struct lb_means *means,
                            struct lb_not_finite *bad);

#endif
