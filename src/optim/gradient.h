/* Where an optimiser finds the gradient of a step. */
#ifndef LB_OPTIM_GRADIENT_H
#define LB_OPTIM_GRADIENT_H

#include "device/device.h"

/** dL/d parameters in parts of the parameter block's length each, which the optimiser adds. */
struct lb_gradient {
    cl_mem mem; ///< (parts, count)
    int parts;
};

#endif
