/* Shuffling: permutations, epochs, and uniformity. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "batch/order.h"

static void check_permutation(uint64_t n, uint64_t seed)
{
    struct lb_permutation permutation;
    unsigned char *seen = allocate((size_t)n, 1);
    lb_permutation_start(&permutation, n, seed, LB_STREAM_PAIR_ORDER, 3);
    for (uint64_t i = 0; i < n; i++) {
        const uint64_t image = lb_permutation_at(&permutation, i);
        if (image >= n || seen[image] != 0) {
            fail_msg("n %llu: %llu -> %llu, which is %s", (unsigned long long)n,
                     (unsigned long long)i, (unsigned long long)image,
                     image >= n ? "too large" : "taken");
        }
        seen[image] = 1;
    }
    free(seen);
}

static void every_index_is_taken_once(void **state)
{
    (void)state;
    for (uint64_t n = 1; n <= 300; n++) {
        check_permutation(n, n % 7);
    }
    const uint64_t sizes[] = {1023, 1024, 1025, 4096, 4097, 65535, 65536, 65537, 300000};
    for (size_t i = 0; i < LB_COUNT(sizes); i++) {
        check_permutation(sizes[i], UINT64_MAX - i);
    }
}

static int compare_numbers(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Beyond 2^32, where 32-bit products and shifts would overflow. */
static void large_ranges_have_no_collisions(void **state)
{
    (void)state;
    enum { COUNT = 100000 };
    const uint64_t sizes[] = {(1ull << 32) + 1, (1ull << 33) - 7, (1ull << 62) + 5, UINT64_MAX};
    uint64_t *images = allocate(COUNT, sizeof *images);
    for (size_t k = 0; k < LB_COUNT(sizes); k++) {
        struct lb_permutation permutation;
        lb_permutation_start(&permutation, sizes[k], 11, LB_STREAM_IMAGE_ORDER, k);
        for (uint64_t i = 0; i < COUNT; i++) {
            images[i] = lb_permutation_at(&permutation, sizes[k] - 1 - i * (sizes[k] / COUNT));
            assert_true(images[i] < sizes[k]);
        }
        qsort(images, COUNT, sizeof *images, compare_numbers);
        for (size_t i = 1; i < COUNT; i++) {
            assert_true(images[i - 1] < images[i]);
        }
        check_near("median / n", k, (double)images[COUNT / 2] / (double)sizes[k], 0.5, 0.01);
    }
    free(images);
}

static void epochs_hold_everything_and_need_no_history(void **state)
{
    (void)state;
    enum { N = 37, EPOCHS = 5, TOTAL = N * EPOCHS };
    uint64_t sequence[TOTAL];
    struct lb_order order;
    lb_order_start(&order, N, 5, LB_STREAM_PAIR_ORDER);
    int equal_places = 0;
    for (uint64_t epoch = 0; epoch < EPOCHS; epoch++) {
        int seen[N] = {0};
        for (uint64_t i = 0; i < N; i++) {
            const uint64_t item = lb_order_at(&order, epoch * N + i);
            assert_true(item < N);
            check_near("times seen in an epoch", (size_t)item, ++seen[item], 1.0, 0.0);
            sequence[epoch * N + i] = item;
            equal_places += epoch > 0 && item == sequence[(epoch - 1) * N + i];
        }
    }
    assert_true(equal_places < N); // about one per epoch: the orders of epochs differ
    /* Independent of the order of calls, and equal in another object. */
    struct lb_order other;
    lb_order_start(&other, N, 5, LB_STREAM_PAIR_ORDER);
    for (uint64_t k = 0; k < TOTAL; k++) {
        const uint64_t position = k * 71 % TOTAL;
        assert_int_equal(lb_order_at(&other, position), sequence[position]);
    }
    /* Drawing first weights needs the position of step 2^32 - 1. */
    const uint64_t far = (uint64_t)UINT32_MAX * 1000000;
    assert_true(lb_order_at(&other, far) < N);
    assert_int_equal(lb_order_at(&other, 3), sequence[3]);
}

static void seeds_and_streams_give_other_orders(void **state)
{
    (void)state;
    enum { N = 1000 };
    const struct {
        uint64_t seed;
        enum lb_stream stream;
        uint64_t number;
    } cases[] = {
        {1, LB_STREAM_PAIR_ORDER, 0},
        {2, LB_STREAM_PAIR_ORDER, 0},
        {1, LB_STREAM_IMAGE_ORDER, 0},
        {1, LB_STREAM_HELD_OUT, 0},
        {1, LB_STREAM_PAIR_ORDER, 1},
        {1, LB_STREAM_PAIR_ORDER, 1ull << 32},
        {1 + (1ull << 32), LB_STREAM_PAIR_ORDER, 0},
    };
    struct lb_permutation permutations[LB_COUNT(cases)];
    for (size_t k = 0; k < LB_COUNT(cases); k++) {
        lb_permutation_start(&permutations[k], N, cases[k].seed, cases[k].stream, cases[k].number);
        for (size_t j = 0; j < k; j++) {
            int same = 0;
            for (uint64_t i = 0; i < N; i++) {
                same += lb_permutation_at(&permutations[k], i) ==
                        lb_permutation_at(&permutations[j], i);
            }
            assert_true(same < 10); // one is expected
        }
    }
}

/* All 120 orders of five items are equally frequent, over epochs and over seeds. */
static void all_orders_are_equally_likely(void **state)
{
    (void)state;
    enum { N = 5, ORDERS = 120, TRIES = 60000 };
    for (int by_seed = 0; by_seed <= 1; by_seed++) {
        int counts[ORDERS] = {0};
        for (uint64_t k = 0; k < TRIES; k++) {
            struct lb_permutation permutation;
            lb_permutation_start(&permutation, N, by_seed ? k : 9, LB_STREAM_PAIR_ORDER,
                                 by_seed ? 0 : k);
            int rank = 0;
            uint64_t items[N];
            for (uint64_t i = 0; i < N; i++) {
                items[i] = lb_permutation_at(&permutation, i);
                int smaller = (int)items[i]; // digit in the Lehmer code
                for (uint64_t j = 0; j < i; j++) {
                    smaller -= items[j] < items[i];
                }
                rank = rank * (N - (int)i) + smaller;
            }
            counts[rank]++;
        }
        check_uniform(by_seed ? "orders by seed" : "orders by epoch", counts, ORDERS);
    }
}

/* Where one item and two neighbours are placed among 1000. */
static void places_are_uniform(void **state)
{
    (void)state;
    enum { N = 1000, BINS = 20, TRIES = 40000 };
    int place[BINS] = {0};
    int distance[BINS] = {0};
    for (uint64_t k = 0; k < TRIES; k++) {
        struct lb_permutation permutation;
        lb_permutation_start(&permutation, N, 1, LB_STREAM_PAIR_ORDER, k);
        const uint64_t a = lb_permutation_at(&permutation, 500);
        const uint64_t b = lb_permutation_at(&permutation, 501);
        place[a * BINS / N]++;
        /* b - a modulo N is one of 1..N-1: the bins cover 999 values almost equally. */
        distance[(b + N - a) % N * BINS / N]++;
    }
    check_uniform("place", place, BINS);
    check_uniform("distance of neighbours", distance, BINS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_index_is_taken_once),
        cmocka_unit_test(large_ranges_have_no_collisions),
        cmocka_unit_test(epochs_hold_everything_and_need_no_history),
        cmocka_unit_test(seeds_and_streams_give_other_orders),
        cmocka_unit_test(all_orders_are_equally_likely),
        cmocka_unit_test(places_are_uniform),
    };
    return cmocka_run_group_tests_name("order", tests, NULL, NULL);
}
