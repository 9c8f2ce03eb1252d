#include "run/phase.h"

#include <string.h>

const char *lb_phase_name(enum lb_phase phase)
{
    static const char *const names[] = {"encoder", "decoder", "joint", "projection"};
    return names[phase];
}

enum lb_phase lb_phase_first(const struct lb_train_params *params)
{
    return params->mode == LB_TRAIN_SEPARATE ? LB_PHASE_ENCODER : LB_PHASE_JOINT;
}

int lb_phase_steps(const struct lb_train_params *params, enum lb_phase phase)
{
    return phase == LB_PHASE_DECODER ? params->decoder_steps : params->steps;
}

bool lb_phase_parse(const char *name, enum lb_phase *phase)
{
    for (int i = LB_PHASE_ENCODER; i <= LB_PHASE_PROJECTION; i++) {
        if (strcmp(name, lb_phase_name((enum lb_phase)i)) == 0) {
            *phase = (enum lb_phase)i;
            return true;
        }
    }
    return false;
}
