#include "conv_support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn/activation.h"
#include "nn/layers.h"

struct conv_subject conv_subject_make(const struct device_fixture *fixture, struct lb_gemm *gemm,
                                      const struct lb_layer_list *layers, int rows, int spare)
{
    struct conv_subject s = {.fixture = fixture, .rows = rows};
    require_ok(fixture, lb_network_create(&s.network, fixture->device, gemm, layers));
    require_ok(fixture,
               lb_activations_create(&s.activations, fixture->device, layers, rows + spare, true));
    s.inputs = (size_t)rows * (size_t)lb_network_inputs(s.network);
    s.outputs = (size_t)rows * (size_t)lb_network_outputs(s.network);
    require_ok(fixture,
               lb_buffer_create(fixture->device, &s.input, s.inputs * sizeof(float), "input"));
    require_ok(fixture, lb_buffer_create(fixture->device, &s.gradient,
                                         (layers->block_size + 1) * sizeof(float), "gradient"));
    require_ok(fixture, lb_buffer_create(fixture->device, &s.input_gradient,
                                         s.inputs * sizeof(float), "input gradient"));
    return s;
}

void conv_subject_free(struct conv_subject *s)
{
    lb_buffer_release(&s->input);
    lb_buffer_release(&s->gradient);
    lb_buffer_release(&s->input_gradient);
    lb_activations_destroy(&s->activations);
    lb_network_destroy(&s->network);
}

void conv_write(const struct conv_subject *s, cl_mem mem, const double *values, size_t n)
{
    float *narrow = allocate(n + 1, sizeof *narrow);
    for (size_t i = 0; i < n; i++) {
        narrow[i] = (float)values[i];
    }
    require_ok(s->fixture, lb_buffer_write(s->fixture->device, mem, 0, narrow, n * sizeof *narrow));
    free(narrow);
}

/* Forward and backward; with `accumulate` the input gradient is added to the existing numbers. */
void conv_run(const struct conv_subject *s, const double *cotangent, bool accumulate)
{
    const struct lb_matrix input = {s->input, 0, (size_t)lb_network_inputs(s->network)};
    require_ok(s->fixture, lb_network_forward(s->network, s->activations, input, s->rows));
    conv_write(s, lb_activations_output_gradient(s->activations), cotangent, s->outputs);
    require_ok(s->fixture,
               lb_network_backward(s->network, s->activations, input, s->rows, s->gradient,
                                   (struct lb_input_gradient){s->input_gradient, accumulate}));
}

struct conv_results conv_results_read(const struct conv_subject *s)
{
    return (struct conv_results){
        download(s->fixture, lb_activations_output(s->activations), s->outputs),
        download(s->fixture, s->gradient, s->network->layers.block_size + 1),
        download(s->fixture, s->input_gradient, s->inputs),
    };
}

void conv_results_free(struct conv_results *results)
{
    free(results->output);
    free(results->gradient);
    free(results->input_gradient);
}

/* Compares weight and bias together: with one channel the bias gradient is a single sum, which may
 * nearly cancel. */
void conv_check_parameters(const char *name, const struct lb_layer_list *layers, const float *got,
                           const double *want, double tolerance)
{
    char what[160];
    for (int k = 0; k < layers->count; k++) {
        const struct lb_layer *layer = &layers->layer[k];
        const size_t weights = lb_layer_weight_count(layer);
        const size_t n = lb_layer_parameter_count(layer);
        float *numbers = allocate(n + 1, sizeof *numbers);
        double *wanted = allocate(n + 1, sizeof *wanted);
        for (size_t i = 0; i < n; i++) {
            const size_t at = i < weights ? layer->weight + i : layer->bias + i - weights;
            numbers[i] = got[at];
            wanted[i] = want[at];
        }
        snprintf(what, sizeof what, "%s: gradient of layer %d", name, k);
        check_floats(what, numbers, wanted, n, tolerance);
        free(numbers);
        free(wanted);
    }
}

/* Runs the passes twice and compares; the second adds to the first run's input gradient. */
void conv_check_passes(const char *name, const struct conv_subject *s, const double *cotangent,
                       const struct conv_passes *want, double tolerance)
{
    char what[160];
    double *sum = allocate(s->inputs, sizeof *sum);
    for (int pass = 0; pass < 2; pass++) {
        conv_run(s, cotangent, pass == 1);
        struct conv_results got = conv_results_read(s);
        for (size_t i = 0; i < s->inputs; i++) {
            sum[i] += want->input_gradient[i];
        }
        snprintf(what, sizeof what, "%s: output", name);
        check_floats(what, got.output, want->output, s->outputs, tolerance);
        conv_check_parameters(name, &s->network->layers, got.gradient, want->gradient, tolerance);
        snprintf(what, sizeof what, "%s: gradient of the input, pass %d", name, pass);
        check_floats(what, got.input_gradient, sum, s->inputs, tolerance);
        conv_results_free(&got);
    }
    free(sum);
}

struct lb_layer_list conv_text_parse(const struct conv_text *text, enum lb_activation activation)
{
    struct lb_text why = {0};
    struct lb_layer_list list = lb_layer_list(text->input);
    if (!lb_layers_parse(&list, text->layers, activation, &why)) {
        fail_msg("%s: %s", text->layers, why.data);
    }
    lb_text_free(&why);
    return list;
}

static double *draw_doubles(uint32_t stream, size_t n, double scale)
{
    double *values = allocate(n + 1, sizeof *values);
    for (size_t i = 0; i < n; i++) {
        values[i] = scale * (double)draw(stream, i);
        values[i] = (double)(float)values[i];
    }
    return values;
}

/* Weights that keep activations near 1. */
struct conv_problem conv_problem_make(const struct conv_subject *s)
{
    const struct lb_layer_list *layers = &s->network->layers;
    struct conv_problem p = {
        .block = draw_doubles(1, layers->block_size, 1.0),
        .input = draw_doubles(2, s->inputs, 1.0),
        .cotangent = draw_doubles(3, s->outputs, 1.0),
        .mean = draw_doubles(4, s->outputs, 1.0),
    };
    for (int k = 0; k < layers->count; k++) {
        const struct lb_layer *layer = &layers->layer[k];
        const size_t weights = lb_layer_weight_count(layer);
        for (size_t i = 0; i < weights; i++) {
            const double terms =
                (double)weights / lb_shape_size(lb_shape_vector(layer->out.channels));
            p.block[layer->weight + i] =
                (double)(float)(p.block[layer->weight + i] * sqrt(3.0 / fmax(terms, 1.0)));
        }
    }
    conv_write(s, s->network->parameters, p.block, layers->block_size);
    conv_write(s, s->input, p.input, s->inputs);
    return p;
}

void conv_problem_free(struct conv_problem *p)
{
    free(p->block);
    free(p->input);
    free(p->cotangent);
    free(p->mean);
}

void conv_check_text(const struct device_fixture *fixture, struct lb_gemm *gemm,
                     const struct conv_text *text, enum lb_activation activation, int spare,
                     double tolerance)
{
    enum { ROWS = 5 };
    char name[160];
    const struct lb_layer_list layers = conv_text_parse(text, activation);
    struct conv_subject s = conv_subject_make(fixture, gemm, &layers, ROWS, spare);
    struct conv_problem p = conv_problem_make(&s);
    snprintf(name, sizeof name, "%s: %s, %s", lb_gemm_kind_name(lb_gemm_get_kind(gemm)),
             text->layers, lb_activation_name(activation));
    struct conv_passes want = conv_reference(&layers, p.block, NULL, p.input, p.cotangent, ROWS);
    conv_check_passes(name, &s, p.cotangent, &want, tolerance);
    conv_passes_free(&want);
    conv_problem_free(&p);
    conv_subject_free(&s);
}
