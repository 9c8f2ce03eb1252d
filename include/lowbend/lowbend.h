/* Everything: include this one, or the parts. */
#ifndef LOWBEND_LOWBEND_H
#define LOWBEND_LOWBEND_H

#include <lowbend/context.h>
#include <lowbend/dataset.h>
#include <lowbend/device.h>
#include <lowbend/energy.h>
#include <lowbend/network.h>
#include <lowbend/options.h>
#include <lowbend/picture.h>
#include <lowbend/run.h>
#include <lowbend/status.h>
#include <lowbend/tensor.h>
#include <lowbend/train.h>

#endif
