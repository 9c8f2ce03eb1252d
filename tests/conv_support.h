/* Networks with image layers on random numbers: their passes against plain C in double. */
#ifndef LB_TESTS_CONV_SUPPORT_H
#define LB_TESTS_CONV_SUPPORT_H

#include "conv_reference.h"
#include "nn/network.h"
#include "support.h"

/** A network and the buffers for its passes; conv_subject_free() it. */
struct conv_subject {
    const struct device_fixture *fixture;
    struct lb_network *network;
    struct lb_activations *activations;
    int rows;
    size_t inputs;  ///< of all rows together
    size_t outputs; ///< of all rows together
    cl_mem input;
    cl_mem gradient;
    cl_mem input_gradient;
};

/** `spare`: additional rows of the activations beyond the batch. */
struct conv_subject conv_subject_make(const struct device_fixture *fixture, struct lb_gemm *gemm,
                                      const struct lb_layer_list *layers, int rows, int spare);
void conv_subject_free(struct conv_subject *subject);

/** Runs forward and backward; with `accumulate` the input gradient is added to the existing
    numbers. */
void conv_run(const struct conv_subject *subject, const double *cotangent, bool accumulate);

/** Results of the passes; conv_results_free() it. */
struct conv_results {
    float *output;
    float *gradient;
    float *input_gradient;
};
struct conv_results conv_results_read(const struct conv_subject *subject);
void conv_results_free(struct conv_results *results);

/** Compares two gradients of a parameter block; `tolerance` is relative to a layer's largest
    number. */
void conv_check_parameters(const char *name, const struct lb_layer_list *layers, const float *got,
                           const double *want, double tolerance);

/** Runs the passes twice and compares; the second adds to the first run's input gradient. */
void conv_check_passes(const char *name, const struct conv_subject *subject,
                       const double *cotangent, const struct conv_passes *want, double tolerance);

/** A network in text form (nn/layers.h). */
struct conv_text {
    struct lb_shape input;
    const char *layers;
};
struct lb_layer_list conv_text_parse(const struct conv_text *text, enum lb_activation activation);

/** Random numbers, rounded to float32; conv_problem_free() it. */
struct conv_problem {
    double *block; ///< with weights that keep activations near 1
    double *input;
    double *cotangent;
    double *mean; ///< (rows, outputs)
};
/** Also writes the block and the input to the device. */
struct conv_problem conv_problem_make(const struct conv_subject *subject);
void conv_problem_free(struct conv_problem *problem);

/** Writes n numbers to a buffer, as floats. */
void conv_write(const struct conv_subject *subject, cl_mem mem, const double *values, size_t n);

/** conv_check_passes() for a network on a random problem. */
void conv_check_text(const struct device_fixture *fixture, struct lb_gemm *gemm,
                     const struct conv_text *text, enum lb_activation activation, int spare,
                     double tolerance);

#endif
