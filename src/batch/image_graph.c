#include "batch/image_graph.h"

#include <math.h>
#include <stdlib.h>

#include "base/text.h"

enum { SIZES_SHOWN = 8 };

struct lb_shortest_entry {
    double distance;
    uint32_t image;
};

/* ---- the graph ------------------------------------------------------------------------------- */

static int compare_neighbours(const void *a, const void *b)
{
    const struct lb_neighbour *x = a;
    const struct lb_neighbour *y = b;
    return (x->index > y->index) - (x->index < y->index);
}

/* Sorts a row of `count` edges and removes duplicates, which have the same length; returns the new
 * count. */
static size_t tidy_row(struct lb_neighbour *row, size_t count)
{
    size_t kept = 0;
    qsort(row, count, sizeof *row, compare_neighbours);
    for (size_t e = 0; e < count; e++) {
        if (kept == 0 || row[kept - 1].index != row[e].index) {
            row[kept++] = row[e];
        }
    }
    return kept;
}

/* Rows for both ends of all edges, including duplicates: rows[starts[i]..starts[i + 1] - 1]. */
static void fill_rows(const struct lb_neighbour *neighbours, size_t n, size_t k, size_t *starts,
                      size_t *ends, struct lb_neighbour *rows)
{
    for (size_t i = 0; i <= n; i++) {
        starts[i] = i > 0 ? k : 0;
    }
    for (size_t e = 0; e < n * k; e++) {
        starts[neighbours[e].index + 1]++;
    }
    for (size_t i = 0; i < n; i++) {
        starts[i + 1] += starts[i];
        ends[i] = starts[i];
    }
    for (size_t e = 0; e < n * k; e++) {
        const uint32_t i = (uint32_t)(e / k);
        const uint32_t j = neighbours[e].index;
        rows[ends[i]++] = neighbours[e];
        rows[ends[j]++] = (struct lb_neighbour){i, neighbours[e].distance};
    }
}

enum lb_status lb_image_graph_create(struct lb_image_graph *graph, struct lb_context *ctx,
                                     const struct lb_neighbour *neighbours, size_t n, size_t k)
{
    const size_t edges = 2 * n * k;
    *graph = (struct lb_image_graph){.n = n};
    graph->starts = malloc((n + 1) * sizeof *graph->starts);
    graph->targets = malloc(edges * sizeof *graph->targets);
    graph->lengths = malloc(edges * sizeof *graph->lengths);
    size_t *ends = malloc(n * sizeof *ends);
    struct lb_neighbour *rows = malloc(edges * sizeof *rows);
    enum lb_status status = LB_OK;
    if (graph->starts == NULL || graph->targets == NULL || graph->lengths == NULL || ends == NULL ||
        rows == NULL) {
        lb_image_graph_free(graph);
        status = lb_fail_memory(ctx, "neighbour graph");
        goto fail;
    }
    fill_rows(neighbours, n, k, graph->starts, ends, rows);
    size_t written = 0;
    for (size_t i = 0; i < n; i++) {
        struct lb_neighbour *row = rows + graph->starts[i];
        const size_t count = tidy_row(row, ends[i] - graph->starts[i]);
        graph->starts[i] = written;
        for (size_t e = 0; e < count; e++) {
            graph->targets[written] = row[e].index;
            graph->lengths[written] = row[e].distance;
            written++;
        }
    }
    graph->starts[n] = written;
fail:
    free(ends);
    free(rows);
    return status;
}

void lb_image_graph_free(struct lb_image_graph *graph)
{
    free(graph->starts);
    free(graph->targets);
    free(graph->lengths);
    *graph = (struct lb_image_graph){0};
}

/* ---- its parts ------------------------------------------------------------------------------- */

/* Marks all images connected to `first`; returns their number. */
static size_t mark_part(const struct lb_image_graph *graph, size_t first, bool *seen,
                        uint32_t *stack)
{
    size_t count = 0;
    size_t waiting = 1;
    stack[0] = (uint32_t)first;
    seen[first] = true;
    while (waiting > 0) {
        const uint32_t i = stack[--waiting];
        count++;
        for (size_t e = graph->starts[i]; e < graph->starts[i + 1]; e++) {
            const uint32_t j = graph->targets[e];
            if (!seen[j]) {
                seen[j] = true;
                stack[waiting++] = j;
            }
        }
    }
    return count;
}

static int compare_descending(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a;
    const size_t y = *(const size_t *)b;
    return (x < y) - (x > y);
}

static enum lb_status fail_parts(struct lb_context *ctx, const char *path, size_t *sizes,
                                 size_t parts)
{
    struct lb_text text = {0};
    qsort(sizes, parts, sizeof *sizes, compare_descending);
    for (size_t i = 0; i < parts && i < SIZES_SHOWN; i++) {
        lb_text_addf(&text, "%s%zu", i > 0 ? ", " : "", sizes[i]);
    }
    const enum lb_status status = lb_fail(
        ctx, LB_ERR_FORMAT,
        "%s: the neighbour graph is disconnected: %zu components of %s%s images (raise "
        "--neighbours, or use one component)",
        path, parts, text.data != NULL ? text.data : "", parts > SIZES_SHOWN ? ", ..." : "");
    lb_text_free(&text);
    return status;
}

enum lb_status lb_image_graph_check_connected(const struct lb_image_graph *graph,
                                              struct lb_context *ctx, const char *path)
{
    bool *seen = calloc(graph->n, sizeof *seen);
    uint32_t *stack = malloc(graph->n * sizeof *stack);
    size_t *sizes = malloc(graph->n * sizeof *sizes);
    size_t parts = 0;
    enum lb_status status = LB_OK;
    if (seen == NULL || stack == NULL || sizes == NULL) {
        status = lb_fail_memory(ctx, "neighbour graph");
        goto fail;
    }
    for (size_t i = 0; i < graph->n; i++) {
        if (!seen[i]) {
            sizes[parts++] = mark_part(graph, i, seen, stack);
        }
    }
    if (parts > 1) {
        status = fail_parts(ctx, path, sizes, parts);
    }
fail:
    free(seen);
    free(stack);
    free(sizes);
    return status;
}

/* ---- shortest paths -------------------------------------------------------------------------- */

enum lb_status lb_shortest_create(struct lb_shortest *shortest, struct lb_context *ctx,
                                  const struct lb_image_graph *graph)
{
    const size_t n = graph->n;
    *shortest = (struct lb_shortest){.n = n};
    shortest->distance = malloc(n * sizeof *shortest->distance);
    shortest->parent = malloc(n * sizeof *shortest->parent);
    shortest->reached = malloc(n * sizeof *shortest->reached);
    /* An image enters the heap at most once per edge to it */
    shortest->heap = malloc((graph->starts[n] + 1) * sizeof *shortest->heap);
    if (shortest->distance == NULL || shortest->parent == NULL || shortest->reached == NULL ||
        shortest->heap == NULL) {
        return lb_fail_memory(ctx, "shortest paths");
    }
    for (size_t i = 0; i < n; i++) {
        shortest->distance[i] = INFINITY;
    }
    return LB_OK;
}

void lb_shortest_free(struct lb_shortest *shortest)
{
    free(shortest->distance);
    free(shortest->parent);
    free(shortest->reached);
    free(shortest->heap);
    *shortest = (struct lb_shortest){0};
}

static bool before(struct lb_shortest_entry a, struct lb_shortest_entry b)
{
    return a.distance < b.distance || (a.distance == b.distance && a.image < b.image);
}

static void heap_push(struct lb_shortest *shortest, struct lb_shortest_entry entry)
{
    size_t at = shortest->heap_count++;
    while (at > 0 && before(entry, shortest->heap[(at - 1) / 2])) {
        shortest->heap[at] = shortest->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    shortest->heap[at] = entry;
}

static struct lb_shortest_entry heap_pop(struct lb_shortest *shortest)
{
    struct lb_shortest_entry *heap = shortest->heap;
    const struct lb_shortest_entry top = heap[0];
    const struct lb_shortest_entry last = heap[--shortest->heap_count];
    const size_t count = shortest->heap_count;
    size_t at = 0;
    for (size_t child = 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && before(heap[child + 1], heap[child])) {
            child++;
        }
        if (!before(heap[child], last)) {
            break;
        }
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = last;
    return top;
}

void lb_shortest_find(struct lb_shortest *shortest, const struct lb_image_graph *graph,
                      uint32_t source, double radius)
{
    for (size_t i = 0; i < shortest->reached_count; i++) {
        shortest->distance[shortest->reached[i]] = INFINITY;
    }
    shortest->reached_count = 0;
    shortest->heap_count = 0;
    shortest->distance[source] = 0.0;
    shortest->parent[source] = source;
    heap_push(shortest, (struct lb_shortest_entry){0.0, source});
    while (shortest->heap_count > 0) {
        const struct lb_shortest_entry entry = heap_pop(shortest);
        if (entry.distance > shortest->distance[entry.image]) {
            continue; // a shorter path was found after this entry
        }
        shortest->reached[shortest->reached_count++] = entry.image;
        for (size_t e = graph->starts[entry.image]; e < graph->starts[entry.image + 1]; e++) {
            const uint32_t j = graph->targets[e];
            const double distance = entry.distance + graph->lengths[e];
            if (distance <= radius && distance < shortest->distance[j]) {
                shortest->distance[j] = distance;
                shortest->parent[j] = entry.image;
                heap_push(shortest, (struct lb_shortest_entry){distance, j});
            }
        }
    }
}
