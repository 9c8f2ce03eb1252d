/* Nearest neighbours against a full sort in double, shortest paths against Floyd-Warshall. */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <lowbend/image_pairs.h>

#include "base/text.h"
#include "batch/image_graph.h"

static struct lb_image_set make_set(float *values, size_t n, size_t d)
{
    return (struct lb_image_set){
        .images = {"images", LB_F32, 2, {n, d}, values},
        .count = n,
        .size = d,
        .bytes = d * sizeof *values,
    };
}

/* Images around `centre`: the larger it is, the more their inner products cancel. */
static float *make_images(size_t n, size_t d, float centre)
{
    float *values = allocate(n * d, sizeof *values);
    for (size_t i = 0; i < n * d; i++) {
        values[i] = centre + 0.01f * draw(7, i);
    }
    return values;
}

static double distance_of(const float *values, size_t d, size_t i, size_t j)
{
    double sum = 0.0;
    for (size_t k = 0; k < d; k++) {
        const double difference = (double)values[i * d + k] - (double)values[j * d + k];
        sum += difference * difference;
    }
    return sqrt(sum);
}

/* ---- neighbours ------------------------------------------------------------------------------ */

static int compare(const void *a, const void *b)
{
    const struct lb_neighbour *x = a;
    const struct lb_neighbour *y = b;
    if (x->distance != y->distance) {
        return x->distance < y->distance ? -1 : 1;
    }
    return (x->index > y->index) - (x->index < y->index);
}

/* With all images in one tile, and with few images or one per tile. */
static void check_neighbours(const struct device_fixture *fixture, float *values, size_t n,
                             size_t d, size_t k)
{
    static const size_t tiles[] = {0, 64, 7, 1};
    const struct lb_image_set set = make_set(values, n, d);
    struct lb_neighbour *found = allocate(n * k, sizeof *found);
    struct lb_neighbour *sorted = allocate(n, sizeof *sorted);
    for (size_t t = 0; t < (n < 100 ? LB_COUNT(tiles) : LB_COUNT(tiles) - 1); t++) {
        const size_t tile_bytes = tiles[t] * d * sizeof *values;
        memset(found, 0, n * k * sizeof *found);
        require_ok(fixture, lb_find_neighbours(fixture->device, &set, k, tile_bytes, found));
        for (size_t i = 0; i < n; i++) {
            size_t others = 0;
            for (size_t j = 0; j < n; j++) {
                if (j != i) {
                    sorted[others++] =
                        (struct lb_neighbour){(uint32_t)j, distance_of(values, d, i, j)};
                }
            }
            qsort(sorted, others, sizeof *sorted, compare);
            for (size_t m = 0; m < k; m++) {
                assert_int_equal(found[i * k + m].index, sorted[m].index);
                check_near("distance", m, found[i * k + m].distance, sorted[m].distance, 0.0);
            }
        }
    }
    free(found);
    free(sorted);
}

static void test_neighbours(void **state)
{
    static const size_t shapes[][3] = {{3, 1, 1}, {65, 5, 4}, {257, 64, 8}, {300, 3, 299}};
    for (size_t s = 0; s < LB_COUNT(shapes); s++) {
        float *values = make_images(shapes[s][0], shapes[s][1], 0.0f);
        check_neighbours(*state, values, shapes[s][0], shapes[s][1], shapes[s][2]);
        free(values);
    }
}

/* Distances of 1e-5 of the images' norms, for which float32 products are useless. */
static void test_neighbours_of_large_images(void **state)
{
    float *values = make_images(257, 64, 1000.0f);
    check_neighbours(*state, values, 257, 64, 8);
    for (size_t k = 0; k < 64; k++) { // far from all others: centring no longer helps
        values[k] = -1e6f;
    }
    check_neighbours(*state, values, 257, 64, 8);
    free(values);
}

static void test_neighbours_of_copies(void **state)
{
    float *values = make_images(64, 6, 0.5f);
    memcpy(values + 32 * 6, values, 32 * 6 * sizeof *values);
    check_neighbours(*state, values, 64, 6, 3);
    free(values);
}

/* Products beyond the float32 range: only distances in double are left. */
static void test_neighbours_of_huge_numbers(void **state)
{
    float *values = make_images(65, 8, 0.0f);
    for (size_t i = 0; i < 65 * 8; i++) {
        values[i] *= i % 3 == 0 ? 3e38f : 1e20f;
    }
    check_neighbours(*state, values, 65, 8, 5);
    free(values);
}

static void test_neighbours_of_bytes(void **state)
{
    const struct device_fixture *fixture = *state;
    enum { N = 50, D = 12, K = 5 };
    unsigned char bytes[N * D];
    float values[N * D];
    struct lb_neighbour of_bytes[N * K];
    struct lb_neighbour of_floats[N * K];
    for (size_t i = 0; i < N * D; i++) {
        bytes[i] = (unsigned char)(127.0f + 127.0f * draw(8, i));
        values[i] = (float)bytes[i] / 255.0f;
    }
    const struct lb_image_set floats = make_set(values, N, D);
    struct lb_image_set set = floats;
    set.images.dtype = LB_U8;
    set.images.data = bytes;
    set.bytes = D;
    require_ok(fixture, lb_find_neighbours(fixture->device, &set, K, 0, of_bytes));
    require_ok(fixture, lb_find_neighbours(fixture->device, &floats, K, 0, of_floats));
    for (size_t i = 0; i < N * K; i++) {
        assert_int_equal(of_bytes[i].index, of_floats[i].index);
        check_near("distance", i, of_bytes[i].distance, of_floats[i].distance, 0.0);
    }
}

/* ---- the file -------------------------------------------------------------------------------- */

static void test_tiles_do_not_show_in_the_file(void **state)
{
    const struct device_fixture *fixture = *state;
    enum { N = 90, D = 3 };
    char *folder = make_folder();
    char *images = lb_path_join(folder, "images.npy");
    float *values = make_images(N, D, 0.0f);
    const struct lb_tensor tensor = {"images", LB_F32, 2, {N, D}, values};
    require_ok(fixture, lb_tensor_file_write(fixture->ctx, images, &tensor, 1, NULL, 0));
    struct lb_image_pairs_params params;
    lb_image_pairs_params_default(&params);
    params.tolerance = 0.2;
    char *bytes[2];
    size_t sizes[2];
    for (int tiny = 0; tiny < 2; tiny++) {
        struct lb_image_pairs found;
        char *out = lb_path_join(folder, "pairs.safetensors");
        params.tile_bytes = tiny == 1 ? 4 * D * sizeof *values : 0;
        require_ok(fixture, lb_image_pairs_make(fixture->device, images, out, &params, &found));
        assert_true(found.written > 20);
        bytes[tiny] = read_file(fixture, folder, "pairs.safetensors", &sizes[tiny]);
        free(out);
    }
    assert_int_equal(sizes[0], sizes[1]);
    assert_memory_equal(bytes[0], bytes[1], sizes[0]);
    free(bytes[0]);
    free(bytes[1]);
    free(values);
    free(images);
    remove_folder(folder);
}

/* ---- the graph ------------------------------------------------------------------------------- */

/* All distances by Floyd-Warshall on the same symmetric graph; free() the result. */
static double *all_distances(const struct lb_neighbour *neighbours, size_t n, size_t k)
{
    double *d = allocate(n * n, sizeof *d);
    for (size_t i = 0; i < n * n; i++) {
        d[i] = i % (n + 1) == 0 ? 0.0 : INFINITY;
    }
    for (size_t e = 0; e < n * k; e++) {
        const size_t i = e / k;
        const size_t j = neighbours[e].index;
        d[i * n + j] = neighbours[e].distance;
        d[j * n + i] = neighbours[e].distance;
    }
    for (size_t m = 0; m < n; m++) {
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < n; j++) {
                d[i * n + j] = fmin(d[i * n + j], d[i * n + m] + d[m * n + j]);
            }
        }
    }
    return d;
}

static double edge_length(const struct lb_image_graph *graph, size_t i, size_t j)
{
    for (size_t e = graph->starts[i]; e < graph->starts[i + 1]; e++) {
        if (graph->targets[e] == j) {
            return graph->lengths[e];
        }
    }
    return NAN;
}

static void test_shortest_paths(void **state)
{
    const struct device_fixture *fixture = *state;
    enum { N = 120, K = 4 };
    float *values = make_images(N, 3, 0.0f);
    const struct lb_image_set set = make_set(values, N, 3);
    struct lb_neighbour neighbours[N * K];
    struct lb_image_graph graph;
    struct lb_shortest shortest;
    require_ok(fixture, lb_find_neighbours(fixture->device, &set, K, 0, neighbours));
    require_ok(fixture, lb_image_graph_create(&graph, fixture->ctx, neighbours, N, K));
    require_ok(fixture, lb_image_graph_check_connected(&graph, fixture->ctx, "images"));
    require_ok(fixture, lb_shortest_create(&shortest, fixture->ctx, &graph));
    double *want = all_distances(neighbours, N, K);
    for (uint32_t source = 0; source < N; source++) {
        const double radius = source % 2 == 0 ? INFINITY : 0.012;
        lb_shortest_find(&shortest, &graph, source, radius);
        size_t within = 0;
        for (size_t j = 0; j < N; j++) {
            const double distance = want[source * N + j];
            const double got = shortest.distance[j];
            if (distance > radius * (1.0 + 1e-12)) {
                assert_true(isinf(got));
                continue;
            }
            within++;
            check_near("distance", j, got, distance, 1e-14);
            if (j != source) { // summed along the path from the source
                const uint32_t parent = shortest.parent[j];
                const double length = edge_length(&graph, parent, j);
                check_near("path", j, shortest.distance[parent] + length, got, 0.0);
            }
        }
        assert_int_equal(shortest.reached_count, within);
        for (size_t i = 1; i < within; i++) {
            assert_true(shortest.distance[shortest.reached[i - 1]] <=
                        shortest.distance[shortest.reached[i]]);
        }
    }
    free(want);
    lb_shortest_free(&shortest);
    lb_image_graph_free(&graph);
    free(values);
}

static void test_parts(void **state)
{
    const struct device_fixture *fixture = *state;
    enum { N = 40, K = 2 };
    float values[N];
    struct lb_neighbour neighbours[N * K];
    struct lb_image_graph graph;
    for (int i = 0; i < N; i++) { // 25, 12 and 3 consecutive numbers
        values[i] = (float)i + (i >= 25 ? 100.0f : 0.0f) + (i >= 37 ? 100.0f : 0.0f);
    }
    const struct lb_image_set set = make_set(values, N, 1);
    require_ok(fixture, lb_find_neighbours(fixture->device, &set, K, 0, neighbours));
    require_ok(fixture, lb_image_graph_create(&graph, fixture->ctx, neighbours, N, K));
    require_error(fixture, lb_image_graph_check_connected(&graph, fixture->ctx, "images"),
                  LB_ERR_FORMAT,
                  "images: the neighbour graph is disconnected: 3 components of 25, 12, 3 ");
    lb_image_graph_free(&graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_neighbours),
        cmocka_unit_test(test_neighbours_of_large_images),
        cmocka_unit_test(test_neighbours_of_copies),
        cmocka_unit_test(test_neighbours_of_huge_numbers),
        cmocka_unit_test(test_neighbours_of_bytes),
        cmocka_unit_test(test_tiles_do_not_show_in_the_file),
        cmocka_unit_test(test_shortest_paths),
        cmocka_unit_test(test_parts),
    };
    return cmocka_run_group_tests(tests, open_device_fixture, close_device_fixture);
}
