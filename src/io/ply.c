#include "io/ply.h"

#include <math.h>
#include <string.h>

#include "base/ascii.h"

enum {
    MAX_ELEMENTS = 32,
    MAX_PROPERTIES = 512, // of all elements
};

enum number_kind { SIGNED, UNSIGNED, REAL };

static const struct type {
    const char *names[2];
    unsigned bytes;
    enum number_kind kind;
    double white; ///< of a colour; 0: the whole file tells
} types[] = {
    {{"char", "int8"}, 1, SIGNED, 255.0},   {{"uchar", "uint8"}, 1, UNSIGNED, 255.0},
    {{"short", "int16"}, 2, SIGNED, 255.0}, {{"ushort", "uint16"}, 2, UNSIGNED, 65535.0},
    {{"int", "int32"}, 4, SIGNED, 255.0},   {{"uint", "uint32"}, 4, UNSIGNED, 255.0},
    {{"float", "float32"}, 4, REAL, 0.0},   {{"double", "float64"}, 8, REAL, 0.0},
};

/* What a property is to us; the first six are places in an array of values. */
enum role { X, Y, Z, RED, GREEN, BLUE, N_VALUES, CORNERS = N_VALUES, UNUSED };

enum element_kind { VERTEX, FACE, STRIPS, OTHER };

static const struct {
    const char *name;
    enum role role;
    unsigned elements; ///< bits of 1 << element_kind
} roles[] = {
    {"x", X, 1 << VERTEX},
    {"y", Y, 1 << VERTEX},
    {"z", Z, 1 << VERTEX},
    {"red", RED, 1 << VERTEX | 1 << FACE},
    {"green", GREEN, 1 << VERTEX | 1 << FACE},
    {"blue", BLUE, 1 << VERTEX | 1 << FACE},
    {"r", RED, 1 << VERTEX | 1 << FACE},
    {"g", GREEN, 1 << VERTEX | 1 << FACE},
    {"b", BLUE, 1 << VERTEX | 1 << FACE},
    {"diffuse_red", RED, 1 << VERTEX | 1 << FACE},
    {"diffuse_green", GREEN, 1 << VERTEX | 1 << FACE},
    {"diffuse_blue", BLUE, 1 << VERTEX | 1 << FACE},
    {"vertex_indices", CORNERS, 1 << FACE | 1 << STRIPS},
    {"vertex_index", CORNERS, 1 << FACE | 1 << STRIPS},
};

struct property {
    const struct type *type;
    const struct type *count; ///< of a list; NULL: one value
    enum role role;
};

struct element {
    enum element_kind kind;
    struct lb_mesh_quote name;
    size_t count;
    size_t first; ///< of its properties
    size_t properties;
    bool has[CORNERS + 1];  ///< by role
    double white;           ///< of its colours
    struct lb_mesh_text at; ///< where its values begin
};

struct ply {
    struct lb_mesh_builder *builder;
    struct lb_mesh_text *text;
    bool binary;
    bool big_endian;
    struct element elements[MAX_ELEMENTS];
    size_t n_elements;
    struct property properties[MAX_PROPERTIES];
    size_t n_properties;
};

/* ---- the header ------------------------------------------------------------------------------ */

static const struct type *find_type(struct lb_mesh_word word)
{
    for (size_t i = 0; i < LB_COUNT(types); i++) {
        if (lb_mesh_word_is(word, types[i].names[0]) || lb_mesh_word_is(word, types[i].names[1])) {
            return &types[i];
        }
    }
    return NULL;
}

static enum lb_status read_type(struct lb_mesh_text *text, const struct type **type)
{
    struct lb_mesh_word word;
    lb_mesh_word(text, &word);
    *type = find_type(word);
    return *type != NULL ? LB_OK
                         : lb_mesh_fail(text,
                                        "'%s' is no type of a PLY file (char to double, int8 to "
                                        "float64)",
                                        lb_mesh_quote(word).text);
}

static enum lb_status read_format(struct ply *ply)
{
    struct lb_mesh_word word;
    lb_mesh_word(ply->text, &word);
    ply->big_endian = lb_mesh_word_is(word, "binary_big_endian");
    ply->binary = ply->big_endian || lb_mesh_word_is(word, "binary_little_endian");
    if (!ply->binary && !lb_mesh_word_is(word, "ascii")) {
        return lb_mesh_fail(ply->text,
                            "'%s' is no format of a PLY file (ascii, binary_little_endian or "
                            "binary_big_endian)",
                            lb_mesh_quote(word).text);
    }
    return LB_OK;
}

static enum lb_status read_element_line(struct ply *ply)
{
    struct lb_mesh_word name;
    struct lb_mesh_word count;
    long long value = 0;
    lb_mesh_word(ply->text, &name);
    if (!lb_mesh_word(ply->text, &count) || !lb_mesh_integer(count, &value) || value < 0) {
        return lb_mesh_fail(ply->text, "'%s' is not a number of elements (write a whole number)",
                            lb_mesh_quote(count).text);
    }
    if (ply->n_elements == MAX_ELEMENTS) {
        return lb_mesh_fail(ply->text, "more than %d elements (keep vertex and face)",
                            MAX_ELEMENTS);
    }
    struct element *element = &ply->elements[ply->n_elements++];
    *element = (struct element){.kind = OTHER,
                                .name = lb_mesh_quote(name),
                                .count = (size_t)value,
                                .first = ply->n_properties};
    if (lb_mesh_word_is(name, "vertex")) {
        element->kind = VERTEX;
    } else if (lb_mesh_word_is(name, "face")) {
        element->kind = FACE;
    } else if (lb_mesh_word_is(name, "tristrips")) {
        element->kind = STRIPS;
    }
    return LB_OK;
}

/* Of two properties of one role the first is taken. */
static enum role find_role(struct element *element, struct lb_mesh_word name, bool list)
{
    for (size_t i = 0; i < LB_COUNT(roles); i++) {
        const enum role role = roles[i].role;
        if (lb_mesh_word_is(name, roles[i].name) && (roles[i].elements >> element->kind & 1) &&
            list == (role == CORNERS) && !element->has[role]) {
            element->has[role] = true;
            return role;
        }
    }
    return UNUSED;
}

static enum lb_status read_property_line(struct ply *ply)
{
    struct lb_mesh_text *text = ply->text;
    struct lb_mesh_text ahead = *text;
    struct lb_mesh_word word;
    struct property property = {0};
    if (ply->n_elements == 0) {
        return lb_mesh_fail(text, "a property before any element (the header is damaged)");
    }
    if (ply->n_properties == MAX_PROPERTIES) {
        return lb_mesh_fail(text, "more than %d properties (keep those of the mesh)",
                            MAX_PROPERTIES);
    }
    struct element *element = &ply->elements[ply->n_elements - 1];
    if (lb_mesh_word(&ahead, &word) && lb_mesh_word_is(word, "list")) {
        *text = ahead;
        LB_TRY(read_type(text, &property.count));
    }
    LB_TRY(read_type(text, &property.type));
    lb_mesh_word(text, &word);
    property.role = find_role(element, word, property.count != NULL);
    if (property.role == RED) {
        element->white = property.type->white;
    }
    element->properties++;
    ply->properties[ply->n_properties++] = property;
    return LB_OK;
}

static void skip_blanks(struct lb_mesh_text *text)
{
    while (text->at < text->end && (*text->at == ' ' || *text->at == '\t')) {
        text->at++;
    }
}

/* Goes behind the line of end_header; of binary values the first byte may look like a line's end.
 */
static enum lb_status end_header(struct ply *ply, bool line_feeds)
{
    struct lb_mesh_text *text = ply->text;
    skip_blanks(text);
    const bool carriage_return = text->at < text->end && *text->at == '\r';
    text->at += carriage_return;
    if (!carriage_return || line_feeds) {
        if (text->at == text->end || *text->at != '\n') {
            return lb_mesh_fail(text, "more behind end_header (the header is damaged)");
        }
        text->at++;
    }
    text->line = 0;
    return LB_OK;
}

static enum lb_status read_header(struct ply *ply)
{
    struct lb_mesh_text *text = ply->text;
    struct lb_mesh_word word;
    if (!lb_mesh_word(text, &word) || !lb_mesh_word_is(word, "ply")) {
        return lb_mesh_fail(text, "starts with '%s', not with 'ply' (give a PLY file)",
                            lb_mesh_quote(word).text);
    }
    skip_blanks(text);
    const bool line_feeds = text->end - text->at < 2 || text->at[0] == '\n' || text->at[1] == '\n';
    bool has_format = false;
    while (lb_mesh_next_line(text)) {
        lb_mesh_word(text, &word);
        if (lb_mesh_word_is(word, "format")) {
            LB_TRY(read_format(ply));
            has_format = true;
        } else if (lb_mesh_word_is(word, "element")) {
            LB_TRY(read_element_line(ply));
        } else if (lb_mesh_word_is(word, "property")) {
            LB_TRY(read_property_line(ply));
        } else if (lb_mesh_word_is(word, "end_header")) {
            if (!has_format) {
                return lb_mesh_fail(text, "the header has no line 'format' (it is damaged)");
            }
            return ply->binary ? end_header(ply, line_feeds) : LB_OK;
        } else if (!lb_mesh_word_is(word, "comment") && !lb_mesh_word_is(word, "obj_info")) {
            return lb_mesh_fail(text, "'%s' is no line of a PLY header (it is damaged)",
                                lb_mesh_quote(word).text);
        }
    }
    return lb_mesh_fail(text, "the header does not end (the file is cut short)");
}

static enum lb_status check_elements(const struct ply *ply)
{
    bool has[OTHER + 1] = {false};
    for (size_t i = 0; i < ply->n_elements; i++) {
        const struct element *e = &ply->elements[i];
        if (e->kind == VERTEX && !(e->has[X] && e->has[Y] && e->has[Z])) {
            return lb_mesh_fail(ply->text, "its vertices have no properties x, y and z (add them)");
        }
        if ((e->kind == FACE || e->kind == STRIPS) && !e->has[CORNERS]) {
            return lb_mesh_fail(ply->text, "its element %s has no list vertex_indices (add it)",
                                e->name.text);
        }
        if (e->kind != OTHER && has[e->kind]) {
            return lb_mesh_fail(ply->text, "two elements are named %s (join them)", e->name.text);
        }
        has[e->kind] = true;
    }
    if (!has[VERTEX] || (!has[FACE] && !has[STRIPS])) {
        return lb_mesh_fail(ply->text, "has no %s (%s)", has[VERTEX] ? "faces" : "vertices",
                            has[VERTEX] ? "make a surface of its points" : "give a mesh");
    }
    return LB_OK;
}

/* ---- values ---------------------------------------------------------------------------------- */

static enum lb_status fail_value(const struct ply *ply, const struct element *element, size_t i,
                                 const char *why)
{
    return lb_mesh_fail(ply->text, "%s %zu %s", element->name.text, i, why);
}

static const char cut_short[] = "is missing (the file is damaged or cut short)";

static bool has_bytes(const struct ply *ply, size_t count, size_t bytes)
{
    return count <= (size_t)(ply->text->end - ply->text->at) / bytes;
}

/* A value of a binary file that has it. */
static double take_value(struct ply *ply, const struct type *type)
{
    unsigned char bytes[8] = {0};
    for (size_t i = 0; i < type->bytes; i++) {
        bytes[ply->big_endian ? type->bytes - 1 - i : i] = (unsigned char)ply->text->at[i];
    }
    ply->text->at += type->bytes;
    if (type->kind == REAL && type->bytes == 4) {
        float value;
        memcpy(&value, bytes, sizeof value);
        return (double)value;
    }
    if (type->kind == REAL) {
        double value;
        memcpy(&value, bytes, sizeof value);
        return value;
    }
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    const double range = ldexp(1.0, 8 * (int)type->bytes);
    const bool negative = type->kind == SIGNED && value >> (8 * type->bytes - 1) & 1;
    return negative ? (double)value - range : (double)value;
}

static enum lb_status read_value(struct ply *ply, const struct element *element, size_t i,
                                 const struct type *type, double *value)
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
                            "has a number that is not finite or of no sensible size (correct it)");
}

static enum lb_status skip_values(struct ply *ply, const struct element *element, size_t i,
                                  const struct type *type, size_t count)
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

static enum lb_status read_count(struct ply *ply, const struct element *element, size_t i,
                                 const struct property *property, size_t *count)
{
    double value = 0.0;
    *count = 1;
    if (property->count == NULL) {
        return LB_OK;
    }
    LB_TRY(read_value(ply, element, i, property->count, &value));
    if (!(value >= 0.0 && value <= (double)UINT32_MAX && value == floor(value))) {
        return fail_value(ply, element, i,
                          "has a list whose length is no whole number (correct it)");
    }
    *count = (size_t)value;
    return LB_OK;
}

/* ---- elements -------------------------------------------------------------------------------- */

/* The triangles of a strip: each has the two corners before, and every other one turns the other
 * way. */
struct strip {
    uint32_t corners[2];
    size_t count;
};

static enum lb_status add_to_strip(struct ply *ply, struct strip *strip, uint32_t corner)
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

static enum lb_status read_corners(struct ply *ply, const struct element *element, size_t i,
                                   const struct type *type, size_t count)
{
    const bool strips = element->kind == STRIPS;
    struct strip strip = {.count = 0};
    for (size_t k = 0; k < count; k++) {
        double corner = 0.0;
        LB_TRY(read_value(ply, element, i, type, &corner));
        if (strips && corner == -1.0) { // the next one begins
            strip.count = 0;
            continue;
        }
        if (!(corner >= 0.0 && corner < (double)ply->builder->mesh->n_vertices &&
              corner == floor(corner))) {
            return fail_value(ply, element, i, "has a corner that is no vertex (correct it)");
        }
        LB_TRY(strips ? add_to_strip(ply, &strip, (uint32_t)corner)
                      : lb_mesh_builder_add_corner(ply->builder, ply->text, (uint32_t)corner));
    }
    return LB_OK;
}

static enum lb_status read_one(struct ply *ply, const struct element *element, size_t i)
{
    double values[N_VALUES] = {0.0};
    float color[3];
    for (size_t p = 0; p < element->properties; p++) {
        const struct property *property = &ply->properties[element->first + p];
        size_t count;
        LB_TRY(read_count(ply, element, i, property, &count));
        if (property->role < N_VALUES) {
            LB_TRY(read_value(ply, element, i, property->type, &values[property->role]));
        } else if (property->role == CORNERS) {
            LB_TRY(read_corners(ply, element, i, property->type, count));
        } else {
            LB_TRY(skip_values(ply, element, i, property->type, count));
        }
    }
    const bool colored = element->has[RED] && element->has[GREEN] && element->has[BLUE];
    if (colored) {
        LB_TRY(lb_mesh_builder_color(ply->builder, ply->text, values + RED, element->white, color));
    }
    if (element->kind == VERTEX) {
        return lb_mesh_builder_add_vertex(ply->builder, ply->text, values, colored ? color : NULL);
    }
    return element->kind == FACE
               ? lb_mesh_builder_end_face(ply->builder, ply->text, colored ? color : NULL)
               : LB_OK;
}

static enum lb_status read_all(struct ply *ply, const struct element *element)
{
    for (size_t i = 0; i < element->count; i++) {
        LB_TRY(read_one(ply, element, i));
    }
    return LB_OK;
}

static enum lb_status skip_all(struct ply *ply, const struct element *element)
{
    for (size_t i = 0; i < element->count; i++) {
        for (size_t p = 0; p < element->properties; p++) {
            const struct property *property = &ply->properties[element->first + p];
            size_t count;
            LB_TRY(read_count(ply, element, i, property, &count));
            LB_TRY(skip_values(ply, element, i, property->type, count));
        }
    }
    return LB_OK;
}

/* Each value takes a byte at least, which bounds the loops over elements of a damaged header. */
static enum lb_status check_count(const struct ply *ply, const struct element *element)
{
    if (element->properties > 0 && !has_bytes(ply, element->count, element->properties)) {
        return lb_mesh_fail(
            ply->text,
            "%zu elements %s do not fit into the rest of the file (it is damaged or "
            "cut short)",
            element->count, element->name.text);
    }
    return LB_OK;
}

/* Faces may stand before their vertices: then they are passed over at first. */
static enum lb_status read_elements(struct ply *ply)
{
    struct lb_mesh_text *text = ply->text;
    bool has_vertices = false;
    for (size_t i = 0; i < ply->n_elements; i++) {
        struct element *element = &ply->elements[i];
        element->at = *text;
        LB_TRY(check_count(ply, element));
        const bool later = element->kind == OTHER || (element->kind != VERTEX && !has_vertices);
        if (element->properties > 0) {
            LB_TRY(later ? skip_all(ply, element) : read_all(ply, element));
        }
        has_vertices = has_vertices || element->kind == VERTEX;
        if (element->kind != VERTEX && !later) {
            element->kind = OTHER; // done
        }
    }
    const struct lb_mesh_text behind = *text;
    for (size_t i = 0; i < ply->n_elements; i++) {
        if (ply->elements[i].kind == FACE || ply->elements[i].kind == STRIPS) {
            *text = ply->elements[i].at;
            LB_TRY(read_all(ply, &ply->elements[i]));
        }
    }
    *text = behind;
    return LB_OK;
}

enum lb_status lb_mesh_parse_ply(struct lb_mesh_builder *builder, struct lb_mesh_text *text)
{
    struct ply ply = {.builder = builder, .text = text};
    lb_mesh_skip_mark(text);
    LB_TRY(read_header(&ply));
    LB_TRY(check_elements(&ply));
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
