#include "io/obj.h"

#include <string.h>

/* Statements that do not affect the surface. */
static const char *const ignored[] = {
    "vt",     "vn",       "vp",       "g",          "o",         "s",      "mg",
    "usemtl", "mtllib",   "l",        "p",          "usemap",    "maplib", "lod",
    "bevel",  "c_interp", "d_interp", "shadow_obj", "trace_obj", "call",   "csh",
};

static bool is_ignored(struct lb_mesh_word word)
{
    for (size_t i = 0; i < LB_COUNT(ignored); i++) {
        if (lb_mesh_word_is(word, ignored[i])) {
            return true;
        }
    }
    return false;
}

/*
 * 3 numbers are x y z, 4 x y z w, 6 x y z r g b, 7 x y z w r g b, 8 x y z w r g b a. The format
 * defines only x y z [w]; programs append colours. Hence the fourth of 7 numbers is w, as in
 * Assimp, and the last is no opacity. w is the weight of points of rational curves and does not
 * affect polygons. Opacity is ignored too.
 */
static enum lb_status read_vertex(struct lb_mesh_builder *builder, struct lb_mesh_text *text)
{
    double numbers[8];
    float color[3];
    size_t count = 0;
    struct lb_mesh_word word;
    for (; count < 3; count++) {
        LB_TRY(lb_mesh_read_real(text, "vertex", &numbers[count]));
    }
    while (lb_mesh_word(text, &word)) {
        if (count == LB_COUNT(numbers)) {
            return lb_mesh_fail(
                text,
                "'%s' is one number too many for a vertex (write x y z, x y z w or x y z r g b)",
                lb_mesh_quote(word).text);
        }
        LB_TRY(lb_mesh_need_real(text, word, "vertex", &numbers[count]));
        count++;
    }
    if (count == 5) {
        return lb_mesh_fail(text, "a vertex of 5 numbers (write x y z, x y z w or x y z r g b)");
    }
    const bool has_color = count >= 6;
    const double *rgb = numbers + (count == 6 ? 3 : 4);
    if (has_color) {
        LB_TRY(lb_mesh_builder_color(builder, text, rgb, 0.0, color));
    }
    return lb_mesh_builder_add_vertex(builder, text, numbers, has_color ? color : NULL);
}

/* Parses the vertex of "7", "7/1", "7//3", "7/1/3" or "-1//-1"; `seen` vertices precede it. */
static enum lb_status read_corner(const struct lb_mesh_builder *builder,
                                  const struct lb_mesh_text *text, struct lb_mesh_word word,
                                  size_t seen, uint32_t *corner)
{
    long long index = 0;
    const char *slash = memchr(word.at, '/', word.length);
    const size_t length = slash != NULL ? (size_t)(slash - word.at) : word.length;
    bool valid = lb_mesh_integer((struct lb_mesh_word){word.at, length}, &index);
    int slashes = 0;
    for (size_t i = length; i < word.length; i++) { // the rest is parsed but ignored
        slashes += word.at[i] == '/';
        valid = valid && memchr("/-0123456789", word.at[i], 12) != NULL;
    }
    if (!valid || slashes > 2) {
        return lb_mesh_fail(text,
                            "'%s' is not a corner of a face (write v, v/vt, v//vn or v/vt/vn)",
                            lb_mesh_quote(word).text);
    }
    const long long count = (long long)builder->mesh->n_vertices;
    const long long position = index > 0 ? index - 1 : (long long)seen + index;
    if (index == 0 || position < 0 || position >= count) {
        return lb_mesh_fail(text,
                            "corner %lld of a face, but there are %lld vertices%s (correct the "
                            "face)",
                            index, index > 0 ? count : (long long)seen,
                            index > 0 ? "" : " before it");
    }
    *corner = (uint32_t)position;
    return LB_OK;
}

static enum lb_status read_face(struct lb_mesh_builder *builder, struct lb_mesh_text *text,
                                size_t seen)
{
    struct lb_mesh_word word;
    while (lb_mesh_word(text, &word)) {
        uint32_t corner = 0;
        LB_TRY(read_corner(builder, text, word, seen, &corner));
        LB_TRY(lb_mesh_builder_add_corner(builder, text, corner));
    }
    return lb_mesh_builder_end_face(builder, text, NULL);
}

static enum lb_status read_vertices(struct lb_mesh_builder *builder, struct lb_mesh_text text)
{
    struct lb_mesh_word word;
    for (bool more = lb_mesh_first_line(&text); more; more = lb_mesh_next_line(&text)) {
        lb_mesh_word(&text, &word);
        if (lb_mesh_word_is(word, "v")) {
            LB_TRY(read_vertex(builder, &text));
            continue;
        }
        if (!lb_mesh_word_is(word, "f") && !is_ignored(word)) {
            lb_mesh_builder_unknown(builder, &text, word);
        }
        while (lb_mesh_word(&text, &word)) { // a backslash continues the line
        }
    }
    return LB_OK;
}

static enum lb_status read_faces(struct lb_mesh_builder *builder, struct lb_mesh_text text)
{
    struct lb_mesh_word word;
    size_t seen = 0;
    for (bool more = lb_mesh_first_line(&text); more; more = lb_mesh_next_line(&text)) {
        lb_mesh_word(&text, &word);
        if (lb_mesh_word_is(word, "f")) {
            LB_TRY(read_face(builder, &text, seen));
            continue;
        }
        seen += lb_mesh_word_is(word, "v");
        while (lb_mesh_word(&text, &word)) {
        }
    }
    return LB_OK;
}

/* Vertices first: faces may precede theirs. */
enum lb_status lb_mesh_parse_obj(struct lb_mesh_builder *builder, struct lb_mesh_text *text)
{
    text->continues = true;
    lb_mesh_skip_mark(text);
    lb_mesh_trim_end(text);
    LB_TRY(read_vertices(builder, *text));
    return read_faces(builder, *text);
}
