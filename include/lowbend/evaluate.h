/* Quality measures of a trained run (method.md, section 5), on fresh points and pairs. */
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

/** Interpolation errors at one distance d between the end points; NAN if the run has no decoder. */
struct lb_interpolation_errors {
    double distance;               ///< d(x, y)
    struct lb_estimate latent_gap; ///< |(phi(x) + phi(y)) / 2 - phi(av(x, y))|
    /** Distance of the straight latent path from phi(M), averaged over the path. */
    struct lb_estimate off_manifold;
    /** Psi((1-t) phi(x) + t phi(y)) against the image of the geodesic. */
    struct lb_estimate image_mse;
    struct lb_estimate blend_mse;    ///< pixel blend (1-t) I(x) + t I(y) against the same
    struct lb_estimate geodesic_mse; ///< decoded latent geodesic against the same; NAN if the run
                                     ///< has no projection
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[6];
};

/** All values of eval.json, and the samples behind its plots. */
struct lb_evaluation {
    struct lb_estimate energy; ///< E_epsilon at the run's epsilon, lambda and c
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
    /* Mean |Hess phi(v, v)|^2 over unit v, split into parts normal and tangential to phi(M). */
    double bending_normal;
    double bending_tangential;

    /* d(x, y) against L = |phi(x) - phi(y)| over all distances. */
    double stress;    ///< sqrt(sum (a L - d)^2 / sum d^2) with the best scale factor a
    double pearson;   ///< correlation of d and L
    double spearman;  ///< rank correlation
    double min_ratio; ///< smallest L / d among pairs with d >= epsilon

    struct lb_interpolation_errors *interpolation; ///< by increasing distance
    size_t interpolation_count;

    double reconstruction_mse; ///< per pixel; NAN: no decoder
    double psnr;               ///< dB, for values in [0,1]

    /* k nearest neighbours in latent space against those by true distance. */
    double knn_recall;
    double trustworthiness;
    double continuity;

    double *pca_variance; ///< fraction of variance per principal component of the codes
    size_t pca_count;

    double *sigmas; ///< all singular values, for the histogram
    size_t sigma_count;
    double *distances; ///< (pair_count) d of the pairs used for stress
    double *chords;    ///< (pair_count) L of the same pairs
    size_t pair_count;

    /* If E* is unknown: results of a small network trained on the manifold's points, with the run's
     * epsilon, lambda, c and latent dimension. */
    double attainable;        ///< its E; NAN: unknown or not needed
    double attainable_recall; ///< its knn_recall
    double ratio;             ///< energy / E* or energy / attainable; NAN: neither is known
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[29];
};

/** What a metric requires (bit flags). */
enum lb_number_needs {
    LB_NEEDS_MANIFOLD = 1, ///< not available for a run on user pairs
    LB_NEEDS_DECODER = 2,
    LB_NEEDS_SEARCH =
        4, ///< needs a search for nearest points on the manifold, skipped to save time
    LB_NEEDS_PROJECTION = 8, ///< projection onto the latent manifold (see projection.h)
};

/** Which direction of a metric is better. */
enum lb_better {
    LB_BETTER_NEITHER,
    LB_BETTER_LOWER,
    LB_BETTER_HIGHER,
    LB_BETTER_NEAR_ONE,
};

/** Description of a metric. The strings are static. */
struct lb_number_info {
    const char *key;     ///< key in eval.json; its standard error has the suffix "_stderr"
    const char *name;    ///< name shown to users
    const char *unit;    ///< NULL: none
    const char *help;    ///< short description
    const char *measure; ///< the measure that computes it
    enum lb_better better;
    unsigned needs; ///< flags of lb_number_needs
    bool has_error; ///< true if it is a mean with a standard error
};

/** The scalar metrics of an evaluation, in the order of eval.json. */
LB_API size_t lb_evaluation_number_count(void);
LB_API struct lb_number_info lb_evaluation_number_at(size_t i);
/** Value i; NAN if unknown. Its standard error is NAN if there is none. */
LB_API struct lb_estimate lb_evaluation_number(const struct lb_evaluation *evaluation, size_t i);

/** Likewise for the interpolation errors at one distance; the first is the distance itself. */
LB_API size_t lb_interpolation_number_count(void);
LB_API struct lb_number_info lb_interpolation_number_at(size_t i);
LB_API struct lb_estimate lb_interpolation_number(const struct lb_interpolation_errors *errors,
                                                  size_t i);

struct lb_evaluate_params {
    size_t pairs;  ///< pairs used to estimate E; default 8192
    size_t points; ///< points used by all other measures, at least 64; default 1024
    uint64_t seed; ///< default 0; independent of the training's random numbers
    /** Skips training for `attainable`: only a value in the cache folder is used. Default false;
     * training takes up to a minute, once per manifold and settings. */
    bool no_attainable;
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[7];
};

/**
 * Called before each measure and with the same arguments for each of its batches. Return false to
 * stop.
 */
typedef bool (*lb_evaluate_fn)(void *user, const char *measure, int done, int total);

/**
 * Evaluates a run. For a run on user pairs this covers only energy and reconstruction, on all
 * held-out pairs; everything else needs the manifold and stays NAN or empty.
 *
 * @param params NULL: the defaults
 * @param progress may be NULL
 * @param out free it with lb_evaluation_free(), even on failure
 *
 * @return LB_OK, LB_ERR_INTERRUPTED (progress returned false), LB_ERR_NUMERIC (codes are not
 *         finite), LB_ERR_ARGUMENT (too few pairs or points), LB_ERR_MEMORY, LB_ERR_OPENCL
 */
LB_API enum lb_status lb_run_evaluate(struct lb_run *run, const struct lb_evaluate_params *params,
                                      lb_evaluate_fn progress, void *user,
                                      struct lb_evaluation *out);
LB_API void lb_evaluation_free(struct lb_evaluation *evaluation);

/** The JSON text of eval.json; release it with free(). NULL if out of memory. */
LB_API char *lb_evaluation_json(const struct lb_evaluation *evaluation);

/** Writes eval.json to the RUN folder. */
LB_API enum lb_status lb_run_write_evaluation(struct lb_run *run,
                                              const struct lb_evaluation *evaluation);

/**
 * Writes singular_values.png, distances.png and interpolation_error.png to the RUN folder, skipping
 * plots whose data the evaluation lacks.
 */
LB_API enum lb_status lb_run_write_evaluation_pictures(struct lb_run *run,
                                                       const struct lb_evaluation *evaluation);

#ifdef __cplusplus
}
#endif

#endif
