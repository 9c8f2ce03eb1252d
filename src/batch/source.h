/*
 * Where batches come from: fresh pairs drawn on the device, all pairs of a fixed set of points, or
 * own pairs of a file. What a batch holds is a pure function of the seed and the step.
 */
#ifndef LB_BATCH_SOURCE_H
#define LB_BATCH_SOURCE_H

#include "batch/order.h"
#include "batch/pair_file.h"
#include "batch/upload.h"
#include "batch/point_set.h"

struct lb_trainer;

struct lb_batch {
    enum lb_stream stream; ///< LB_STREAM_PAIRS, _IMAGES, or _FINAL_PAIRS, _FINAL_IMAGES
    uint32_t step;         ///< of the phase; of an evaluation: number of the batch
    uint64_t start;        ///< items (pairs or images) before this batch
    int rows;              ///< pairs or images
};

/** What each kind of source does; all enqueue. */
struct lb_batch_source_kind {
    enum lb_status (*create)(struct lb_trainer *trainer);
    /** Images (3 rows, D) of x, y and averages, and distances (rows), to the trainer's buffers. */
    enum lb_status (*pairs)(struct lb_trainer *trainer, struct lb_batch batch);
    /** Images (rows, D). */
    enum lb_status (*images)(struct lb_trainer *trainer, struct lb_batch batch);
    /** Number of pairs (or images) kept for evaluation; 0: it takes as many as it likes. */
    uint64_t (*held_out)(const struct lb_trainer *trainer, bool pairs);
};

struct lb_batch_source {
    const struct lb_batch_source_kind *kind;
    struct lb_pair_file *file;  ///< own pairs, split already; the caller's
    struct lb_point_set points; ///< the fixed points
    struct lb_order pairs;      ///< in which training takes them
    struct lb_order images;
    struct lb_upload upload;
};

extern const struct lb_batch_source_kind lb_batch_source_fresh;
extern const struct lb_batch_source_kind lb_batch_source_points;
extern const struct lb_batch_source_kind lb_batch_source_file;

/** The source that the trainer's settings ask for; `file` may be NULL. */
enum lb_status lb_batch_source_create(struct lb_trainer *trainer, struct lb_pair_file *file);
void lb_batch_source_destroy(struct lb_batch_source *source);

#endif
