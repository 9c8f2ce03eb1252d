/* geometry.json: arrays over distances and triangles under the keys that scripts rely on. */
#include <lowbend/geometry_evaluation.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "run/run.h"
#include "run/run_files.h"

/* Key of an array over the distances. */
struct column {
    const char *key;
    size_t offset; ///< of a struct lb_estimate
};

#define AT(field) offsetof(struct lb_geometry_errors, field)

static const struct column geodesic_columns[] = {
    {"length", AT(length)},         {"length_over_d", AT(length_over_d)},
    {"path_error", AT(path_error)}, {"image_mse", AT(image_mse)},
    {"line_mse", AT(line_mse)},     {"blend_mse", AT(blend_mse)},
};
static const struct column exponential_columns[] = {
    {"error", AT(exponential)},
    {"image_mse", AT(exponential_mse)},
};
static const struct column transport_columns[] = {{"angle_error", AT(transport)}};
static const struct column mean_columns[] = {{"error", AT(mean_error)}};

/* False when out of memory, likewise below. */
static bool add_array(json_t *object, const char *key, const double *values, size_t n)
{
    json_t *array = json_array();
    bool complete = array != NULL;
    for (size_t i = 0; i < n && complete; i++) {
        complete = json_array_append_new(array, lb_json_number(values[i])) == 0;
    }
    return complete && json_object_set_new(object, key, array) == 0;
}

static bool add_column(json_t *object, const struct column *column,
                       const struct lb_geometry_evaluation *e)
{
    char error_key[64];
    double means[LB_GEOMETRY_DISTANCES];
    double errors[LB_GEOMETRY_DISTANCES];
    for (size_t i = 0; i < e->count; i++) {
        struct lb_estimate value;
        memcpy(&value, (const char *)&e->errors[i] + column->offset, sizeof value);
        means[i] = value.mean;
        errors[i] = value.standard_error;
    }
    snprintf(error_key, sizeof error_key, "%s_stderr", column->key);
    return add_array(object, column->key, means, e->count) &&
           add_array(object, error_key, errors, e->count);
}

static bool add_table(json_t *root, const char *key, const struct column *columns, size_t n,
                      const struct lb_geometry_evaluation *e)
{
    json_t *object = json_object();
    double distances[LB_GEOMETRY_DISTANCES];
    for (size_t i = 0; i < e->count; i++) {
        distances[i] = e->errors[i].distance;
    }
    bool complete = object != NULL && add_array(object, "d", distances, e->count);
    for (size_t i = 0; i < n && complete; i++) {
        complete = add_column(object, &columns[i], e);
    }
    return complete && json_object_set_new(root, key, object) == 0;
}

static bool add_holonomy(json_t *root, const struct lb_geometry_evaluation *e)
{
    json_t *object = json_object();
    return object != NULL && add_array(object, "area", e->area, e->triangles) &&
           add_array(object, "angle", e->angle, e->triangles) &&
           json_object_set_new(root, "holonomy", object) == 0;
}

static bool add_projection(json_t *root, const struct lb_geometry_evaluation *e)
{
    const struct lb_projection_info *p = &e->projection;
    const struct {
        const char *key;
        double value;
    } numbers[] = {
        {"residual", p->residual},
        {"scale", e->scale},
        {"sigma", p->sigma},
        {"curvature", p->curvature},
        {"spread", p->spread},
        {"dimension", (double)p->dimension},
        {"segments", (double)e->segments},
    };
    bool complete = true;
    for (size_t i = 0; i < LB_COUNT(numbers) && complete; i++) {
        complete = json_object_set_new(root, numbers[i].key, lb_json_number(numbers[i].value)) == 0;
    }
    return complete;
}

char *lb_geometry_evaluation_json(const struct lb_geometry_evaluation *evaluation)
{
    json_t *root = json_object();
    const bool complete =
        root != NULL &&
        add_table(root, "geodesic", geodesic_columns, LB_COUNT(geodesic_columns), evaluation) &&
        add_table(root, "exponential", exponential_columns, LB_COUNT(exponential_columns),
                  evaluation) &&
        add_table(root, "transport", transport_columns, LB_COUNT(transport_columns), evaluation) &&
        add_table(root, "mean", mean_columns, LB_COUNT(mean_columns), evaluation) &&
        (evaluation->triangles == 0 || add_holonomy(root, evaluation)) &&
        add_projection(root, evaluation);
    char *text =
        complete
            ? lb_json_print(root, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(15))
            : NULL;
    json_decref(root);
    return text;
}

enum lb_status lb_run_write_geometry(struct lb_run *run,
                                     const struct lb_geometry_evaluation *evaluation)
{
    char *text = lb_geometry_evaluation_json(evaluation);
    char *path = lb_run_file_path(run->path, LB_RUN_GEOMETRY);
    const enum lb_status status = text == NULL || path == NULL
                                      ? lb_fail_memory(run->ctx, lb_run_file_name(LB_RUN_GEOMETRY))
                                      : lb_file_write(run->ctx, path, text, strlen(text));
    free(text);
    free(path);
    return status;
}
