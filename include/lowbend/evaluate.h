/* What a trained run is measured by (method.md, section 5), on fresh points and pairs. */
#ifndef LOWBEND_EVALUATE_H
#define LOWBEND_EVALUATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lowbend/energy.h>
#include <lowbend/run.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A Monte Carlo mean and its standard error. */
struct lb_estimate {
    double mean;
    double standard_error;
};

/** Interpolation at one distance d of the end points; NAN where the run has no decoder. */
struct lb_interpolation_errors {
    double distance;               ///< d(x, y)
    struct lb_estimate latent_gap; ///< |(phi(x) + phi(y)) / 2 - phi(av(x, y))|
    struct lb_estimate
        off_manifold; ///< distance of the straight latent path from phi(M), mean over the path
    struct lb_estimate image_mse; ///< of psi((1-t) phi(x) + t phi(y)) against the geodesic's image
    struct lb_estimate blend_mse; ///< of (1-t) I(x) + t I(y) against it
    struct lb_estimate geodesic_mse; ///< of the decoded latent geodesic against it; NAN where the
                                     ///< run has no projection
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[6];
};

/** All numbers of eval.json, and the samples its pictures show. */
struct lb_evaluation {
    struct lb_estimate energy; ///< E_epsilon at the run's own epsilon, lambda and c
    struct lb_estimate distortion;
    struct lb_estimate bending;
    double minimum; ///< E*; NAN: unknown
    double gap;     ///< energy - E*

    /* Singular values of D phi in orthonormal tangent frames, by central differences. */
    double sigma_min;
    double sigma_median;
    double sigma_max;
    double mean_abs_log_sigma;
    double scale;                 ///< exp(mean log sigma)
    double scaled_isometry_error; ///< standard deviation of log sigma
    double condition_mean;
    double condition_p95;
    /* avg |Hess phi(v, v)|^2 over unit v, split by the tangent space of phi(M). */
    double bending_normal;
    double bending_tangential;

    /* d(x, y) against |phi(x) - phi(y)| over all ranges. */
    double stress;    ///< sqrt(sum (a L - d)^2 / sum d^2) with the best factor a
    double pearson;   ///< correlation of d and L
    double spearman;  ///< rank correlation
    double min_ratio; ///< smallest L / d among pairs with d at least epsilon

    struct lb_interpolation_errors *interpolation; ///< by growing distance
    size_t interpolation_count;

    double reconstruction_mse; ///< per pixel; NAN: no decoder
    double psnr;               ///< dB, for values in [0,1]

    /* Neighbourhoods in latent space against those by the true distance, of k nearest points. */
    double knn_recall;
    double trustworthiness;
    double continuity;

    double *pca_variance; ///< share of each principal component of the codes
    size_t pca_count;

    double *sigmas; ///< every singular value, for the histogram
    size_t sigma_count;
    double *distances; ///< (pair_count) d of the pairs behind stress
    double *chords;    ///< (pair_count) L of the same pairs
    size_t pair_count;

    /* Where E* is not known: what a small network reaches that is trained on the manifold's points
     * themselves, at the run's epsilon, lambda, c and latent dimension. */
    double attainable;        ///< E of it; NAN: not known, or not needed
    double attainable_recall; ///< knn_recall of it
    double ratio;             ///< energy / E*, or energy / attainable; NAN: neither is known
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[29];
};

/** What a number needs to be known; bits. */
enum lb_number_needs {
    LB_NEEDS_MANIFOLD = 1, ///< unknown of a run on own pairs
    LB_NEEDS_DECODER = 2,
    LB_NEEDS_SEARCH = 4,     ///< of the nearest points of the manifold: left out where time matters
    LB_NEEDS_PROJECTION = 8, ///< onto the latent manifold, see projection.h
};

/** Which of two values of a number speaks for the encoder. */
enum lb_better {
    LB_BETTER_NEITHER,
    LB_BETTER_LOWER,
    LB_BETTER_HIGHER,
    LB_BETTER_NEAR_ONE,
};

/** A number as tables show it. Its texts are static. */
struct lb_number_info {
    const char *key;     ///< in eval.json; that of its standard error ends in "_stderr"
    const char *name;    ///< for people
    const char *unit;    ///< NULL: it has none
    const char *help;    ///< what it is, in some words
    const char *measure; ///< that it belongs to
    enum lb_better better;
    unsigned needs; ///< of lb_number_needs
    bool has_error; ///< is a mean with a standard error
};

/** The numbers of an evaluation that stand alone, in the order of eval.json. */
LB_API size_t lb_evaluation_number_count(void);
LB_API struct lb_number_info lb_evaluation_number_at(size_t i);
/** The i-th of them; NAN where it is not known, as its standard error where it has none. */
LB_API struct lb_estimate lb_evaluation_number(const struct lb_evaluation *evaluation, size_t i);

/** The same of one distance's errors of interpolation; the first is the distance itself. */
LB_API size_t lb_interpolation_number_count(void);
LB_API struct lb_number_info lb_interpolation_number_at(size_t i);
LB_API struct lb_estimate lb_interpolation_number(const struct lb_interpolation_errors *errors,
                                                  size_t i);

struct lb_evaluate_params {
    size_t pairs;  ///< pairs behind E; default 8192
    size_t points; ///< points of every other measure, at least 64; default 1024
    uint64_t seed; ///< default 0; never the training's random numbers
    /** Nothing is trained for `attainable`: it is what the cache folder has of it, or not known.
     * Default false: up to a minute for each manifold and its settings, once. */
    bool no_attainable;
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[7];
};

/**
 * Told before each measure, and again with the same arguments in every batch of it; returns false
 * to stop.
 */
typedef bool (*lb_evaluate_fn)(void *user, const char *measure, int done, int total);

/**
 * Measures a run. Of a run on own pairs only energy and reconstruction, on all held-out pairs; the
 * rest needs the manifold and stays NAN or empty.
 *
 * @param params NULL: the defaults
 * @param progress may be NULL
 * @param out free it with lb_evaluation_free(), also on failure
 *
 * @return LB_OK, LB_ERR_INTERRUPTED (progress said stop), LB_ERR_NUMERIC (codes are not finite),
 *         LB_ERR_ARGUMENT (too few pairs or points), LB_ERR_MEMORY, LB_ERR_OPENCL
 */
LB_API enum lb_status lb_run_evaluate(struct lb_run *run, const struct lb_evaluate_params *params,
                                      lb_evaluate_fn progress, void *user,
                                      struct lb_evaluation *out);
LB_API void lb_evaluation_free(struct lb_evaluation *evaluation);

/** The JSON text of eval.json, to be freed with free(); NULL when out of memory. */
LB_API char *lb_evaluation_json(const struct lb_evaluation *evaluation);

/** Writes eval.json into the RUN folder. */
LB_API enum lb_status lb_run_write_evaluation(struct lb_run *run,
                                              const struct lb_evaluation *evaluation);

/**
 * Writes singular_values.png, distances.png and interpolation_error.png into the RUN folder, each
 * only if the evaluation has what it shows.
 */
LB_API enum lb_status lb_run_write_evaluation_pictures(struct lb_run *run,
                                                       const struct lb_evaluation *evaluation);

#ifdef __cplusplus
}
#endif

#endif
