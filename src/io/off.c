#include "io/off.h"

#include <string.h>

struct header {
    bool colors;
    bool normals;
    size_t vertices;
    size_t faces;
};

/* The next word, on this line or a later one. */
static bool next_word(struct lb_mesh_text *text, struct lb_mesh_word *word)
{
    return lb_mesh_word(text, word) || (lb_mesh_next_line(text) && lb_mesh_word(text, word));
}

static enum lb_status read_count(struct lb_mesh_text *text, const char *what, size_t bytes_each,
                                 size_t *count)
{
    struct lb_mesh_word word;
    long long value = 0;
    if (!next_word(text, &word)) {
        return lb_mesh_fail(text, "the number of %s is missing (the file is cut short)", what);
    }
    if (!lb_mesh_integer(word, &value) || value < 0) {
        return lb_mesh_fail(text, "'%s' is not a number of %s (write a whole number)",
                            lb_mesh_quote(word).text, what);
    }
    if ((size_t)value > (size_t)(text->end - text->at) / bytes_each + 1) {
        return lb_mesh_fail(text,
                            "%lld %s do not fit into the rest of the file (it is damaged or "
                            "cut short)",
                            value, what);
    }
    *count = (size_t)value;
    return LB_OK;
}

static enum lb_status read_header(struct lb_mesh_text *text, struct header *header)
{
    static const struct {
        const char *name;
        bool colors;
        bool normals;
    } kinds[] = {
        {"OFF", false, false}, {"COFF", true, false}, {"NOFF", false, true}, {"CNOFF", true, true}};
    struct lb_mesh_word word;
    bool known = false;
    if (!next_word(text, &word)) {
        return lb_mesh_fail(text, "the file is empty (give a mesh)");
    }
    for (size_t i = 0; i < LB_COUNT(kinds) && !known; i++) {
        known = lb_mesh_word_is(word, kinds[i].name);
        header->colors = kinds[i].colors;
        header->normals = kinds[i].normals;
    }
    struct lb_mesh_text ahead = *text;
    struct lb_mesh_word second;
    if (!known || (lb_mesh_word(&ahead, &second) && lb_mesh_word_is(second, "BINARY"))) {
        return lb_mesh_fail(text,
                            "starts with '%s': not OFF, COFF, NOFF or CNOFF as text (convert "
                            "the mesh)",
                            lb_mesh_quote(word).text);
    }
    LB_TRY(read_count(text, "vertices", 6, &header->vertices));
    LB_TRY(read_count(text, "faces", 4, &header->faces));
    lb_mesh_word(text, &word); // the number of edges, of no use and often wrong or missing
    return LB_OK;
}

/* Of the words left on this line 3 or 4 are a colour, in 0 to 1 or, written as integers, 0 to 255;
 * none or 1 (an index into a list that nobody has) is no colour. */
static enum lb_status read_color(struct lb_mesh_text *text, float *color, bool *has_color)
{
    double values[4];
    bool whole = true;
    size_t count = 0;
    struct lb_mesh_word word;
    while (lb_mesh_word(text, &word)) {
        long long integer = 0;
        if (count == LB_COUNT(values) || !lb_mesh_real(word, &values[count])) {
            return lb_mesh_fail(text, "'%s' is no part of a colour (write r g b or r g b a)",
                                lb_mesh_quote(word).text);
        }
        whole = whole && lb_mesh_integer(word, &integer);
        count++;
    }
    *has_color = count >= 3;
    const double full = whole ? 255.0 : 1.0;
    for (size_t k = 0; k < 3 && *has_color; k++) {
        if (!(values[k] >= 0.0 && values[k] <= full)) {
            return lb_mesh_fail(text, "colour %g is not in 0 to %g (scale the colours)", values[k],
                                full);
        }
        color[k] = (float)(values[k] / full);
    }
    return LB_OK;
}

static enum lb_status read_vertex(struct lb_mesh_builder *builder, struct lb_mesh_text *text,
                                  const struct header *header)
{
    double point[3];
    double normal;
    float color[3];
    bool has_color = false;
    if (!lb_mesh_next_line(text)) {
        return lb_mesh_fail(text, "%zu vertices instead of %zu (the file is cut short)",
                            builder->mesh->n_vertices, header->vertices);
    }
    for (size_t k = 0; k < 3; k++) {
        LB_TRY(lb_mesh_read_real(text, "vertex", &point[k]));
    }
    for (size_t k = 0; k < 3 && header->normals; k++) {
        LB_TRY(lb_mesh_read_real(text, "normal", &normal));
    }
    LB_TRY(read_color(text, color, &has_color));
    if (header->colors && !has_color) {
        return lb_mesh_fail(text, "a vertex without its colour (write r g b, or OFF instead of "
                                  "COFF)");
    }
    return lb_mesh_builder_add_vertex(builder, text, point, has_color ? color : NULL);
}

static enum lb_status read_corner(struct lb_mesh_text *text, size_t vertices, uint32_t *corner)
{
    struct lb_mesh_word word;
    long long index = 0;
    if (!lb_mesh_word(text, &word)) {
        return lb_mesh_fail(text, "the face ends too early (the file is damaged or cut short)");
    }
    if (!lb_mesh_integer(word, &index) || index < 0 || (size_t)index >= vertices) {
        return lb_mesh_fail(text,
                            "'%s' is no corner of a face: there are %zu vertices, from 0 "
                            "(correct the face)",
                            lb_mesh_quote(word).text, vertices);
    }
    *corner = (uint32_t)index;
    return LB_OK;
}

static enum lb_status read_face(struct lb_mesh_builder *builder, struct lb_mesh_text *text)
{
    struct lb_mesh_word word;
    long long count = 0;
    float color[3];
    bool has_color = false;
    lb_mesh_word(text, &word);
    if (!lb_mesh_integer(word, &count) || count < 3) {
        return lb_mesh_fail(text, "a face of '%s' corners (give at least 3)",
                            lb_mesh_quote(word).text);
    }
    for (long long i = 0; i < count; i++) {
        uint32_t corner = 0;
        LB_TRY(read_corner(text, builder->mesh->n_vertices, &corner));
        LB_TRY(lb_mesh_builder_add_corner(builder, text, corner));
    }
    LB_TRY(read_color(text, color, &has_color));
    return lb_mesh_builder_end_face(builder, text, has_color ? color : NULL);
}

enum lb_status lb_mesh_parse_off(struct lb_mesh_builder *builder, struct lb_mesh_text *text)
{
    struct header header = {0};
    LB_TRY(read_header(text, &header));
    for (size_t i = 0; i < header.vertices; i++) {
        LB_TRY(read_vertex(builder, text, &header));
    }
    for (size_t i = 0; i < header.faces; i++) {
        if (!lb_mesh_next_line(text)) {
            return lb_mesh_fail(text, "%zu faces instead of %zu (the file is cut short)", i,
                                header.faces);
        }
        LB_TRY(read_face(builder, text));
    }
    if (lb_mesh_next_line(text)) {
        return lb_mesh_fail(text,
                            "more lines than the %zu vertices and %zu faces of its start "
                            "(correct these numbers)",
                            header.vertices, header.faces);
    }
    return LB_OK;
}
