/*
 * Where batches come from: pairs drawn on the device, all pairs of a fixed set of points, or own
 * pairs of a file. A source fills its own buffers with what a request names, which is a pure
 * function of the seed and the request; it knows nothing of what the batch is for.
 */
#ifndef LB_BATCH_BATCH_SOURCE_H
#define LB_BATCH_BATCH_SOURCE_H

#include <lowbend/train.h>

#include "batch/order.h"
#include "batch/pair_file.h"
#include "batch/point_set.h"
#include "batch/upload.h"

struct lb_batch_source;

/** Which items (pairs, chains or images) a batch holds. Filled by the functions below. */
struct lb_batch_request {
    enum lb_stream stream;
    uint32_t step;
    uint64_t first;            ///< item of the step that comes first
    int rows;                  ///< items, at most lb_batch_source_params.part_rows
    enum lb_strategy strategy; ///< of pairs: whether chains stand for them
    double epsilon;            ///< largest distance of drawn pairs, or of a chain's ends
    double min_distance;       ///< smallest
};

/** Images that a batch of pairs or chains holds. */
int lb_batch_pair_images(const struct lb_batch_request *request);

/** The items first..first+rows-1 of a batch, as a batch of its own. */
struct lb_batch_request lb_batch_part(const struct lb_batch_request *whole, size_t first,
                                      size_t rows);

/** What each kind of source does. fill_* enqueue. */
struct lb_batch_source_kind {
    enum lb_status (*create)(struct lb_batch_source *source);
    enum lb_status (*fill_pairs)(struct lb_batch_source *source,
                                 const struct lb_batch_request *request);
    enum lb_status (*fill_images)(struct lb_batch_source *source,
                                  const struct lb_batch_request *request);
    /** Pairs (or images) that are kept for evaluation; 0: as many as one likes can be had. */
    uint64_t (*held_out)(const struct lb_batch_source *source, bool pairs);
    bool draws_fixed_sample; ///< the fixed sample is drawn, rather than what comes first in order
};

extern const struct lb_batch_source_kind lb_drawn_batches;
extern const struct lb_batch_source_kind lb_point_batches;
extern const struct lb_batch_source_kind lb_pair_file_batches;

struct lb_batch_source_params {
    uint64_t seed;
    double epsilon;            ///< largest distance of drawn pairs, once it has fallen
    double min_distance;       ///< smallest
    double epsilon_start;      ///< largest distance of the first step; 0: epsilon
    double falling_steps;      ///< over which it falls to epsilon
    int samples;               ///< fixed points; 0: pairs are drawn anew for each batch
    int rows;                  ///< pairs (or images) of a training step, and of the largest batch
    enum lb_strategy strategy; ///< of training steps; evaluations take pairs
    int part_rows;             ///< items of the largest part of a batch that is asked for; 0: rows
    int part_images;           ///< images of such a part; 0: as part_rows pairs or chains have
    bool describe;             ///< tell the log what there is
};

/** Chains of a training step that costs as much as one of `pairs` pairs: 3 / 5 as many, at least 1.
 */
int lb_batch_chains(int pairs);
/** Images of the largest batch of training steps and evaluations. */
int lb_batch_most_images(enum lb_strategy strategy, int pairs);

struct lb_batch_source {
    const struct lb_batch_source_kind *kind;
    struct lb_batch_source_params params;
    struct lb_device *device;
    struct lb_dataset *dataset;
    cl_mem images; ///< (3 rows, D): of all x, all y, all averages; (5 rows, D) of chains: of all
                   ///< first points, and so on; or (rows, D)
    struct lb_pair_buffers pairs; ///< distance (rows), and points where there are some
    struct lb_pair_file *file;    ///< own pairs, split already; the caller's
    struct lb_point_set points;   ///< the fixed points
    struct lb_order pair_order;   ///< in which training takes pairs
    struct lb_order image_order;
    struct lb_upload upload;
};

/**
 * The source that `params` and `file` (NULL: none) ask for. Starts as {0}; the caller destroys it,
 * also on failure; dataset and file must outlive it. LB_ERR_ARGUMENT if the fixed points have fewer
 * pairs than a batch.
 */
enum lb_status lb_batch_source_create(struct lb_batch_source *source, struct lb_dataset *dataset,
                                      struct lb_pair_file *file,
                                      const struct lb_batch_source_params *params);
void lb_batch_source_destroy(struct lb_batch_source *source);

/** Enqueues images (3 rows, D) of x, y and averages, or (5 rows, D) of chains, and distances
 * (rows).
 */
enum lb_status lb_batch_source_pairs(struct lb_batch_source *source,
                                     const struct lb_batch_request *request);
/** Enqueues images (rows, D). */
enum lb_status lb_batch_source_images(struct lb_batch_source *source,
                                      const struct lb_batch_request *request);

/** Waits; LB_ERR_NUMERIC if a pair could not be drawn in any batch so far. */
enum lb_status lb_batch_source_check(struct lb_batch_source *source);

/** The batch of a training step, `pairs`: of pairs or chains, with the step's radii. */
struct lb_batch_request lb_training_batch(const struct lb_batch_source *source, bool pairs,
                                          int step);

/** The i-th batch of a fixed sample of what training sees first, pairs also where it takes chains,
 * which no training step repeats where pairs are drawn. */
struct lb_batch_request lb_sample_batch(const struct lb_batch_source *source, bool pairs, int i);

/** Batches of an evaluation, all of one size but for the last one. */
struct lb_evaluation_batches {
    int count;
    int rows;
    int last_rows;
};

/** Enough of what training never sees for a standard error, or all that is held out. */
struct lb_evaluation_batches lb_plan_evaluation(const struct lb_batch_source *source, bool pairs);
struct lb_batch_request lb_evaluation_batch(const struct lb_batch_source *source,
                                            const struct lb_evaluation_batches *batches, bool pairs,
                                            int i);

/** Pairs first..first+rows-1 that neither training nor its evaluations see where pairs are drawn;
 * else held-out ones. */
struct lb_batch_request lb_measured_pairs(const struct lb_batch_source *source, uint64_t first,
                                          int rows);

#endif
