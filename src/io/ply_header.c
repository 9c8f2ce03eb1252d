#include "io/ply_header.h"

static const struct lb_ply_type types[] = {
    {{"char", "int8"}, 1, LB_PLY_SIGNED, 255.0},
    {{"uchar", "uint8"}, 1, LB_PLY_UNSIGNED, 255.0},
    {{"short", "int16"}, 2, LB_PLY_SIGNED, 255.0},
    {{"ushort", "uint16"}, 2, LB_PLY_UNSIGNED, 65535.0},
    {{"int", "int32"}, 4, LB_PLY_SIGNED, 255.0},
    {{"uint", "uint32"}, 4, LB_PLY_UNSIGNED, 255.0},
    {{"float", "float32"}, 4, LB_PLY_REAL, 0.0},
    {{"double", "float64"}, 8, LB_PLY_REAL, 0.0},
};

static const struct {
    const char *name;
    enum lb_ply_role role;
    unsigned elements; ///< bits of 1 << element_kind
} roles[] = {
    {"x", LB_PLY_X, 1 << LB_PLY_VERTEX},
    {"y", LB_PLY_Y, 1 << LB_PLY_VERTEX},
    {"z", LB_PLY_Z, 1 << LB_PLY_VERTEX},
    {"red", LB_PLY_RED, 1 << LB_PLY_VERTEX | 1 << LB_PLY_FACE},
    {"green", LB_PLY_GREEN, 1 << LB_PLY_VERTEX | 1 << LB_PLY_FACE},
    {"blue", LB_PLY_BLUE, 1 << LB_PLY_VERTEX | 1 << LB_PLY_FACE},
    {"r", LB_PLY_RED, 1 << LB_PLY_VERTEX | 1 << LB_PLY_FACE},
    {"g", LB_PLY_GREEN, 1 << LB_PLY_VERTEX | 1 << LB_PLY_FACE},
    {"b", LB_PLY_BLUE, 1 << LB_PLY_VERTEX | 1 << LB_PLY_FACE},
    {"diffuse_red", LB_PLY_RED, 1 << LB_PLY_VERTEX | 1 << LB_PLY_FACE},
    {"diffuse_green", LB_PLY_GREEN, 1 << LB_PLY_VERTEX | 1 << LB_PLY_FACE},
    {"diffuse_blue", LB_PLY_BLUE, 1 << LB_PLY_VERTEX | 1 << LB_PLY_FACE},
    {"vertex_indices", LB_PLY_CORNERS, 1 << LB_PLY_FACE | 1 << LB_PLY_STRIPS},
    {"vertex_index", LB_PLY_CORNERS, 1 << LB_PLY_FACE | 1 << LB_PLY_STRIPS},
};

static const struct lb_ply_type *find_type(struct lb_mesh_word word)
{
    for (size_t i = 0; i < LB_COUNT(types); i++) {
        if (lb_mesh_word_is(word, types[i].names[0]) || lb_mesh_word_is(word, types[i].names[1])) {
            return &types[i];
        }
    }
    return NULL;
}

static enum lb_status read_type(struct lb_mesh_text *text, const struct lb_ply_type **type)
{
    struct lb_mesh_word word;
    lb_mesh_word(text, &word);
    *type = find_type(word);
    return *type != NULL
               ? LB_OK
               : lb_mesh_fail(text, "'%s' is not a PLY type (char to double, int8 to float64)",
                              lb_mesh_quote(word).text);
}

static enum lb_status read_format(struct lb_ply *ply)
{
    struct lb_mesh_word word;
    lb_mesh_word(ply->text, &word);
    ply->big_endian = lb_mesh_word_is(word, "binary_big_endian");
    ply->binary = ply->big_endian || lb_mesh_word_is(word, "binary_little_endian");
    if (!ply->binary && !lb_mesh_word_is(word, "ascii")) {
        return lb_mesh_fail(
            ply->text,
            "'%s' is not a PLY format (ascii, binary_little_endian or binary_big_endian)",
            lb_mesh_quote(word).text);
    }
    return LB_OK;
}

static enum lb_status read_element_line(struct lb_ply *ply)
{
    struct lb_mesh_word name;
    struct lb_mesh_word count;
    long long value = 0;
    lb_mesh_word(ply->text, &name);
    if (!lb_mesh_word(ply->text, &count) || !lb_mesh_integer(count, &value) || value < 0) {
        return lb_mesh_fail(ply->text, "'%s' is not a number of elements (write an integer)",
                            lb_mesh_quote(count).text);
    }
    if (ply->n_elements == LB_PLY_MAX_ELEMENTS) {
        return lb_mesh_fail(ply->text, "more than %d elements (keep vertex and face)",
                            LB_PLY_MAX_ELEMENTS);
    }
    struct lb_ply_element *element = &ply->elements[ply->n_elements++];
    *element = (struct lb_ply_element){.kind = LB_PLY_OTHER,
                                       .name = lb_mesh_quote(name),
                                       .count = (size_t)value,
                                       .first = ply->n_properties};
    if (lb_mesh_word_is(name, "vertex")) {
        element->kind = LB_PLY_VERTEX;
    } else if (lb_mesh_word_is(name, "face")) {
        element->kind = LB_PLY_FACE;
    } else if (lb_mesh_word_is(name, "tristrips")) {
        element->kind = LB_PLY_STRIPS;
    }
    return LB_OK;
}

/* If two properties have the same role, the first one counts. */
static enum lb_ply_role find_role(struct lb_ply_element *element, struct lb_mesh_word name,
                                  bool list)
{
    for (size_t i = 0; i < LB_COUNT(roles); i++) {
        const enum lb_ply_role role = roles[i].role;
        if (lb_mesh_word_is(name, roles[i].name) && (roles[i].elements >> element->kind & 1) &&
            list == (role == LB_PLY_CORNERS) && !element->has[role]) {
            element->has[role] = true;
            return role;
        }
    }
    return LB_PLY_UNUSED;
}

static enum lb_status read_property_line(struct lb_ply *ply)
{
    struct lb_mesh_text *text = ply->text;
    struct lb_mesh_text ahead = *text;
    struct lb_mesh_word word;
    struct lb_ply_property property = {0};
    if (ply->n_elements == 0) {
        return lb_mesh_fail(text, "a property before any element (the header is damaged)");
    }
    if (ply->n_properties == LB_PLY_MAX_PROPERTIES) {
        return lb_mesh_fail(text, "more than %d properties (keep those of the mesh)",
                            LB_PLY_MAX_PROPERTIES);
    }
    struct lb_ply_element *element = &ply->elements[ply->n_elements - 1];
    if (lb_mesh_word(&ahead, &word) && lb_mesh_word_is(word, "list")) {
        *text = ahead;
        LB_TRY(read_type(text, &property.count));
    }
    LB_TRY(read_type(text, &property.type));
    lb_mesh_word(text, &word);
    property.role = find_role(element, word, property.count != NULL);
    if (property.role == LB_PLY_RED) {
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

/* Advances past the line of end_header; the first byte of binary values may look like a line
 * end. */
static enum lb_status end_header(struct lb_ply *ply, bool line_feeds)
{
    struct lb_mesh_text *text = ply->text;
    skip_blanks(text);
    const bool carriage_return = text->at < text->end && *text->at == '\r';
    text->at += carriage_return;
    if (!carriage_return || line_feeds) {
        if (text->at == text->end || *text->at != '\n') {
            return lb_mesh_fail(text, "text after end_header (the header is damaged)");
        }
        text->at++;
    }
    text->line = 0;
    return LB_OK;
}

static enum lb_status read_lines(struct lb_ply *ply)
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
            lb_mesh_builder_unknown(ply->builder, text, word);
        }
    }
    return lb_mesh_fail(text, "the header does not end (the file is truncated)");
}

static enum lb_status check_elements(const struct lb_ply *ply)
{
    bool has[LB_PLY_OTHER + 1] = {false};
    for (size_t i = 0; i < ply->n_elements; i++) {
        const struct lb_ply_element *e = &ply->elements[i];
        if (e->kind == LB_PLY_VERTEX &&
            !(e->has[LB_PLY_X] && e->has[LB_PLY_Y] && e->has[LB_PLY_Z])) {
            return lb_mesh_fail(ply->text, "its vertices have no properties x, y and z (add them)");
        }
        if ((e->kind == LB_PLY_FACE || e->kind == LB_PLY_STRIPS) && !e->has[LB_PLY_CORNERS]) {
            return lb_mesh_fail(ply->text, "its element %s has no list vertex_indices (add it)",
                                e->name.text);
        }
        if (e->kind != LB_PLY_OTHER && has[e->kind]) {
            return lb_mesh_fail(ply->text, "two elements are named %s (merge them)", e->name.text);
        }
        has[e->kind] = true;
    }
    if (!has[LB_PLY_VERTEX] || (!has[LB_PLY_FACE] && !has[LB_PLY_STRIPS])) {
        return lb_mesh_fail(ply->text, "has no %s (%s)", has[LB_PLY_VERTEX] ? "faces" : "vertices",
                            has[LB_PLY_VERTEX] ? "make a surface of its points" : "give a mesh");
    }
    return LB_OK;
}

enum lb_status lb_ply_read_header(struct lb_ply *ply)
{
    LB_TRY(read_lines(ply));
    return check_elements(ply);
}
