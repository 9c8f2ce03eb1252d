/* Analytic embeddings by the name of their dataset. */
#ifndef LB_GEOMETRY_ANALYTIC_H
#define LB_GEOMETRY_ANALYTIC_H

#include "geometry/analytic_embedding.h"

/** The embedding of a point dataset; NULL if unknown. */
const struct lb_analytic *lb_analytic_find(const char *dataset);

/** "sphere, so3-points, ..." */
const char *lb_analytic_names(void);

#endif
