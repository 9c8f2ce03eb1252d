/* The box as PLY and STL files, text and binary, of every type and order; and rejected files. */
#include "mesh_support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* ---- PLY ------------------------------------------------------------------------------------- */

enum number { CHAR, UCHAR, SHORT, USHORT, INT, UINT, FLOAT, DOUBLE };
static const char *const number_names[][2] = {
    {"char", "int8"}, {"uchar", "uint8"}, {"short", "int16"},   {"ushort", "uint16"},
    {"int", "int32"}, {"uint", "uint32"}, {"float", "float32"}, {"double", "float64"}};
static const size_t number_bytes[] = {1, 1, 2, 2, 4, 4, 4, 8};

enum coding { ASCII, LITTLE, BIG };
static const char *const coding_names[] = {"ascii", "binary_little_endian", "binary_big_endian"};

/* One value as text or bytes. */
static void put(struct lb_text *text, enum coding coding, enum number type, double value)
{
    if (coding == ASCII) {
        lb_text_addf(text, "%.9g ", value);
        return;
    }
    char bytes[8] = {0};
    char turned[8];
    const long long whole = type < FLOAT ? (long long)value : 0;
    const float single = (float)value;
    const size_t n = number_bytes[type];
    memcpy(bytes,
           type == FLOAT ? (const void *)&single
                         : (type == DOUBLE ? (const void *)&value : (const void *)&whole),
           n);
    for (size_t i = 0; i < n; i++) {
        turned[i] = bytes[coding == BIG ? n - 1 - i : i];
    }
    lb_text_add_bytes(text, turned, n);
}

struct ply {
    enum coding coding;
    enum number point;
    enum number count;
    enum number corner;
    enum number color;
    int name; ///< 0 or 1: of number_names and of vertex_indices
    bool faces_first;
    bool colors; ///< of the vertices
    bool extra;  ///< elements and properties unrelated to the surface
    bool strips; ///< tristrips instead of faces
    const char *line_end;
};

static const double color_range[] = {127, 255, 255, 65535, 255, 255, 1, 1};

static void put_vertices(struct lb_text *text, const struct ply *ply)
{
    for (size_t i = 0; i < BOX_CORNERS; i++) {
        if (ply->extra) {
            put(text, ply->coding, UCHAR, 2);
            put(text, ply->coding, DOUBLE, 0.5);
            put(text, ply->coding, DOUBLE, 0.5);
        }
        for (size_t k = 0; k < 3; k++) {
            put(text, ply->coding, ply->point, box_corners[i][k]);
        }
        for (size_t k = 0; k < 3 && ply->colors; k++) {
            put(text, ply->coding, ply->color, color_range[ply->color] * (k == 1));
        }
        lb_text_add(text, ply->coding == ASCII ? ply->line_end : "");
    }
}

static void put_faces(struct lb_text *text, const struct ply *ply)
{
    if (ply->strips) { // each side is a strip of two triangles
        put(text, ply->coding, ply->count, BOX_SIDES * 5 - 1);
    }
    for (size_t i = 0; i < BOX_SIDES; i++) {
        const uint32_t strip[4] = {box_sides[i][1], box_sides[i][2], box_sides[i][0],
                                   box_sides[i][3]};
        if (ply->extra && !ply->strips) {
            put(text, ply->coding, FLOAT, 7.5);
        }
        if (!ply->strips) {
            put(text, ply->coding, ply->count, 4);
        } else if (i > 0) {
            put(text, ply->coding, ply->corner, -1);
        }
        for (size_t k = 0; k < 4; k++) {
            put(text, ply->coding, ply->corner, ply->strips ? strip[k] : box_sides[i][k]);
        }
        lb_text_add(text, ply->coding == ASCII ? ply->line_end : "");
    }
}

static struct lb_text make_ply(const struct ply *ply)
{
    struct lb_text text = {0};
    struct lb_text head = {0};
    const int name = ply->name;
    const char *point = number_names[ply->point][name];
    lb_text_addf(&head, "ply\nformat %s 1.0\ncomment # made here\nobj_info 3 of 4\n",
                 coding_names[ply->coding]);
    for (int part = 0; part < 2; part++) {
        if ((part == 0) == ply->faces_first) {
            lb_text_addf(&head, "element %s %d\n", ply->strips ? "tristrips" : "face",
                         ply->strips ? 1 : BOX_SIDES);
            lb_text_add(&head, ply->extra && !ply->strips ? "property float quality\n" : "");
            lb_text_addf(&head, "property list %s %s %s\n", number_names[ply->count][name],
                         number_names[ply->corner][name],
                         name == 0 ? "vertex_indices" : "vertex_index");
            continue;
        }
        lb_text_addf(&head, "element vertex %d\n", BOX_CORNERS);
        lb_text_add(&head, ply->extra ? "property list uchar double weights\n" : "");
        lb_text_addf(&head, "property %s x\nproperty %s y\nproperty %s z\n", point, point, point);
        for (size_t k = 0; k < 3 && ply->colors; k++) {
            static const char *const names[] = {"red", "green", "blue"};
            lb_text_addf(&head, "property %s %s\n", number_names[ply->color][name], names[k]);
        }
        lb_text_add(&head, ply->extra ? "element camera 2\nproperty short f\nproperty list int "
                                        "float places\n"
                                      : "");
    }
    lb_text_add(&head, "end_header\n");
    for (const char *at = head.data; *at != '\0'; at++) {
        if (*at == '\n') {
            lb_text_add(&text, ply->line_end);
        } else {
            lb_text_add_bytes(&text, at, 1);
        }
    }
    for (int part = 0; part < 2; part++) {
        if ((part == 0) == ply->faces_first) {
            put_faces(&text, ply);
            continue;
        }
        put_vertices(&text, ply);
        for (int i = 0; i < 2 && ply->extra; i++) {
            put(&text, ply->coding, SHORT, -3);
            put(&text, ply->coding, INT, i);
            for (int k = 0; k < i; k++) {
                put(&text, ply->coding, FLOAT, 1.5);
            }
        }
    }
    lb_text_free(&head);
    return text;
}

static const struct ply plys[] = {
    {ASCII, FLOAT, UCHAR, INT, UCHAR, 0, false, false, false, false, "\n"},
    {ASCII, DOUBLE, INT, UINT, FLOAT, 1, false, true, true, false, "\r\n"},
    {ASCII, FLOAT, UCHAR, INT, UCHAR, 0, true, true, false, false, "\r"},
    {ASCII, FLOAT, INT, INT, UCHAR, 0, false, false, true, true, "\n"},
    {LITTLE, FLOAT, UCHAR, INT, UCHAR, 0, false, true, false, false, "\n"},
    {LITTLE, DOUBLE, USHORT, SHORT, DOUBLE, 1, true, true, true, false, "\r\n"},
    {LITTLE, FLOAT, INT, CHAR, USHORT, 0, false, true, false, true, "\n"},
    {BIG, FLOAT, UINT, UCHAR, USHORT, 1, false, true, true, false, "\r"},
    {BIG, DOUBLE, CHAR, USHORT, INT, 0, false, true, false, false, "\n"},
    {BIG, FLOAT, SHORT, SHORT, FLOAT, 1, true, false, true, true, "\n"},
};

/* The strips of the box have the orientation of its sides, but different triangles. */
static void check_strips(const struct lb_mesh *mesh)
{
    assert_int_equal(mesh->n_triangles, BOX_TRIANGLES);
    for (size_t i = 0; i < BOX_TRIANGLES; i++) {
        const uint32_t *side = box_sides[i / 2];
        const uint32_t wanted[2][3] = {{side[1], side[2], side[0]}, {side[0], side[2], side[3]}};
        const uint32_t *got = mesh->triangles + 3 * i;
        bool same = false;
        for (size_t turn = 0; turn < 3; turn++) {
            const uint32_t *w = wanted[i % 2];
            same = same || (got[turn] == w[0] && got[(turn + 1) % 3] == w[1] &&
                            got[(turn + 2) % 3] == w[2]);
        }
        if (!same) {
            fail_msg("triangle %zu of the strips: %u %u %u", i, got[0], got[1], got[2]);
        }
    }
}

static void ply_files_are_read(void **state)
{
    struct heard *heard = *state;
    for (size_t i = 0; i < LB_COUNT(plys); i++) {
        char name[20];
        struct lb_text text = make_ply(&plys[i]);
        struct lb_mesh mesh = read_mesh(heard, "a.PLY", text.data, text.length);
        snprintf(name, sizeof name, "ply %zu", i);
        check_said(name, heard, NULL);
        if (plys[i].strips) {
            check_strips(&mesh);
        } else {
            check_box(name, &mesh);
        }
        assert_int_equal(mesh.vertex_colors != NULL, plys[i].colors);
        assert_null(mesh.triangle_colors);
        for (size_t k = 0; k < 3 * BOX_CORNERS && plys[i].colors; k++) {
            check_near(name, k, (double)mesh.vertex_colors[k], k % 3 == 1 ? 1.0 : 0.0, 0.0);
        }
        lb_mesh_free(&mesh);
        damage_mesh(&heard->fixture, "a.ply", text.data, text.length);
        lb_text_free(&text);
    }
}

#define PLY_START(format) "ply\nformat " format " 1.0\n"
#define PLY_VERTICES(n)                                                                            \
    "element vertex " #n "\nproperty float x\nproperty float y\nproperty float z\n"
#define PLY_FACES(n) "element face " #n "\nproperty list uchar int vertex_indices\n"
#define PLY_POINTS   "0 0 0\n1 0 0\n0 1 0\n"

/* An old Blender exporter breaks its comment into two lines. */
static void unknown_header_lines_are_skipped(void **state)
{
    static const char text[] = PLY_START("ascii") "comment\nCreated by a program\n" PLY_VERTICES(3)
        PLY_FACES(1) "end_header\n" PLY_POINTS "3 0 1 2\n";
    struct lb_mesh mesh = read_mesh(*state, "a.ply", TEXT(text));
    assert_int_equal(mesh.n_triangles, 1);
    check_said("header", *state, "skipped 1 unknown statements, first 'Created' in line 4");
    lb_mesh_free(&mesh);
}

static void ply_faces_have_colors(void **state)
{
    static const char text[] = PLY_START("ascii") PLY_VERTICES(3) PLY_FACES(
        2) "property uchar red\nproperty uchar green\nproperty uchar blue\nproperty uchar alpha\n"
           "end_header\n" PLY_POINTS "3 0 1 2 255 51 0 9\n3 2 1 0 0 0 255 9\nmore\n";
    struct lb_mesh mesh = read_mesh(*state, "a.ply", TEXT(text));
    static const float wanted[] = {1.0f, 0.2f, 0.0f, 0.0f, 0.0f, 1.0f};
    for (size_t k = 0; k < 6; k++) {
        check_near("colour", k, (double)mesh.triangle_colors[k], (double)wanted[k], 1e-7);
    }
    check_said("surplus", *state, "a.ply: skipped 1 lines more than its header counts");
    lb_mesh_free(&mesh);
}

/* ---- STL ------------------------------------------------------------------------------------- */

/* The box. Binary styles: 0 plain, 1 starting with "solid", 2 with attributes, 3 with trailing
 * data; text styles: 4 plain, 5 in capitals, 6 with the line ends of old Macintosh systems. */
enum { STL_STYLES = 7 };

static struct lb_text make_stl(int style)
{
    static const char *const words[][5] = {
        {"solid a vertex\n", "facet normal 0 0 1\n outer loop\n", " vertex", " endloop\nendfacet\n",
         "endsolid a\n"},
        {"SOLID\n", "FACET NORMAL nan 0 0\nOUTER LOOP\n", "VERTEX", "ENDLOOP\nENDFACET\n",
         "ENDSOLID"},
        {"solid\r", "facet\router loop\r", "vertex", "endfacet\r", "endsolid\r"}};
    struct lb_text text = {0};
    if (style < 4) {
        char start[80] = {0};
        memcpy(start, style == 1 ? "solid" : "exported", 5);
        lb_text_add_bytes(&text, start, sizeof start);
        put(&text, LITTLE, UINT, BOX_TRIANGLES);
    } else {
        lb_text_add(&text, words[style - 4][0]);
    }
    for (size_t i = 0; i < BOX_TRIANGLES; i++) {
        const uint32_t *side = box_sides[i / 2];
        const uint32_t triangle[3] = {side[0], side[1 + i % 2], side[2 + i % 2]};
        if (style >= 4) {
            lb_text_add(&text, words[style - 4][1]);
        }
        for (size_t k = 0; k < 3 && style < 4; k++) {
            put(&text, LITTLE, FLOAT, NAN); // the normal, which is ignored
        }
        for (size_t c = 0; c < 3; c++) {
            const double *p = box_corners[triangle[c]];
            if (style >= 4) {
                lb_text_addf(&text, "%s %g %.1e %f%s", words[style - 4][2], p[0], p[1], p[2],
                             style == 6 ? "\r" : "\n");
            }
            for (size_t k = 0; k < 3 && style < 4; k++) {
                put(&text, LITTLE, FLOAT, p[k]);
            }
        }
        if (style >= 4) {
            lb_text_add(&text, words[style - 4][3]);
        } else {
            put(&text, LITTLE, USHORT, style == 2 ? 0x8111 : 0);
        }
    }
    lb_text_add(&text, style >= 4 ? words[style - 4][4] : (style == 3 ? "some text" : ""));
    return text;
}

static void stl_files_are_read(void **state)
{
    static const char *const said[STL_STYLES] = {
        [2] = "a.stl: has attributes", [3] = "a.stl: skipped 9 bytes more than its header counts"};
    struct heard *heard = *state;
    for (int style = 0; style < STL_STYLES; style++) {
        char name[20];
        struct lb_text text = make_stl(style);
        struct lb_mesh mesh = read_mesh(heard, "a.stl", text.data, text.length);
        snprintf(name, sizeof name, "stl %d", style);
        check_box(name, &mesh);
        check_said(name, heard, said[style]);
        assert_null(mesh.vertex_colors);
        assert_null(mesh.triangle_colors);
        lb_mesh_free(&mesh);
        damage_mesh(&heard->fixture, "a.stl", text.data, text.length);
        lb_text_free(&text);
    }
}

/* ---- invalid files --------------------------------------------------------------------------- */

static const struct bad {
    const char *path;
    const char *text;
    size_t size;
    const char *message;
} bads[] = {
    {"a.ply", TEXT(""), "a.ply:1: starts with ''"},
    {"a.ply", TEXT("OFF\n"), "a.ply:1: starts with 'OFF', not with 'ply'"},
    {"a.ply", TEXT("ply\n"), "the header does not end"},
    {"a.ply", TEXT("ply\nformat text 1.0\n"), "a.ply:2: 'text' is not a PLY format"},
    {"a.ply", TEXT("ply\nproperty float x\n"), "a.ply:2: a property before any element"},
    {"a.ply", TEXT("ply\nelement vertex -1\n"), "a.ply:2: '-1' is not a number of elements"},
    {"a.ply", TEXT("ply\nelement vertex\n"), "a.ply:2: '' is not a number of elements"},
    {"a.ply", TEXT("ply\nelement vertex 3\nproperty real x\n"),
     "a.ply:3: 'real' is not a PLY type"},
    {"a.ply", TEXT("ply\nelement vertex 3\nproperty list uchar\n"),
     "a.ply:3: '' is not a PLY type"},
    {"a.ply", TEXT("ply\nelements 3\n"), "the header does not end"},
    {"a.ply", TEXT("ply\n" PLY_VERTICES(3) "end_header\n"), "the header has no line 'format'"},
    {"a.ply", TEXT(PLY_START("ascii") "end_header\n"), "has no vertices"},
    {"a.ply", TEXT(PLY_START("ascii") PLY_VERTICES(3) "end_header\n" PLY_POINTS),
     "has no faces (make a surface of its points)"},
    {"a.ply", TEXT(PLY_START("ascii") PLY_VERTICES(3) PLY_FACES(0) "end_header\n" PLY_POINTS),
     "contains no triangle"},
    {"a.ply",
     TEXT(PLY_START("ascii") "element vertex 3\nproperty float x\nproperty float y\n" PLY_FACES(
         1) "end_header\n"),
     "its vertices have no properties x, y and z"},
    {"a.ply",
     TEXT(PLY_START("ascii") PLY_VERTICES(3) "element face 1\nproperty int material\n"
                                             "end_header\n"),
     "its element face has no list vertex_indices"},
    {"a.ply", TEXT(PLY_START("ascii") PLY_VERTICES(3) PLY_VERTICES(3) PLY_FACES(1) "end_header\n"),
     "two elements are named vertex"},
    {"a.ply", TEXT(PLY_START("ascii") PLY_VERTICES(99) PLY_FACES(1) "end_header\n" PLY_POINTS),
     "99 elements vertex do not fit"},
    {"a.ply",
     TEXT(PLY_START("ascii") PLY_VERTICES(3) PLY_FACES(1) "end_header\n" PLY_POINTS "3 0 1 3\n"),
     "face 0 has a corner that is not a vertex"},
    {"a.ply",
     TEXT(PLY_START("ascii") PLY_VERTICES(3) PLY_FACES(1) "end_header\n" PLY_POINTS "3 0 1 0.5\n"),
     "face 0 has a corner that is not a vertex"},
    {"a.ply",
     TEXT(PLY_START("ascii") PLY_VERTICES(3) PLY_FACES(1) "end_header\n" PLY_POINTS "-3 0 1 2\n"),
     "face 0 has a list whose length is not an integer"},
    {"a.ply",
     TEXT(PLY_START("ascii") PLY_VERTICES(3) PLY_FACES(1) "end_header\n" PLY_POINTS "3 0 1\n"),
     "ends too early"},
    {"a.ply",
     TEXT(PLY_START("ascii") PLY_VERTICES(3) PLY_FACES(1) "end_header\n0 0 0\n1 nan 0\n0 1 "
                                                          "0\n3 0 1 2\n"),
     "a.ply:11: 'nan' in the vertex"},
    {"a.ply",
     TEXT(PLY_START("binary_little_endian") PLY_VERTICES(1)
              PLY_FACES(1) "end_header\n"
                           "\0\0\0\0\0\0\xc0\x7f\0\0\0\0\3\0\0\0\0\0\0\0\0\0\0\0\0"),
     "a.ply: vertex 0 has a number that is not finite"},
    {"a.ply",
     TEXT(PLY_START("binary_little_endian") PLY_VERTICES(1)
              PLY_FACES(1) "end_header\n"
                           "\0\0\0\0\0\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0\0\0\0\0"),
     "a.ply: face 0 is missing"},
    {"a.stl", TEXT(""), "is too short for an STL file"},
    {"a.stl", TEXT("OFF\n"), "is too short for an STL file"},
    {"a.stl", TEXT("solid\nendsolid\n"), "contains no triangle"},
    {"a.stl", TEXT("solid cube\nmesh 1\n"),
     "a.stl:2: contains no triangle, but unknown statements"},
    {"a.stl", TEXT("solid\nfacet\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\n"),
     "the last facet does not end"},
    {"a.stl", TEXT("solid\nfacet\nouter loop\nvertex 0 0 inf\n"), "a.stl:4: 'inf' in the vertex"},
    {"a.stl", TEXT("solid\nfacet\nouter loop\nvertex 0 0\n"), "a.stl:4: the vertex ends too early"},
};

static void hostile_files_are_refused(void **state)
{
    const struct heard *heard = *state;
    for (size_t i = 0; i < LB_COUNT(bads); i++) {
        struct lb_mesh mesh;
        const enum lb_status status =
            parse_mesh(&heard->fixture, &mesh, bads[i].path, bads[i].text, bads[i].size);
        require_error(&heard->fixture, status, LB_ERR_FORMAT, bads[i].message);
        require_error(&heard->fixture, status, LB_ERR_FORMAT, bads[i].path);
        lb_mesh_free(&mesh);
    }
    struct lb_text text = make_stl(0);
    struct lb_mesh mesh;
    require_error(
        &heard->fixture, parse_mesh(&heard->fixture, &mesh, "a.stl", text.data, text.length - 1),
        LB_ERR_FORMAT, "12 facets do not fit into the rest of the file, which has room for 11");
    lb_mesh_free(&mesh);
    memset(text.data + 84 + 12, 0x7f, 4); // 3.4e38
    require_error(&heard->fixture,
                  parse_mesh(&heard->fixture, &mesh, "a.stl", text.data, text.length),
                  LB_ERR_FORMAT, "a.stl: facet 0 has a number that is not finite");
    lb_mesh_free(&mesh);
    lb_text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ply_files_are_read),
        cmocka_unit_test(ply_faces_have_colors),
        cmocka_unit_test(unknown_header_lines_are_skipped),
        cmocka_unit_test(stl_files_are_read),
        cmocka_unit_test(hostile_files_are_refused),
    };
    return cmocka_run_group_tests_name("ply_stl", tests, open_heard, close_heard);
}
