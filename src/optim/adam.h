/* Adam and AdamW over a network's parameter block. */
#ifndef LB_OPTIM_ADAM_H
#define LB_OPTIM_ADAM_H

#include "optim/gradient.h"
#include "optim/runs.h"

struct lb_adam {
    struct lb_device *device;
    cl_kernel kernel;
    cl_kernel runs_kernel;
    size_t count;
    cl_mem gradient; ///< dL/d parameters of the step, from a backward pass
    cl_mem moment1;
    cl_mem moment2;
    cl_mem never; ///< int 0
};

/** Hyperparameters of one step; defaults are those of the paper. */
struct lb_adam_params {
    double lr;
    double beta1;        ///< default 0.9
    double beta2;        ///< default 0.999
    double epsilon;      ///< default 1e-8, added outside the square root
    double weight_decay; ///< default 0; AdamW: p is first multiplied by 1 - lr * weight_decay
    cl_mem skip;         ///< default NULL; if its first int is not 0 the step changes nothing
    struct lb_gradient gradient; ///< default: adam->gradient
    const struct lb_runs *runs;  ///< default NULL: the whole block; else only these parts
};
#define lb_adam_params(...)                                                                        \
    (&(const struct lb_adam_params){                                                               \
        .lr = 1e-3, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, __VA_ARGS__})

/** Buffers for `count` parameters, with moments 0. Initialise with {0}; the caller destroys it. */
enum lb_status lb_adam_create(struct lb_adam *adam, struct lb_device *device, size_t count);
void lb_adam_destroy(struct lb_adam *adam);

/** Releases the gradient, or creates it again: only steps need it. */
void lb_adam_drop_gradient(struct lb_adam *adam);
enum lb_status lb_adam_hold_gradient(struct lb_adam *adam);

/** Enqueues step t = 1, 2, ...: updates the parameters with params->gradient. */
enum lb_status lb_adam_step(struct lb_adam *adam, cl_mem parameters, long t,
                            const struct lb_adam_params *params);

#endif
