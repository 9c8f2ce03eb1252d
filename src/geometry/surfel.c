#include "geometry/surfel.h"

#include <stdlib.h>
#include <string.h>

void lb_surfels_free(struct lb_surfels *surfels)
{
    free(surfels->surfels);
    free(surfels->nodes);
    *surfels = (struct lb_surfels){0};
}

float *lb_surfels_pack(const struct lb_surfels *surfels, size_t *count)
{
    const double pi = 3.14159265358979323846;
    /* Normalises the kernel: the integral of (1 - q)^4 over its disk is pi / 5 */
    const double norm = 5.0 / (pi * (double)surfels->radius * (double)surfels->radius);
    *count = 4 + 8 * surfels->node_count + 12 * surfels->count;
    float *data = calloc(*count, sizeof *data);
    if (data == NULL) {
        return NULL;
    }
    data[0] = (float)surfels->node_count;
    data[1] = surfels->radius;
    float *at = data + 4;
    for (size_t i = 0; i < surfels->node_count; i++, at += 8) {
        const struct lb_surfel_node *node = &surfels->nodes[i];
        memcpy(at, node->center, sizeof node->center);
        at[3] = node->radius;
        at[4] = (float)node->skip;
        at[5] = (float)node->first;
        at[6] = node->leaf ? (float)node->count : 0.0f;
    }
    for (size_t i = 0; i < surfels->count; i++, at += 12) {
        const struct lb_surfel *surfel = &surfels->surfels[i];
        memcpy(at, surfel->position, sizeof surfel->position);
        at[3] = (float)(norm * (double)surfel->area);
        memcpy(at + 4, surfel->normal, sizeof surfel->normal);
        memcpy(at + 8, surfel->color, sizeof surfel->color);
    }
    return data;
}
