#include "geometry/analytic.h"

#include <string.h>

#include "geometry/analytic_table.h"

static const struct lb_analytic *const embeddings[] = {
    &lb_analytic_sphere, &lb_analytic_so3,   &lb_analytic_torus,
    &lb_analytic_rp2,    &lb_analytic_klein, &lb_analytic_bures,
};

const struct lb_analytic *lb_analytic_find(const char *dataset)
{
    for (size_t i = 0; i < sizeof embeddings / sizeof embeddings[0]; i++) {
        const struct lb_analytic *analytic = embeddings[i];
        if (strcmp(analytic->name, dataset) == 0 ||
            (analytic->alias != NULL && strcmp(analytic->alias, dataset) == 0)) {
            return analytic;
        }
    }
    return NULL;
}

const char *lb_analytic_names(void)
{
    return "sphere, so3-points, torus-points, rp2-points, klein-points, bures-points";
}
