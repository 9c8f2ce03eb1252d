/* Pairs and midpoints from shortest paths in a graph of images. */
#include <lowbend/image_pairs.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "batch/image_graph.h"
#include "io/tensor_file.h"

static const double default_edges = 4.0; // epsilon in units of the median edge

/** A pair with the image that serves as its midpoint. */
struct triple {
    uint32_t x;
    uint32_t y;
    uint32_t middle;
    double distance;
    double offset;
};

/** The images of a pair, in file order. */
enum role { ROLE_X, ROLE_Y, ROLE_AVERAGE, ROLES };

struct maker {
    struct lb_context *ctx;
    const char *path; ///< path of the images
    const struct lb_image_pairs_params *params;
    struct lb_image_pairs *result;
    struct lb_image_set set;
    struct lb_image_graph graph;
    struct lb_shortest shortest;
    struct triple *triples; ///< triples kept so far, at most params->pairs
    size_t capacity;        ///< of `triples`
    struct lb_random random;
};

void lb_image_pairs_params_default(struct lb_image_pairs_params *params)
{
    *params = (struct lb_image_pairs_params){.neighbours = 8, .tolerance = 0.05, .pairs = 10000};
}

static enum lb_status check_params(struct lb_context *ctx,
                                   const struct lb_image_pairs_params *params)
{
    if (params->neighbours < 1 || params->neighbours > LB_NEIGHBOURS_MAX) {
        return lb_fail(ctx, LB_ERR_ARGUMENT, "%d neighbours: out of range (use 1 to %d)",
                       params->neighbours, LB_NEIGHBOURS_MAX);
    }
    if (!(params->epsilon >= 0.0) || !(params->tolerance > 0.0) || !(params->tolerance < 0.5)) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "epsilon %g, tolerance %g: out of range (use epsilon above 0 and a "
                       "tolerance between 0 and 0.5)",
                       params->epsilon, params->tolerance);
    }
    if (params->pairs < 1 || params->pairs > UINT32_MAX) {
        return lb_fail(ctx, LB_ERR_ARGUMENT, "%zu pairs: out of range (use 1 to 2^32 - 1)",
                       params->pairs);
    }
    return LB_OK;
}

/* ---- the graph ------------------------------------------------------------------------------- */

static int compare_numbers(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Equal images are each other's nearest neighbours, in order of their numbers. */
static size_t count_copies(const struct lb_neighbour *neighbours, size_t n, size_t k)
{
    size_t copies = 0;
    for (size_t i = 0; i < n; i++) {
        const struct lb_neighbour *nearest = &neighbours[i * k];
        copies += !(nearest->distance > 0.0) && nearest->index < i;
    }
    return copies;
}

static enum lb_status check_copies(const struct maker *maker)
{
    const struct lb_image_pairs *result = maker->result;
    if (result->copies + 1 < result->images) {
        return LB_OK;
    }
    return lb_fail(maker->ctx, LB_ERR_FORMAT,
                   "%s: all %zu images are equal, so all distances are 0 (use images that differ)",
                   maker->path, result->images);
}

/* Median and longest edge; each edge counts once. */
static enum lb_status measure_edges(struct maker *maker)
{
    struct lb_image_pairs *result = maker->result;
    const size_t ends = maker->graph.starts[maker->graph.n];
    double *sorted = malloc(ends * sizeof *sorted);
    if (sorted == NULL) {
        return lb_fail_memory(maker->ctx, "edges");
    }
    memcpy(sorted, maker->graph.lengths, ends * sizeof *sorted);
    qsort(sorted, ends, sizeof *sorted, compare_numbers);
    result->edges = ends / 2;
    result->median_edge = sorted[ends / 2];
    result->longest_edge = sorted[ends - 1];
    free(sorted);
    if (!(result->median_edge > 0.0)) {
        return lb_fail(maker->ctx, LB_ERR_FORMAT,
                       "%s: %zu of %zu images are duplicates, so most edges have length 0 (remove "
                       "duplicates, or raise --neighbours)",
                       maker->path, result->copies, result->images);
    }
    return LB_OK;
}

static enum lb_status make_graph(struct maker *maker, struct lb_device *device)
{
    const size_t n = maker->set.count;
    const size_t k = (size_t)maker->params->neighbours;
    if (n < k + 2) {
        return lb_fail(maker->ctx, LB_ERR_ARGUMENT,
                       "%s: %zu images%s are too few for %zu neighbours (%suse more images)",
                       maker->path, n, maker->result->vectors ? ", the rows of the array," : "", k,
                       maker->result->vectors ? "a single picture has shape (1,H,W); " : "");
    }
    struct lb_neighbour *neighbours =
        n <= SIZE_MAX / sizeof *neighbours / k / 4 ? malloc(n * k * sizeof *neighbours) : NULL;
    if (neighbours == NULL) {
        return lb_fail_memory(maker->ctx, "nearest neighbours");
    }
    enum lb_status status =
        lb_find_neighbours(device, &maker->set, k, maker->params->tile_bytes, neighbours);
    if (status == LB_OK) {
        maker->result->copies = count_copies(neighbours, n, k);
        status = check_copies(maker);
    }
    if (status == LB_OK) {
        status = lb_image_graph_create(&maker->graph, maker->ctx, neighbours, n, k);
    }
    free(neighbours);
    LB_TRY(status);
    LB_TRY(lb_image_graph_check_connected(&maker->graph, maker->ctx, maker->path));
    return measure_edges(maker);
}

/* ---- pairs ----------------------------------------------------------------------------------- */

/* The image between x (the source) and y that is closest to the middle of their path. */
static struct triple make_triple(const struct lb_shortest *shortest, uint32_t x, uint32_t y)
{
    struct triple triple = {.x = x, .y = y, .distance = shortest->distance[y], .offset = INFINITY};
    for (uint32_t v = shortest->parent[y]; v != x; v = shortest->parent[v]) {
        const double away = fabs(shortest->distance[v] - 0.5 * triple.distance) / triple.distance;
        if (away < triple.offset) {
            triple.offset = away;
            triple.middle = v;
        }
    }
    return triple;
}

static enum lb_status reserve(struct maker *maker, size_t count)
{
    if (count <= maker->capacity) {
        return LB_OK;
    }
    const size_t limit = maker->params->pairs;
    const size_t capacity = count > limit / 2 ? limit : 2 * count;
    struct triple *triples = capacity <= SIZE_MAX / sizeof *triples
                                 ? realloc(maker->triples, capacity * sizeof *triples)
                                 : NULL;
    if (triples == NULL) {
        return lb_fail_memory(maker->ctx, "pairs");
    }
    maker->triples = triples;
    maker->capacity = capacity;
    return LB_OK;
}

/* Keeps a uniform random choice of all triples: algorithm R of Vitter 1985. */
static enum lb_status keep(struct maker *maker, const struct triple *triple)
{
    const size_t limit = maker->params->pairs;
    size_t slot = maker->result->within++;
    if (slot >= limit) {
        slot = (size_t)(lb_random_uniform(&maker->random) * (double)maker->result->within);
    } else {
        LB_TRY(reserve(maker, slot + 1));
    }
    if (slot < limit) {
        maker->triples[slot] = *triple;
    }
    return LB_OK;
}

static enum lb_status find_triples(struct maker *maker)
{
    struct lb_shortest *shortest = &maker->shortest;
    struct lb_image_pairs *result = maker->result;
    for (uint32_t x = 0; x < maker->graph.n; x++) {
        lb_shortest_find(shortest, &maker->graph, x, result->epsilon);
        for (size_t i = 1; i < shortest->reached_count; i++) {
            const uint32_t y = shortest->reached[i];
            /* Each pair once; neighbours, and images equal to x, have nothing in between */
            if (y < x || shortest->parent[y] == x || !(shortest->distance[y] > 0.0)) {
                continue;
            }
            const struct triple triple = make_triple(shortest, x, y);
            result->candidates++;
            result->offset_candidates += triple.offset;
            if (triple.offset <= maker->params->tolerance) {
                LB_TRY(keep(maker, &triple));
            }
        }
    }
    result->offset_candidates /= (double)result->candidates;
    return LB_OK;
}

static uint32_t triple_at(const struct triple *triple, int role)
{
    return role == ROLE_X ? triple->x : role == ROLE_Y ? triple->y : triple->middle;
}

static int compare_triples(const void *a, const void *b)
{
    const struct triple *s = a;
    const struct triple *t = b;
    const int by_x = (s->x > t->x) - (s->x < t->x);
    return by_x != 0 ? by_x : (s->y > t->y) - (s->y < t->y);
}

static enum lb_status make_triples(struct maker *maker)
{
    const struct lb_image_pairs_params *params = maker->params;
    struct lb_image_pairs *result = maker->result;
    result->epsilon = params->epsilon > 0.0 ? params->epsilon : default_edges * result->median_edge;
    LB_TRY(lb_shortest_create(&maker->shortest, maker->ctx, &maker->graph));
    maker->random = lb_random_start(params->seed, LB_STREAM_GRAPH_PAIRS, 0, 0);
    LB_TRY(find_triples(maker));
    if (result->within == 0) {
        return lb_fail(
            maker->ctx, LB_ERR_ARGUMENT,
            "%s: of %zu pairs within epsilon %g with an image between them, none has one within %g "
            "of the midpoint (raise --epsilon, now %.3g median edges, or --tolerance)",
            maker->path, result->candidates, result->epsilon, params->tolerance,
            result->epsilon / result->median_edge);
    }
    result->written = result->within < params->pairs ? result->within : params->pairs;
    qsort(maker->triples, result->written, sizeof *maker->triples, compare_triples);
    return LB_OK;
}

static void summarise(struct maker *maker)
{
    struct lb_image_pairs *result = maker->result;
    const double share = 1.0 / (double)result->written;
    result->smallest = INFINITY;
    for (size_t i = 0; i < result->written; i++) {
        const struct triple *triple = &maker->triples[i];
        const double bending = 8.0 * triple->offset / triple->distance;
        result->smallest = fmin(result->smallest, triple->distance);
        result->largest = fmax(result->largest, triple->distance);
        result->offset_max = fmax(result->offset_max, triple->offset);
        result->offset_mean += share * triple->offset;
        result->bending_bias += share * bending * bending;
    }
}

/* ---- the file -------------------------------------------------------------------------------- */

/* Writes the images of one role directly from their source. */
static enum lb_status write_images(const struct maker *maker, struct lb_tensor_writer *writer,
                                   int role)
{
    LB_TRY(lb_image_set_check(&maker->set, maker->ctx));
    for (size_t i = 0; i < maker->result->written; i++) {
        const unsigned char *image =
            lb_image_set_image(&maker->set, triple_at(&maker->triples[i], role));
        LB_TRY(lb_tensor_writer_add(writer, image, maker->set.bytes));
    }
    return LB_OK;
}

static enum lb_status write_numbers(const struct maker *maker, struct lb_tensor_writer *writer)
{
    for (size_t i = 0; i < maker->result->written; i++) {
        const float distance = (float)maker->triples[i].distance;
        LB_TRY(lb_tensor_writer_add(writer, &distance, sizeof distance));
    }
    for (size_t i = 0; i < maker->result->written; i++) {
        const int64_t index[3] = {maker->triples[i].x, maker->triples[i].y,
                                  maker->triples[i].middle};
        LB_TRY(lb_tensor_writer_add(writer, index, sizeof index));
    }
    return LB_OK;
}

static enum lb_status write_file(const struct maker *maker, const char *path)
{
    static const char *const names[ROLES] = {"x", "y", "average"};
    const size_t n = maker->result->written;
    struct lb_tensor tensors[ROLES + 2];
    for (int role = 0; role < ROLES; role++) {
        tensors[role] = maker->set.images;
        tensors[role].name = names[role];
        tensors[role].shape[0] = n;
    }
    tensors[ROLES] = (struct lb_tensor){"distance", LB_F32, 1, {n}, NULL};
    tensors[ROLES + 1] = (struct lb_tensor){"index", LB_I64, 2, {n, 3}, NULL};
    struct lb_tensor_writer writer;
    enum lb_status status =
        lb_tensor_writer_open(&writer, maker->ctx, path, tensors, LB_COUNT(tensors), NULL, 0);
    for (int role = 0; role < ROLES && status == LB_OK; role++) {
        status = write_images(maker, &writer, role);
    }
    if (status != LB_OK) {
        goto fail;
    }
    LB_CHECK(write_numbers(maker, &writer));
    LB_CHECK(lb_image_set_check(&maker->set, maker->ctx));
    return lb_tensor_writer_commit(&writer);
fail:
    lb_tensor_writer_abandon(&writer);
    return status;
}

static void describe_images(struct maker *maker)
{
    const struct lb_image_set *set = &maker->set;
    struct lb_image_pairs *result = maker->result;
    result->images = set->count;
    result->shape[0] = set->shape.height;
    result->shape[1] = set->shape.width;
    result->shape[2] = set->shape.channels;
    result->vectors = set->images.rank == 2;
    result->low = (double)set->range.low;
    result->high = (double)set->range.high;
}

/* `array` replaces the file `path`, which then only serves in messages. */
static enum lb_status make(struct lb_device *device, const char *path,
                           const struct lb_tensor *array, const char *out_path,
                           const struct lb_image_pairs_params *params,
                           struct lb_image_pairs *result)
{
    struct lb_image_pairs_params defaults;
    lb_image_pairs_params_default(&defaults);
    *result = (struct lb_image_pairs){0};
    struct maker maker = {
        .ctx = device->ctx,
        .path = path,
        .params = params != NULL ? params : &defaults,
        .result = result,
    };
    enum lb_status status = LB_OK;
    LB_CHECK(check_params(maker.ctx, maker.params));
    LB_CHECK(array != NULL
                 ? lb_image_set_read_array(&maker.set, maker.ctx, path, array, &maker.params->read)
                 : lb_image_set_read(&maker.set, maker.ctx, path, &maker.params->read));
    describe_images(&maker);
    LB_CHECK(make_graph(&maker, device));
    LB_CHECK(make_triples(&maker));
    summarise(&maker);
    LB_CHECK(write_file(&maker, out_path));
fail:
    free(maker.triples);
    lb_shortest_free(&maker.shortest);
    lb_image_graph_free(&maker.graph);
    lb_image_set_free(&maker.set);
    return status;
}

enum lb_status lb_image_pairs_make(struct lb_device *device, const char *images,
                                   const char *out_path, const struct lb_image_pairs_params *params,
                                   struct lb_image_pairs *result)
{
    return make(device, images, NULL, out_path, params, result);
}

enum lb_status lb_image_pairs_make_array(struct lb_device *device, const struct lb_tensor *images,
                                         const char *out_path,
                                         const struct lb_image_pairs_params *params,
                                         struct lb_image_pairs *result)
{
    return make(device, images->name, images, out_path, params, result);
}
