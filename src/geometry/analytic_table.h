/* The rows of the table in analytic.c, by file: analytic_round.c, analytic_flat.c,
 * analytic_bures.c. */
#ifndef LB_GEOMETRY_ANALYTIC_TABLE_H
#define LB_GEOMETRY_ANALYTIC_TABLE_H

#include "geometry/analytic_embedding.h"

extern const struct lb_analytic lb_analytic_sphere;
extern const struct lb_analytic lb_analytic_rp2;
extern const struct lb_analytic lb_analytic_so3;
extern const struct lb_analytic lb_analytic_torus;
extern const struct lb_analytic lb_analytic_klein;
extern const struct lb_analytic lb_analytic_bures;

#endif
