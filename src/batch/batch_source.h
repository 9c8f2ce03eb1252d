/*
 * Sources of batches: pairs drawn on the device, all pairs of a fixed set of points, or user pairs
 * from a file. A source fills its buffers as requested. The result is a pure function of the seed
 * and the request, and independent of the batch's use.
 */
#ifndef LB_BATCH_BATCH_SOURCE_H
#define LB_BATCH_BATCH_SOURCE_H

#include <lowbend/train.h>

#include "batch/order.h"
#include "batch/pair_file.h"
#include "batch/point_set.h"
#include "batch/upload.h"

struct lb_batch_source;

/** The items (pairs, chains or images) of a batch. Filled by the functions below. */
struct lb_batch_request {
    enum lb_stream stream;
    uint32_t step;
    uint64_t first;            ///< index of the first item within the step
    int rows;                  ///< number of items, at most lb_batch_source_params.part_rows
    enum lb_strategy strategy; ///< for pairs: whether chains replace them
    double epsilon;            ///< largest distance of drawn pairs, or between a chain's ends
    double min_distance;       ///< smallest distance
};

/** Number of images in a batch of pairs or chains. */
int lb_batch_pair_images(const struct lb_batch_request *request);

/** Items first..first+rows-1 of a batch, as a separate batch. */
struct lb_batch_request lb_batch_part(const struct lb_batch_request *whole, size_t first,
                                      size_t rows);

/** Functions of a kind of source. fill_* enqueue. */
struct lb_batch_source_kind {
    enum lb_status (*create)(struct lb_batch_source *source);
    enum lb_status (*fill_pairs)(struct lb_batch_source *source,
                                 const struct lb_batch_request *request);
    enum lb_status (*fill_images)(struct lb_batch_source *source,
                                  const struct lb_batch_request *request);
    /** Number of pairs (or images) held out for evaluation; 0: unlimited. */
    uint64_t (*held_out)(const struct lb_batch_source *source, bool pairs);
    bool draws_fixed_sample; ///< the fixed sample is drawn, instead of taking the first items in
                             ///< order
};

extern const struct lb_batch_source_kind lb_drawn_batches;
extern const struct lb_batch_source_kind lb_point_batches;
extern const struct lb_batch_source_kind lb_pair_file_batches;

/** Device memory in bytes for transfers from a file to batches of `rows` pairs. */
double lb_pair_file_transfer_bytes(const struct lb_pair_file *file, int rows);

struct lb_batch_source_params {
    uint64_t seed;
    double epsilon;            ///< largest distance of drawn pairs, after its decrease
    double min_distance;       ///< smallest distance
    double epsilon_start;      ///< largest distance at the first step; 0: epsilon
    double falling_steps;      ///< steps over which it decreases to epsilon
    int samples;               ///< number of fixed points; 0: fresh pairs for each batch
    int rows;                  ///< pairs (or images) of a training step and of the largest batch
    enum lb_strategy strategy; ///< for training steps; evaluations use pairs
    int part_rows;             ///< items of the largest part of a batch; 0: rows
    int part_images;           ///< images of such a part; 0: those of part_rows pairs or chains
    bool describe;             ///< log a description
};

/** Number of chains in a training step with the cost of `pairs` pairs: 3 / 5 as many, at least
 * 1. */
int lb_batch_chains(int pairs);
/** Images in the largest batch of training steps and evaluations. */
int lb_batch_most_images(enum lb_strategy strategy, int pairs);

struct lb_batch_source {
    const struct lb_batch_source_kind *kind;
    struct lb_batch_source_params params;
    struct lb_device *device;
    struct lb_dataset *dataset;
    int held;      ///< images that fit into `images`
    cl_mem images; ///< (3 rows, D): all x, all y, all averages; for chains (5 rows, D): all first
                   ///< points, and so on; or (rows, D)
    struct lb_pair_buffers pairs; ///< distance (rows), and points if there are any
    struct lb_pair_file *file;    ///< user pairs, already split; owned by the caller
    struct lb_point_set points;   ///< the fixed points
    struct lb_order pair_order;   ///< order of pairs in training
    struct lb_order image_order;
    struct lb_upload upload;
};

/**
 * Creates the source for `params` and `file` (NULL: none). Initialise with {0}; the caller destroys
 * it, also on failure; dataset and file must outlive it. LB_ERR_ARGUMENT if the fixed points have
 * fewer pairs than a batch.
 */
enum lb_status lb_batch_source_create(struct lb_batch_source *source, struct lb_dataset *dataset,
                                      struct lb_pair_file *file,
                                      const struct lb_batch_source_params *params);
void lb_batch_source_destroy(struct lb_batch_source *source);

/** Replaces the buffer of images by one for `images` images, at most part_images: phases without
 * pairs need fewer. Its content is lost. */
enum lb_status lb_batch_source_hold_images(struct lb_batch_source *source, int images);

/** Enqueues images (3 rows, D) of x, y and averages, or (5 rows, D) of chains, and distances
 * (rows). */
enum lb_status lb_batch_source_pairs(struct lb_batch_source *source,
                                     const struct lb_batch_request *request);
/** Enqueues images (rows, D). */
enum lb_status lb_batch_source_images(struct lb_batch_source *source,
                                      const struct lb_batch_request *request);

/** Waits; LB_ERR_NUMERIC if drawing a pair has failed in any batch so far. */
enum lb_status lb_batch_source_check(struct lb_batch_source *source);

/** The batch of a training step; with `pairs`, of pairs or chains with the step's radii. */
struct lb_batch_request lb_training_batch(const struct lb_batch_source *source, bool pairs,
                                          int step);

/** Batch i of a fixed sample of training data, always of pairs, even if training uses chains. If
 * pairs are drawn, no training step repeats it. */
struct lb_batch_request lb_sample_batch(const struct lb_batch_source *source, bool pairs, int i);

/** Batches of an evaluation, all of one size except the last. */
struct lb_evaluation_batches {
    int count;
    int rows;
    int last_rows;
};

/** Enough data not used in training for a standard error, or everything held out. */
struct lb_evaluation_batches lb_plan_evaluation(const struct lb_batch_source *source, bool pairs);
struct lb_batch_request lb_evaluation_batch(const struct lb_batch_source *source,
                                            const struct lb_evaluation_batches *batches, bool pairs,
                                            int i);

/** Pairs first..first+rows-1, which neither training nor its evaluations use, if pairs are drawn;
 * else held-out pairs. */
struct lb_batch_request lb_measured_pairs(const struct lb_batch_source *source, uint64_t first,
                                          int rows);

#endif
