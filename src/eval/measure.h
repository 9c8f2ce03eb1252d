/* Interface of a measure: it sets its fields of an evaluation, and describes how to show them. */
#ifndef LB_EVAL_MEASURE_H
#define LB_EVAL_MEASURE_H

#include <lowbend/evaluate.h>

#include "run/run.h"

/** A number and its place in the structure: a double, or a struct lb_estimate if it has an error.
 * Callers that print it set the name of its measure. */
struct lb_number_row {
    struct lb_number_info info;
    size_t offset;
};

struct lb_estimate lb_number_get(const struct lb_number_row *row, const void *from);
/** Drops the standard error if the number has none. */
void lb_number_set(const struct lb_number_row *row, void *to, struct lb_estimate value);

struct lb_measure {
    const char *name;
    unsigned needs; ///< flags of lb_number_needs: the measure is skipped if the run lacks one
    /** Rejects impossible requests before anything is measured; NULL: no check. */
    enum lb_status (*check)(struct lb_run *run, const struct lb_evaluate_params *params);
    /** Calls lb_run_check_cancelled() in every batch and returns LB_ERR_INTERRUPTED if it says so.
     * NULL: another measure computes these numbers. */
    enum lb_status (*run)(struct lb_run *run, const struct lb_evaluate_params *params,
                          struct lb_evaluation *out);
    const struct lb_number_row *numbers;
    size_t count; ///< number of rows
};

/* Each in its own file. */
extern const struct lb_measure lb_energy_measure;
extern const struct lb_measure lb_attainable_measure;
extern const struct lb_measure lb_differential_measure;
extern const struct lb_measure lb_distance_measure;
extern const struct lb_measure lb_reconstruction_measure;
extern const struct lb_measure lb_neighbourhood_measure;
extern const struct lb_measure lb_interpolation_measure;

/** All measures, in the order in which they run and are shown. */
extern const struct lb_measure *const lb_measures[];
extern const size_t lb_measure_count;

/** Numbers of the interpolation measure at one distance, in a struct lb_interpolation_errors. */
extern const struct lb_number_row lb_interpolation_rows[];
extern const size_t lb_interpolation_row_count;

/** Number i of all measures; *measure, unless NULL, receives its measure. */
const struct lb_number_row *lb_measure_row(size_t i, const struct lb_measure **measure);

#endif
