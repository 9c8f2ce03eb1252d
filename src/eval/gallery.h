/* Data for the pictures of a run: decoded images, and interpolations along latent curves. */
#ifndef LB_EVAL_GALLERY_H
#define LB_EVAL_GALLERY_H

#include "eval/path_error.h"
#include "run/run.h"

/** Fresh points with their images, and decoded images if there is a decoder. */
struct lb_gallery {
    size_t n;
    float *points;  ///< (n, p); NULL for user pairs
    float *images;  ///< (n, D)
    float *decoded; ///< (n, D), or NULL
    double mse;     ///< mean squared error per pixel
};

/** n points with their images only. Initialise with {0}; the caller frees it, also on failure. */
enum lb_status lb_gallery_sample(struct lb_gallery *gallery, struct lb_dataset *dataset,
                                 uint64_t seed, size_t n);
/** The same for a run, with decoded images if there is a decoder; for user pairs at most n held-out
 * images x, without points. */
enum lb_status lb_gallery_create(struct lb_gallery *gallery, struct lb_run *run, size_t n);
void lb_gallery_free(struct lb_gallery *gallery);

/** Images along the way from x to y. */
#define LB_STRIP_FRAMES LB_PATH_FRAMES
struct lb_strip {
    double distance;    ///< d(x, y)
    float *truth;       ///< (frames, D): images of the geodesic's points
    float *decoded;     ///< (frames, D): decoded points of the straight latent line
    float *geodesic;    ///< (frames, D): the decoded latent geodesic; NULL: unknown
    float *blend;       ///< (frames, D): blended pixels
    double decoded_mse; ///< against truth, over the inner frames, per pixel
    double geodesic_mse;
    double blend_mse;
};

/**
 * The strip along a geodesic (frames, p) of length `distance`. Needs a decoder. Initialise with
 * {0}; the caller frees it, also on failure.
 *
 * @param geometry the run's, for the latent geodesic; NULL: none
 */
enum lb_status lb_strip_create(struct lb_strip *strip, struct lb_run *run,
                               struct lb_geometry *geometry, const float *path, double distance);
/** The same, without latent geodesic, along a random geodesic of this length, from stream `number`
 * of the run's seed. *found false: there is none of this length. */
enum lb_status lb_strip_draw(struct lb_strip *strip, struct lb_run *run, uint32_t number,
                             double distance, bool *found);
void lb_strip_free(struct lb_strip *strip);

#endif
