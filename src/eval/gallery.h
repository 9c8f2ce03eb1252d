/* What pictures show of a run: decoded images, and interpolations along latent straight lines. */
#ifndef LB_EVAL_GALLERY_H
#define LB_EVAL_GALLERY_H

#include "eval/run.h"

/** Fresh points with their images, and the decoded images where there is a decoder. */
struct lb_gallery {
    size_t n;
    float *points;  ///< (n, p)
    float *images;  ///< (n, D)
    float *decoded; ///< (n, D), or NULL
    double mse;     ///< mean squared error per pixel
};

/** n points and their images alone. Starts as {0}; the caller frees it, also on failure. */
enum lb_status lb_gallery_sample(struct lb_gallery *gallery, struct lb_dataset *dataset,
                                 uint64_t seed, size_t n);
/** The same for a run, with the decoded images where there is a decoder. */
enum lb_status lb_gallery_create(struct lb_gallery *gallery, struct lb_run *run, size_t n);
void lb_gallery_free(struct lb_gallery *gallery);

/** Images along the way from x to y at parameters 0, 1/8, ..., 1. */
#define LB_STRIP_LEVELS 3
#define LB_STRIP_FRAMES ((1 << LB_STRIP_LEVELS) + 1)
struct lb_strip {
    double distance;    ///< d(x, y)
    float *truth;       ///< (frames, D): images of the geodesic's points
    float *decoded;     ///< (frames, D): decoded points of the straight latent line
    float *blend;       ///< (frames, D): blended pixels
    double decoded_mse; ///< against truth, over the inner frames, per pixel
    double blend_mse;
};

/**
 * The strip between two of 200 fresh points whose distance is nearest to `distance`. Needs a
 * decoder. Starts as {0}; the caller frees it, also on failure.
 */
enum lb_status lb_strip_create(struct lb_strip *strip, struct lb_run *run, double distance);
void lb_strip_free(struct lb_strip *strip);

#endif
