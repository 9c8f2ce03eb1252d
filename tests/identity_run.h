/* A run whose networks are known: the identity. */
#ifndef LB_TESTS_IDENTITY_RUN_H
#define LB_TESTS_IDENTITY_RUN_H

#include "support.h"

#include "run/run.h"

/** A run on a dataset of images in R^3. Both networks are one linear layer: `scale` times the
 * identity. Default settings; close_identity() it. */
void open_identity(const struct device_fixture *fixture, struct lb_run *run, const char *dataset,
                   float scale);
void close_identity(struct lb_run *run);

#endif
