/* What a measure is: it fills its own fields of an evaluation, and says how they are shown. */
#ifndef LB_EVAL_MEASURE_H
#define LB_EVAL_MEASURE_H

#include <lowbend/evaluate.h>

#include "run/run.h"

/** A number and its place in the structure that holds it: a double, or a struct lb_estimate if it
 * has an error. The name of its measure is filled in by who shows it. */
struct lb_number_row {
    struct lb_number_info info;
    size_t offset;
};

struct lb_estimate lb_number_get(const struct lb_number_row *row, const void *from);
/** Without an error of its own the standard error is dropped. */
void lb_number_set(const struct lb_number_row *row, void *to, struct lb_estimate value);

struct lb_measure {
    const char *name;
    unsigned needs; ///< of lb_number_needs: where the run lacks one the measure is left out
    /** Refuses what cannot be done before anything is measured; NULL: nothing. */
    enum lb_status (*check)(struct lb_run *run, const struct lb_evaluate_params *params);
    /** LB_ERR_INTERRUPTED where lb_run_check_cancelled() says so, which it asks in every batch.
     * NULL: another measure finds these numbers on its way. */
    enum lb_status (*run)(struct lb_run *run, const struct lb_evaluate_params *params,
                          struct lb_evaluation *out);
    const struct lb_number_row *numbers;
    size_t count; ///< of numbers
};

/* Each in a file of its own. */
extern const struct lb_measure lb_energy_measure;
extern const struct lb_measure lb_attainable_measure;
extern const struct lb_measure lb_differential_measure;
extern const struct lb_measure lb_distance_measure;
extern const struct lb_measure lb_reconstruction_measure;
extern const struct lb_measure lb_neighbourhood_measure;
extern const struct lb_measure lb_interpolation_measure;

/** All of them, in the order in which they are taken and their numbers are shown. */
extern const struct lb_measure *const lb_measures[];
extern const size_t lb_measure_count;

/** Of one distance of the interpolation measure, in a struct lb_interpolation_errors. */
extern const struct lb_number_row lb_interpolation_rows[];
extern const size_t lb_interpolation_row_count;

/** The i-th number of all measures; its measure, if not NULL, goes to *measure. */
const struct lb_number_row *lb_measure_row(size_t i, const struct lb_measure **measure);

#endif
