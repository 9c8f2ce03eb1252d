#include "io/stl.h"

#include <math.h>
#include <string.h>

#include "base/ascii.h"

enum {
    START = 80,  // unused bytes before the number of facets
    FACET = 50,  // bytes: normal and points as float32, and two more bytes
    POINTS = 12, // offset of a facet's points
    EXTRA = 48,  // offset of its two extra bytes
};

static enum lb_status end_facet(struct lb_mesh_builder *builder, struct lb_mesh_text *text)
{
    return builder->face_count > 0 ? lb_mesh_builder_end_face(builder, text, NULL) : LB_OK;
}

/* Adds a vertex as a corner of the present facet. */
static enum lb_status add_point(struct lb_mesh_builder *builder, struct lb_mesh_text *text,
                                const double *point)
{
    const size_t corner = builder->mesh->n_vertices;
    LB_TRY(lb_mesh_builder_add_vertex(builder, text, point, NULL));
    return lb_mesh_builder_add_corner(builder, text, (uint32_t)corner);
}

/* ---- binary ---------------------------------------------------------------------------------- */

static size_t facet_count(const struct lb_mesh_text *text)
{
    uint32_t count;
    memcpy(&count, text->at + START, sizeof count);
    return count;
}

static enum lb_status parse_binary(struct lb_mesh_builder *builder, struct lb_mesh_text *text)
{
    const size_t count = facet_count(text);
    text->line = 0;
    text->at += START + sizeof(uint32_t);
    const size_t there = (size_t)(text->end - text->at) / FACET;
    if (count > there) {
        return lb_mesh_fail(text,
                            "%zu facets do not fit into the rest of the file, which has room for "
                            "%zu (it is damaged or truncated)",
                            count, there);
    }
    for (size_t i = 0; i < count; i++, text->at += FACET) {
        float points[9];
        memcpy(points, text->at + POINTS, sizeof points);
        for (size_t k = 0; k < 9; k += 3) {
            const double point[3] = {(double)points[k], (double)points[k + 1],
                                     (double)points[k + 2]};
            if (!(fabs(point[0]) <= LB_MESH_LARGEST && fabs(point[1]) <= LB_MESH_LARGEST &&
                  fabs(point[2]) <= LB_MESH_LARGEST)) {
                return lb_mesh_fail(text,
                                    "facet %zu has a number that is not finite or of unreasonable "
                                    "size (correct it)",
                                    i);
            }
            LB_TRY(add_point(builder, text, point));
        }
        LB_TRY(end_facet(builder, text));
        builder->notes.attributes =
            builder->notes.attributes || text->at[EXTRA] != 0 || text->at[EXTRA + 1] != 0;
    }
    builder->notes.surplus = (size_t)(text->end - text->at);
    builder->notes.unit = "bytes";
    return LB_OK;
}

/* ---- text ------------------------------------------------------------------------------------ */

static enum lb_status read_vertex(struct lb_mesh_builder *builder, struct lb_mesh_text *text)
{
    double point[3];
    for (size_t k = 0; k < 3; k++) {
        LB_TRY(lb_mesh_read_real(text, "vertex", &point[k]));
    }
    return add_point(builder, text, point);
}

static enum lb_status parse_text(struct lb_mesh_builder *builder, struct lb_mesh_text *text)
{
    static const char *const passed[] = {"solid", "facet", "outer", "endsolid"};
    struct lb_mesh_word word;
    lb_mesh_trim_end(text);
    for (bool more = lb_mesh_first_line(text); more; more = lb_mesh_next_line(text)) {
        lb_mesh_word(text, &word);
        if (lb_mesh_word_starts(word, "vertex")) {
            LB_TRY(read_vertex(builder, text));
            continue;
        }
        if (lb_mesh_word_starts(word, "endloop") || lb_mesh_word_starts(word, "endfacet")) {
            LB_TRY(end_facet(builder, text));
            continue;
        }
        bool known = false;
        for (size_t i = 0; i < LB_COUNT(passed) && !known; i++) {
            known = lb_mesh_word_starts(word, passed[i]);
        }
        if (!known) {
            lb_mesh_builder_unknown(builder, text, word);
        }
    }
    if (builder->face_count > 0) {
        return lb_mesh_fail(text, "the last facet does not end (the file is truncated)");
    }
    return LB_OK;
}

/* Binary files may also start with "solid". Text has no bytes below a tab. */
static bool is_text(const struct lb_mesh_text *text)
{
    struct lb_mesh_text ahead = *text;
    struct lb_mesh_word word;
    const size_t size = (size_t)(text->end - text->at);
    const size_t start = START + sizeof(uint32_t);
    if (!lb_mesh_first_line(&ahead) || !lb_mesh_word(&ahead, &word) ||
        !lb_mesh_word_starts(word, "solid")) {
        return false;
    }
    if (size >= start && (size - start) / FACET == facet_count(text) &&
        (size - start) % FACET == 0) {
        return false;
    }
    struct lb_mesh_text whole = *text;
    lb_mesh_trim_end(&whole);
    return memchr(whole.at, '\0', (size_t)(whole.end - whole.at)) == NULL;
}

enum lb_status lb_mesh_parse_stl(struct lb_mesh_builder *builder, struct lb_mesh_text *text)
{
    lb_mesh_skip_mark(text);
    if (is_text(text)) {
        return parse_text(builder, text);
    }
    if ((size_t)(text->end - text->at) < START + sizeof(uint32_t)) {
        return lb_mesh_fail(text, "is too short for an STL file, and does not start with 'solid' "
                                  "(it is damaged or truncated)");
    }
    return parse_binary(builder, text);
}
