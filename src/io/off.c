#include "io/off.h"

#include <string.h>

#include "base/ascii.h"

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
        return lb_mesh_fail(text, "the number of %s is missing (the file is truncated)", what);
    }
    if (!lb_mesh_integer(word, &value) || value < 0) {
        return lb_mesh_fail(text, "'%s' is not a number of %s (write an integer)",
                            lb_mesh_quote(word).text, what);
    }
    if ((size_t)value > (size_t)(text->end - text->at) / bytes_each + 1) {
        return lb_mesh_fail(
            text, "%lld %s do not fit into the rest of the file (it is damaged or truncated)",
            value, what);
    }
    *count = (size_t)value;
    return LB_OK;
}

/* The kind, in any case and possibly glued to the first count; files that start with the count are
 * OFF. */
static enum lb_status read_kind(struct lb_mesh_text *text, struct header *header)
{
    static const struct {
        const char *name;
        bool colors;
        bool normals;
    } kinds[] = {
        {"off", false, false}, {"coff", true, false}, {"noff", false, true}, {"cnoff", true, true}};
    struct lb_mesh_word word;
    long long number;
    if (!next_word(text, &word)) {
        return lb_mesh_fail(text, "the file is empty (give a mesh)");
    }
    if (lb_mesh_integer(word, &number)) {
        text->at = word.at;
        return LB_OK;
    }
    bool known = false;
    for (size_t i = 0; i < LB_COUNT(kinds) && !known; i++) {
        const size_t length = strlen(kinds[i].name);
        known = lb_mesh_word_starts(word, kinds[i].name) &&
                (word.length == length || lb_is_digit(word.at[length]));
        if (known) {
            text->at = word.at + length;
            header->colors = kinds[i].colors;
            header->normals = kinds[i].normals;
        }
    }
    struct lb_mesh_text ahead = *text;
    struct lb_mesh_word second;
    if (!known || (lb_mesh_word(&ahead, &second) && lb_mesh_word_is(second, "BINARY"))) {
        return lb_mesh_fail(text,
                            "starts with '%s': not OFF, COFF, NOFF or CNOFF as text (convert "
                            "the mesh)",
                            lb_mesh_quote(word).text);
    }
    return LB_OK;
}

/* ---- where the elements stand ---------------------------------------------------------------- */

static size_t vertex_words(const struct header *header)
{
    return header->normals ? 6 : 3;
}

static bool skip_words(struct lb_mesh_text *text, size_t count)
{
    struct lb_mesh_word word;
    while (count > 0 && lb_mesh_word(text, &word)) {
        count--;
    }
    return count == 0;
}

/* Skips the words of one face; its colour only if it ends with its line. */
static bool skip_face(struct lb_mesh_text *text)
{
    struct lb_mesh_word word;
    long long corners;
    return lb_mesh_word(text, &word) && lb_mesh_integer(word, &corners) && corners >= 1 &&
           skip_words(text, (size_t)corners);
}

/* Whether, from the next line on, each element has its own line. */
static bool fits_lines(struct lb_mesh_text text, const struct header *header)
{
    text.joined = false;
    for (size_t i = 0; i < header->vertices; i++) {
        if (!lb_mesh_next_line(&text) || !skip_words(&text, vertex_words(header))) {
            return false;
        }
    }
    for (size_t i = 0; i < header->faces; i++) {
        if (!lb_mesh_next_line(&text) || !skip_face(&text)) {
            return false;
        }
    }
    return true;
}

/* Whether the rest is exactly the elements without colours, regardless of line breaks. */
static bool fits_words(struct lb_mesh_text text, const struct header *header)
{
    text.joined = true;
    if (header->colors || !skip_words(&text, header->vertices * vertex_words(header))) {
        return false;
    }
    for (size_t i = 0; i < header->faces; i++) {
        if (!skip_face(&text)) {
            return false;
        }
    }
    struct lb_mesh_word word;
    return !lb_mesh_word(&text, &word);
}

/*
 * Colours end with their line, so a file with one element per line is read by lines, even if
 * damaged; any other file is read word by word if the count fits. The number of edges is unused and
 * often wrong or missing, and may have its own line.
 */
static void find_elements(struct lb_mesh_text *text, const struct header *header)
{
    struct lb_mesh_word word;
    struct lb_mesh_text ahead = *text;
    if (!lb_mesh_word(text, &word) && !fits_lines(*text, header) && !fits_words(*text, header) &&
        next_word(&ahead, &word) && (fits_lines(ahead, header) || fits_words(ahead, header))) {
        *text = ahead;
    }
    text->joined = !fits_lines(*text, header) && fits_words(*text, header);
}

/* ---- the elements ---------------------------------------------------------------------------- */

/* 3 or 4 remaining words on the line are a colour, in 0 to 1 or, as integers, 0 to 255; none or 1
 * (an index into an unknown list) is no colour. */
static enum lb_status read_color(struct lb_mesh_builder *builder, struct lb_mesh_text *text,
                                 float *color, bool *has_color)
{
    double values[4];
    bool whole = true;
    size_t count = 0;
    struct lb_mesh_word word;
    while (!text->joined && lb_mesh_word(text, &word)) {
        long long integer = 0;
        if (count == LB_COUNT(values) || !lb_mesh_real(word, &values[count])) {
            return lb_mesh_fail(text, "'%s' is not part of a colour (write r g b or r g b a)",
                                lb_mesh_quote(word).text);
        }
        whole = whole && lb_mesh_integer(word, &integer);
        count++;
    }
    *has_color = count >= 3;
    return *has_color ? lb_mesh_builder_color(builder, text, values, whole ? 255.0 : 0.0, color)
                      : LB_OK;
}

static enum lb_status read_vertex(struct lb_mesh_builder *builder, struct lb_mesh_text *text,
                                  const struct header *header)
{
    double point[3];
    double normal;
    float color[3];
    bool has_color = false;
    if (!text->joined && !lb_mesh_next_line(text)) {
        return lb_mesh_fail(text, "%zu vertices instead of %zu (the file is truncated)",
                            builder->mesh->n_vertices, header->vertices);
    }
    for (size_t k = 0; k < 3; k++) {
        LB_TRY(lb_mesh_read_real(text, "vertex", &point[k]));
    }
    for (size_t k = 0; k < 3 && header->normals; k++) {
        LB_TRY(lb_mesh_read_real(text, "normal", &normal));
    }
    LB_TRY(read_color(builder, text, color, &has_color));
    return lb_mesh_builder_add_vertex(builder, text, point, has_color ? color : NULL);
}

static enum lb_status read_corner(struct lb_mesh_text *text, size_t vertices, uint32_t *corner)
{
    struct lb_mesh_word word;
    long long index = 0;
    if (!lb_mesh_word(text, &word)) {
        return lb_mesh_fail(text, "the face ends too early (the file is damaged or truncated)");
    }
    if (!lb_mesh_integer(word, &index) || index < 0 || (size_t)index >= vertices) {
        return lb_mesh_fail(
            text,
            "'%s' is not a corner of a face: there are %zu vertices, from 0 (correct the face)",
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
    if (!lb_mesh_integer(word, &count) || count < 1) {
        return lb_mesh_fail(text, "a face of '%s' corners (give a valid number)",
                            lb_mesh_quote(word).text);
    }
    for (long long i = 0; i < count; i++) {
        uint32_t corner = 0;
        LB_TRY(read_corner(text, builder->mesh->n_vertices, &corner));
        LB_TRY(lb_mesh_builder_add_corner(builder, text, corner));
    }
    LB_TRY(read_color(builder, text, color, &has_color));
    return lb_mesh_builder_end_face(builder, text, has_color ? color : NULL);
}

enum lb_status lb_mesh_parse_off(struct lb_mesh_builder *builder, struct lb_mesh_text *text)
{
    struct header header = {0};
    text->glued = true;
    lb_mesh_skip_mark(text);
    lb_mesh_trim_end(text);
    LB_TRY(read_kind(text, &header));
    LB_TRY(read_count(text, "vertices", 6, &header.vertices));
    LB_TRY(read_count(text, "faces", 4, &header.faces));
    find_elements(text, &header);
    for (size_t i = 0; i < header.vertices; i++) {
        LB_TRY(read_vertex(builder, text, &header));
    }
    for (size_t i = 0; i < header.faces; i++) {
        if (!text->joined && !lb_mesh_next_line(text)) {
            return lb_mesh_fail(text, "%zu faces instead of %zu (the file is truncated)", i,
                                header.faces);
        }
        LB_TRY(read_face(builder, text));
    }
    builder->notes.surplus = lb_mesh_count_lines(*text);
    builder->notes.unit = "lines";
    return LB_OK;
}
