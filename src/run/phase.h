/* Phases of a training, depending on its settings. */
#ifndef LB_RUN_PHASE_H
#define LB_RUN_PHASE_H

#include <lowbend/train.h>

/** The first phase of a training with these settings. */
enum lb_phase lb_phase_first(const struct lb_train_params *params);
/** Number of steps of a phase. */
int lb_phase_steps(const struct lb_train_params *params, enum lb_phase phase);
/** Finds a phase by name; false if there is none. */
bool lb_phase_parse(const char *name, enum lb_phase *phase);

#endif
