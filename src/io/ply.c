#include "io/ply.h"

#include <math.h>
#include <string.h>

#include "base/ascii.h"
#include "io/ply_header.h"

/* ---- values ---------------------------------------------------------------------------------- */

static enum lb_status fail_value(const struct lb_ply *ply, const struct lb_ply_element *element,
                                 size_t i, const char *why)
{
    return lb_mesh_fail(ply->text, "%s %zu %s", element->name.text, i, why);
}

static const char cut_short[] = "is missing (the file is damaged or truncated)";

static bool has_bytes(const struct lb_ply *ply, size_t count, size_t bytes)
{
    return count <= (size_t)(ply->text->end - ply->text->at) / bytes;
}

/* Reads a binary value, which must be available. */
static double take_value(struct lb_ply *ply, const struct lb_ply_type *type)
{
    unsigned char bytes[8] = {0};
    for (size_t i = 0; i < type->bytes; i++) {
        bytes[ply->big_endian ? type->bytes - 1 - i : i] = (unsigned char)ply->text->at[i];
    }
    ply->text->at += type->bytes;
    if (type->kind == LB_PLY_REAL && type->bytes == 4) {
        float value;
        memcpy(&value, bytes, sizeof value);
        return (double)value;
    }
    if (type->kind == LB_PLY_REAL) {
        double value;
        memcpy(&value, bytes, sizeof value);
        return value;
    }
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    const double range = ldexp(1.0, 8 * (int)type->bytes);
    const bool negative = type->kind == LB_PLY_SIGNED && value >> (8 * type->bytes - 1) & 1;
    return negative ? (double)value - range : (double)value;
}

static enum lb_status read_value(struct lb_ply *ply, const struct lb_ply_element *element, size_t i,
                                 const struct lb_ply_type *type, double *value)
{
    if (!ply->binary) {
        return lb_mesh_read_real(ply->text, element->name.text, value);
    }
    if (!has_bytes(ply, 1, type->bytes)) {
        return fail_value(ply, element, i, cut_short);
    }
    *value = take_value(ply, type);
    return fabs(*value) <= LB_MESH_LARGEST
               ? LB_OK
               : fail_value(ply, element, i,
                            "has a number that is not finite or of unreasonable size (correct it)");
}

static enum lb_status skip_values(struct lb_ply *ply, const struct lb_ply_element *element,
                                  size_t i, const struct lb_ply_type *type, size_t count)
{
    struct lb_mesh_word word;
    if (ply->binary) {
        if (!has_bytes(ply, count, type->bytes)) {
            return fail_value(ply, element, i, cut_short);
        }
        ply->text->at += count * type->bytes;
        return LB_OK;
    }
    for (size_t k = 0; k < count; k++) {
        if (!lb_mesh_word(ply->text, &word)) {
            return fail_value(ply, element, i, cut_short);
        }
    }
    return LB_OK;
}

static enum lb_status read_count(struct lb_ply *ply, const struct lb_ply_element *element, size_t i,
                                 const struct lb_ply_property *property, size_t *count)
{
    double value = 0.0;
    *count = 1;
    if (property->count == NULL) {
        return LB_OK;
    }
    LB_TRY(read_value(ply, element, i, property->count, &value));
    if (!(value >= 0.0 && value <= (double)UINT32_MAX && value == floor(value))) {
        return fail_value(ply, element, i,
                          "has a list whose length is not an integer (correct it)");
    }
    *count = (size_t)value;
    return LB_OK;
}

/* ---- elements -------------------------------------------------------------------------------- */

/* Triangles of a strip: each reuses the two previous corners, with alternating orientation. */
struct strip {
    uint32_t corners[2];
    size_t count;
};

static enum lb_status add_to_strip(struct lb_ply *ply, struct strip *strip, uint32_t corner)
{
    struct lb_mesh_builder *builder = ply->builder;
    if (strip->count >= 2) {
        const bool odd = strip->count % 2 == 1;
        LB_TRY(lb_mesh_builder_add_corner(builder, ply->text, strip->corners[odd]));
        LB_TRY(lb_mesh_builder_add_corner(builder, ply->text, strip->corners[!odd]));
        LB_TRY(lb_mesh_builder_add_corner(builder, ply->text, corner));
        LB_TRY(lb_mesh_builder_end_face(builder, ply->text, NULL));
    }
    strip->corners[0] = strip->corners[1];
    strip->corners[1] = corner;
    strip->count++;
    return LB_OK;
}

static enum lb_status read_corners(struct lb_ply *ply, const struct lb_ply_element *element,
                                   size_t i, const struct lb_ply_type *type, size_t count)
{
    const bool strips = element->kind == LB_PLY_STRIPS;
    struct strip strip = {.count = 0};
    for (size_t k = 0; k < count; k++) {
        double corner = 0.0;
        LB_TRY(read_value(ply, element, i, type, &corner));
        if (strips && corner == -1.0) { // start of the next strip
            strip.count = 0;
            continue;
        }
        if (!(corner >= 0.0 && corner < (double)ply->builder->mesh->n_vertices &&
              corner == floor(corner))) {
            return fail_value(ply, element, i, "has a corner that is not a vertex (correct it)");
        }
        LB_TRY(strips ? add_to_strip(ply, &strip, (uint32_t)corner)
                      : lb_mesh_builder_add_corner(ply->builder, ply->text, (uint32_t)corner));
    }
    return LB_OK;
}

static enum lb_status read_one(struct lb_ply *ply, const struct lb_ply_element *element, size_t i)
{
    double values[LB_PLY_N_VALUES] = {0.0};
    float color[3];
    for (size_t p = 0; p < element->properties; p++) {
        const struct lb_ply_property *property = &ply->properties[element->first + p];
        size_t count;
        LB_TRY(read_count(ply, element, i, property, &count));
        if (property->role < LB_PLY_N_VALUES) {
            LB_TRY(read_value(ply, element, i, property->type, &values[property->role]));
        } else if (property->role == LB_PLY_CORNERS) {
            LB_TRY(read_corners(ply, element, i, property->type, count));
        } else {
            LB_TRY(skip_values(ply, element, i, property->type, count));
        }
    }
    const bool colored =
        element->has[LB_PLY_RED] && element->has[LB_PLY_GREEN] && element->has[LB_PLY_BLUE];
    if (colored) {
        LB_TRY(lb_mesh_builder_color(ply->builder, ply->text, values + LB_PLY_RED, element->white,
                                     color));
    }
    if (element->kind == LB_PLY_VERTEX) {
        return lb_mesh_builder_add_vertex(ply->builder, ply->text, values, colored ? color : NULL);
    }
    return element->kind == LB_PLY_FACE
               ? lb_mesh_builder_end_face(ply->builder, ply->text, colored ? color : NULL)
               : LB_OK;
}

static enum lb_status read_all(struct lb_ply *ply, const struct lb_ply_element *element)
{
    for (size_t i = 0; i < element->count; i++) {
        LB_TRY(read_one(ply, element, i));
    }
    return LB_OK;
}

static enum lb_status skip_all(struct lb_ply *ply, const struct lb_ply_element *element)
{
    for (size_t i = 0; i < element->count; i++) {
        for (size_t p = 0; p < element->properties; p++) {
            const struct lb_ply_property *property = &ply->properties[element->first + p];
            size_t count;
            LB_TRY(read_count(ply, element, i, property, &count));
            LB_TRY(skip_values(ply, element, i, property->type, count));
        }
    }
    return LB_OK;
}

/* Each value takes at least a byte, which bounds the loops over elements of a damaged header. */
static enum lb_status check_count(const struct lb_ply *ply, const struct lb_ply_element *element)
{
    if (element->properties > 0 && !has_bytes(ply, element->count, element->properties)) {
        return lb_mesh_fail(
            ply->text,
            "%zu elements %s do not fit into the rest of the file (it is damaged or truncated)",
            element->count, element->name.text);
    }
    return LB_OK;
}

/* Faces may precede their vertices; they are skipped at first. */
static enum lb_status read_elements(struct lb_ply *ply)
{
    struct lb_mesh_text *text = ply->text;
    bool has_vertices = false;
    for (size_t i = 0; i < ply->n_elements; i++) {
        struct lb_ply_element *element = &ply->elements[i];
        element->at = *text;
        LB_TRY(check_count(ply, element));
        const bool later =
            element->kind == LB_PLY_OTHER || (element->kind != LB_PLY_VERTEX && !has_vertices);
        if (element->properties > 0) {
            LB_TRY(later ? skip_all(ply, element) : read_all(ply, element));
        }
        has_vertices = has_vertices || element->kind == LB_PLY_VERTEX;
        if (element->kind != LB_PLY_VERTEX && !later) {
            element->kind = LB_PLY_OTHER; // done
        }
    }
    const struct lb_mesh_text behind = *text;
    for (size_t i = 0; i < ply->n_elements; i++) {
        if (ply->elements[i].kind == LB_PLY_FACE || ply->elements[i].kind == LB_PLY_STRIPS) {
            *text = ply->elements[i].at;
            LB_TRY(read_all(ply, &ply->elements[i]));
        }
    }
    *text = behind;
    return LB_OK;
}

enum lb_status lb_mesh_parse_ply(struct lb_mesh_builder *builder, struct lb_mesh_text *text)
{
    struct lb_ply ply = {.builder = builder, .text = text};
    lb_mesh_skip_mark(text);
    LB_TRY(lb_ply_read_header(&ply));
    if (!ply.binary) {
        lb_mesh_trim_end(text);
        text->joined = true;
    }
    LB_TRY(read_elements(&ply));
    lb_mesh_trim_end(text);
    text->joined = false;
    while (ply.binary && text->at < text->end && lb_is_space(*text->at)) {
        text->at++;
    }
    builder->notes.unit = ply.binary ? "bytes" : "lines";
    builder->notes.surplus =
        ply.binary ? (size_t)(text->end - text->at) : lb_mesh_count_lines(*text);
    return LB_OK;
}
