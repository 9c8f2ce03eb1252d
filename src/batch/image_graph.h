/* A graph of images with lengths on its edges, and shortest paths in it. */
#ifndef LB_BATCH_IMAGE_GRAPH_H
#define LB_BATCH_IMAGE_GRAPH_H

#include <stdbool.h>

#include "batch/neighbours.h"

/** Neighbours of image i are targets[starts[i]..starts[i + 1] - 1], in ascending order. */
struct lb_image_graph {
    size_t n;
    size_t *starts;    ///< (n + 1)
    uint32_t *targets; ///< each edge twice, once from each end
    double *lengths;
};

/** Connects i and j if one is among the k nearest of the other; neighbours (n, k). */
enum lb_status lb_image_graph_create(struct lb_image_graph *graph, struct lb_context *ctx,
                                     const struct lb_neighbour *neighbours, size_t n, size_t k);
void lb_image_graph_free(struct lb_image_graph *graph);

/** LB_ERR_FORMAT, with the component sizes, unless the graph is connected. */
enum lb_status lb_image_graph_check_connected(const struct lb_image_graph *graph,
                                              struct lb_context *ctx, const char *path);

/** Shortest paths from one image, and working memory. */
struct lb_shortest {
    size_t n;
    double *distance;  ///< (n): INFINITY beyond the radius
    uint32_t *parent;  ///< (n): the previous image on the path from the source
    uint32_t *reached; ///< by increasing distance, starting with the source
    size_t reached_count;
    struct lb_shortest_entry *heap;
    size_t heap_count;
};
enum lb_status lb_shortest_create(struct lb_shortest *shortest, struct lb_context *ctx,
                                  const struct lb_image_graph *graph);
void lb_shortest_free(struct lb_shortest *shortest);

/**
 * Dijkstra's algorithm from `source` up to distance `radius`. Ties are broken deterministically:
 * among paths of equal length, the one whose images were reached first; among images at equal
 * distance, the lower number.
 */
void lb_shortest_find(struct lb_shortest *shortest, const struct lb_image_graph *graph,
                      uint32_t source, double radius);

#endif
