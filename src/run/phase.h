/* The phases of a training, as its settings have them. */
#ifndef LB_RUN_PHASE_H
#define LB_RUN_PHASE_H

#include <lowbend/train.h>

/** The phase that a training with these settings begins with. */
enum lb_phase lb_phase_first(const struct lb_train_params *params);
/** Number of steps of a phase. */
int lb_phase_steps(const struct lb_train_params *params, enum lb_phase phase);
/** Finds the phase of a name; false if there is none. */
bool lb_phase_parse(const char *name, enum lb_phase *phase);

#endif
