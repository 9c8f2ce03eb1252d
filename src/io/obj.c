/* Wavefront OBJ: `v x y z [r g b]` and `f v/vt/vn ...`, indices from 1, or from -1 backwards. */
#include <string.h>

#include "io/mesh_text.h"

/* Statements that say nothing about where the surface is. */
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

/* x y z, then nothing, or w, which is not used, or r g b, or r g b and an opacity. */
static enum lb_status read_vertex(struct lb_mesh *mesh, struct lb_mesh_text *text)
{
    double point[3];
    double extra[4];
    float color[3];
    size_t more = 0;
    struct lb_mesh_word word;
    for (size_t k = 0; k < 3; k++) {
        LB_TRY(lb_mesh_read_real(text, "vertex", &point[k]));
    }
    while (lb_mesh_word(text, &word)) {
        if (more == LB_COUNT(extra) || !lb_mesh_real(word, &extra[more])) {
            return lb_mesh_fail(text,
                                "'%s' is more than the numbers of a vertex (write x y z, or "
                                "x y z r g b)",
                                lb_mesh_quote(word).text);
        }
        more++;
    }
    const bool has_color = more >= 3;
    for (size_t k = 0; k < 3 && has_color; k++) {
        if (!(extra[k] >= 0.0 && extra[k] <= 1.0)) {
            return lb_mesh_fail(text, "colour %g of a vertex is not in 0 to 1 (scale the colours)",
                                extra[k]);
        }
        color[k] = (float)extra[k];
    }
    return lb_mesh_add_vertex(mesh, text, point, has_color ? color : NULL);
}

/* The vertex of "7", "7/1", "7//3", "7/1/3" or "-1//-1". */
static enum lb_status read_corner(const struct lb_mesh *mesh, const struct lb_mesh_text *text,
                                  struct lb_mesh_word word, uint32_t *corner)
{
    long long index = 0;
    const char *slash = memchr(word.at, '/', word.length);
    const size_t length = slash != NULL ? (size_t)(slash - word.at) : word.length;
    bool valid = lb_mesh_integer((struct lb_mesh_word){word.at, length}, &index);
    int slashes = 0;
    for (size_t i = length; i < word.length; i++) { // the rest is read, but not used
        slashes += word.at[i] == '/';
        valid = valid && memchr("/-0123456789", word.at[i], 12) != NULL;
    }
    if (!valid || slashes > 2) {
        return lb_mesh_fail(text, "'%s' is no corner of a face (write v, v/vt, v//vn or v/vt/vn)",
                            lb_mesh_quote(word).text);
    }
    const long long count = (long long)mesh->n_vertices;
    const long long position = index > 0 ? index - 1 : count + index;
    if (index == 0 || position < 0 || position >= count) {
        return lb_mesh_fail(text,
                            "corner %lld of a face, but there are %lld vertices so far "
                            "(correct the face, or put its vertices before it)",
                            index, count);
    }
    *corner = (uint32_t)position;
    return LB_OK;
}

static enum lb_status read_face(struct lb_mesh *mesh, struct lb_mesh_text *text)
{
    uint32_t fan[3];
    size_t count = 0;
    struct lb_mesh_word word;
    while (lb_mesh_word(text, &word)) {
        uint32_t corner = 0;
        LB_TRY(read_corner(mesh, text, word, &corner));
        fan[count < 2 ? count : 2] = corner;
        count++;
        if (count >= 3) {
            LB_TRY(lb_mesh_add_triangle(mesh, text, fan, NULL));
            fan[1] = fan[2];
        }
    }
    if (count < 3) {
        return lb_mesh_fail(text, "a face of %zu corners (give at least 3)", count);
    }
    return LB_OK;
}

enum lb_status lb_mesh_parse_obj(struct lb_mesh *mesh, struct lb_mesh_text *text)
{
    text->continues = true;
    struct lb_mesh_text ahead = *text;
    struct lb_mesh_word word;
    bool more = text->at < text->end;
    if (more && !lb_mesh_word(&ahead, &word)) {
        more = lb_mesh_next_line(text);
    }
    for (; more; more = lb_mesh_next_line(text)) {
        lb_mesh_word(text, &word);
        if (lb_mesh_word_is(word, "v")) {
            LB_TRY(read_vertex(mesh, text));
        } else if (lb_mesh_word_is(word, "f")) {
            LB_TRY(read_face(mesh, text));
        } else if (is_ignored(word)) {
            while (lb_mesh_word(text, &word)) { // a line may go on behind a backslash
            }
        } else {
            return lb_mesh_fail(text,
                                "'%s' is not a statement of an OBJ file of polygons (convert "
                                "the mesh to v and f)",
                                lb_mesh_quote(word).text);
        }
    }
    return LB_OK;
}
