/* Location of the gradient for an optimiser. */
#ifndef LB_OPTIM_GRADIENT_H
#define LB_OPTIM_GRADIENT_H

#include "device/device.h"

/** dL/d parameters as parts of the parameter block's length, which the optimiser adds up. */
struct lb_gradient {
    cl_mem mem; ///< (parts, count)
    int parts;
};

#endif
