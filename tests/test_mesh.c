/* Meshes from OBJ and OFF: what is read, and that hostile files are rejected with one message. */
#include "mesh_support.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/mesh_builder.h"
#include "io/mesh_read.h"
#include "io/mesh_text.h"

/* ---- valid files ----------------------------------------------------------------------------- */

struct good {
    const char *path;
    const char *text;
    size_t n_vertices;
    size_t n_triangles;
    double vertex[3];     ///< the last one
    uint32_t triangle[3]; ///< the last one
    float color[3];       ///< of the last vertex or triangle; negative: none
};

#define SQUARE "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0.25\n"
#define NONE                                                                                       \
    {                                                                                              \
        -1.0f, 0.0f, 0.0f                                                                          \
    }

static const struct good goods[] = {
    {"a.obj", SQUARE "f 1 2 3\n", 4, 1, {0, 1, 0.25}, {0, 1, 2}, NONE},
    {"a.OBJ", SQUARE "f 1 2 3 4", 4, 2, {0, 1, 0.25}, {0, 2, 3}, NONE},
    {"a.obj", SQUARE "f -4 -3 -2 -1\n", 4, 2, {0, 1, 0.25}, {0, 2, 3}, NONE},
    {"a.obj",
     SQUARE "vt 0 0\nvn 0 0 1\nf 1/1 2/1 3/1\nf 1//1 3//1 4//1\nf 1/1/1 2/1/-1 4/1/1\n",
     4,
     3,
     {0, 1, 0.25},
     {0, 1, 3},
     NONE},
    {"a.obj",
     "# cube\r\n\r\nmtllib x.mtl\r\n  v 0 0 0 # first\r\nv\t1 0 0\r\nv 1 1 -2.5E-1\r\n"
     "g side\r\nusemtl red\r\ns off\r\nf 1 2 3\r\n",
     3,
     1,
     {1, 1, -0.25},
     {0, 1, 2},
     NONE},
    {"a.obj",
     "v 0 0 0\nv 1 \\\n0 0\nv +.5 1. 5e-324\nf 1 \\\r\n 2 3\n",
     3,
     1,
     {0.5, 1, 5e-324},
     {0, 1, 2},
     NONE},
    {"a.obj",
     "v 0 0 0 1 0 0\nv 1 0 0 0 1 0\nv 0 1 0 0.25 0.5 1\nf 1 2 3\n",
     3,
     1,
     {0, 1, 0},
     {0, 1, 2},
     {0.25f, 0.5f, 1.0f}},
    {"a.obj",
     "v 0 0 0 1\nv 1 0 0 1\nv 0 1 0 1\nl 1 2\np 1\nf 3 2 1\n",
     3,
     1,
     {0, 1, 0},
     {2, 1, 0},
     NONE},
    {"a.obj",
     "v 0 0 0\nv 1 0 0\nv 0 123456789012345678901234567890 0.0000000000000000000000001\n"
     "f 1 2 3\n",
     3,
     1,
     {0, 123456789012345678901234567890.0, 1e-25},
     {0, 1, 2},
     NONE},
    /* w before the colour, and an opacity after it. */
    {"a.obj",
     "v 0 0 0 1 1 0 0\nv 1 0 0 1 0 1 0\nv 0 1 0 7 0.25 0.5 1\nf 1 2 3\n",
     3,
     1,
     {0, 1, 0},
     {0, 1, 2},
     {0.25f, 0.5f, 1.0f}},
    {"a.obj",
     "v 0 0 0 1 1 0 0 1\nv 1 0 0 1 0 1 0 1\nv 0 1 0 -7 0.25 0.5 1 0\nf 1 2 3\n",
     3,
     1,
     {0, 1, 0},
     {0, 1, 2},
     {0.25f, 0.5f, 1.0f}},
    /* An arrow head: it is cut between its tip and its notch. */
    {"a.obj", "v 0 0 0\nv 1 1 0\nv 2 0 0\nv 1 3 0\nf 1 2 3 4\n", 4, 2, {1, 3, 0}, {3, 1, 2}, NONE},
    {"a.off",
     "OFF\n4 1 4\n0 0 0\n1 1 0\n2 0 0\n1 3 0\n4 0 1 2 3 0 0 255\n",
     4,
     2,
     {1, 3, 0},
     {3, 1, 2},
     {0.0f, 0.0f, 1.0f}},
    {"a.off", "OFF\n3 1 3\n0 0 0\n1 0 0\n0 1 0.5\n3 0 1 2\n", 3, 1, {0, 1, 0.5}, {0, 1, 2}, NONE},
    {"a.Off",
     "OFF 4 1 0 # counts here\n# a square\n0 0 0\n1 0 0\n\n1 1 0\n0 1 0\n4 0 1 2 3",
     4,
     2,
     {0, 1, 0},
     {0, 2, 3},
     NONE},
    {"a.off",
     "OFF\r\n3 1\r\n0 0 0\r\n1 0 0\r\n0 1 0\r\n3 0 1 2 51 102 255\r\n",
     3,
     1,
     {0, 1, 0},
     {0, 1, 2},
     {0.2f, 0.4f, 1.0f}},
    {"a.off",
     "OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2 0.5 0.25 1.0 1.0\n",
     3,
     1,
     {0, 1, 0},
     {0, 1, 2},
     {0.5f, 0.25f, 1.0f}},
    {"a.off",
     "COFF\n3 1 0\n0 0 0 0 0 0 255\n1 0 0 0 0 0 255\n0 1 0 255 0 51 255\n3 0 1 2\n",
     3,
     1,
     {0, 1, 0},
     {0, 1, 2},
     {1.0f, 0.0f, 0.2f}},
    {"a.off",
     "NOFF\n3 1 0\n0 0 0 0 0 1\n1 0 0 0 0 1\n0 1 0 0 0 1\n3 0 1 2 7\n",
     3,
     1,
     {0, 1, 0},
     {0, 1, 2},
     NONE},
    {"a.off",
     "CNOFF\n3 1 0\n0 0 0 0 0 1 1.0 0 0\n1 0 0 0 0 1 1.0 0 0\n0 1 0 0 0 1 0.5 0 1\n3 0 1 "
     "2\n",
     3,
     1,
     {0, 1, 0},
     {0, 1, 2},
     {0.5f, 0.0f, 1.0f}},
};

static void check_good(const struct device_fixture *fixture, size_t i)
{
    const struct good *good = &goods[i];
    struct lb_mesh mesh;
    require_ok(fixture, parse_mesh(fixture, &mesh, good->path, good->text, strlen(good->text)));
    assert_int_equal(mesh.n_vertices, good->n_vertices);
    assert_int_equal(mesh.n_triangles, good->n_triangles);
    const float *color = NULL;
    if (mesh.triangle_colors != NULL) {
        color = mesh.triangle_colors + 3 * (mesh.n_triangles - 1);
    } else if (mesh.vertex_colors != NULL) {
        color = mesh.vertex_colors + 3 * (mesh.n_vertices - 1);
    }
    assert_true((color != NULL) == (good->color[0] >= 0.0f));
    for (size_t k = 0; k < 3; k++) {
        const double want = good->vertex[k];
        check_near("vertex", i, mesh.vertices[3 * (mesh.n_vertices - 1) + k], want,
                   4e-16 * fabs(want));
        assert_int_equal(mesh.triangles[3 * (mesh.n_triangles - 1) + k], good->triangle[k]);
        if (color != NULL) {
            check_near("colour", i, (double)color[k], (double)good->color[k], 1e-6);
        }
    }
    lb_mesh_free(&mesh);
}

static void files_are_read(void **state)
{
    for (size_t i = 0; i < LB_COUNT(goods); i++) {
        check_good(*state, i);
    }
}

/* A decimal comma in the user's locale makes no difference. */
static void numbers_do_not_depend_on_the_locale(void **state)
{
    static const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "C.UTF-8"};
    for (size_t i = 0; i < LB_COUNT(names); i++) {
        if (setlocale(LC_NUMERIC, names[i]) != NULL) {
            break;
        }
    }
    for (size_t i = 0; i < LB_COUNT(goods); i++) {
        check_good(*state, i);
    }
    setlocale(LC_NUMERIC, "C");
}

/* Numbers equal those of strtod() in the C locale to the last bit. */
static void numbers_are_those_of_the_library(void **state)
{
    (void)state;
    for (size_t i = 0; i < 20000; i++) {
        char text[64];
        const int digits = 1 + (int)(i % 17);
        const double size = pow(10.0, 25.0 * (double)draw(2, i));
        snprintf(text, sizeof text, i % 2 == 0 ? "%.*e" : "%.*f", digits,
                 (double)draw(1, i) * size);
        double got;
        const struct lb_mesh_word word = {text, strlen(text)};
        const double want = strtod(text, NULL);
        if (!lb_mesh_real(word, &got) || got != want) {
            fail_msg("'%s': got %.17g, expected %.17g", text, got, want);
        }
    }
}

/* Any changed byte changes the hash, even if the triangles stay the same. */
static void hashes_tell_files_apart(void **state)
{
    static const char *const texts[] = {SQUARE "f 1 2 3\n", SQUARE "f 1 2 4\n",
                                        SQUARE "f 1 2 3 \n"};
    struct lb_mesh meshes[LB_COUNT(texts)];
    for (size_t i = 0; i < LB_COUNT(texts); i++) {
        struct lb_mesh again;
        require_ok(*state, parse_mesh(*state, &meshes[i], "a.obj", texts[i], strlen(texts[i])));
        require_ok(*state, parse_mesh(*state, &again, "b.obj", texts[i], strlen(texts[i])));
        assert_true(again.hash == meshes[i].hash);
        for (size_t k = 0; k < i; k++) {
            assert_true(meshes[i].hash != meshes[k].hash);
        }
        lb_mesh_free(&again);
        lb_mesh_free(&meshes[i]);
    }
}

/* ---- invalid files --------------------------------------------------------------------------- */

static const struct bad {
    const char *path;
    const char *text;
    const char *message;
} bads[] = {
    {"a.obj", "", "no triangle"},
    {"a.obj", "# nothing\n", "no triangle"},
    {"a.obj", SQUARE, "no triangle"},
    {"a.obj", SQUARE "f 1 2 5\n", "a.obj:5: corner 5"},
    {"a.obj", SQUARE "f 0 1 2\n", "a.obj:5: corner 0"},
    {"a.obj", SQUARE "f -5 1 2\n", "a.obj:5: corner -5"},
    {"a.obj", SQUARE "\n\nf 1 2 99999999999999999999\n", "a.obj:7"},
    {"a.obj", SQUARE "f 1 2 x\n", "'x'"},
    {"a.obj", SQUARE "f 1/2/3/4 2 3\n", "'1/2/3/4'"},
    {"a.obj", SQUARE "f 1.5 2 3\n", "'1.5'"},
    {"a.obj", "v 0 0\n", "a.obj:1: the vertex ends too early"},
    {"a.obj", "v 0 0 nan\n", "'nan'"},
    {"a.obj", "v 0 inf 0\n", "'inf'"},
    {"a.obj", "v 0 1e400 0\n", "'1e400'"},
    {"a.obj", "v 0 1e31 0\n", "'1e31'"},
    {"a.obj", "v 0 0x10 0\n", "'0x10'"},
    {"a.obj", "v 0 1,5 0\n", "'1,5'"},
    {"a.obj", "v 0 1e 0\n", "'1e'"},
    {"a.obj", "v 0 - 0\n", "'-'"},
    {"a.obj", "v 0 0 0 1 0 0 0 1 5\n", "'5'"},
    {"a.obj", "v 0 0 0 1 0\n", "a vertex of 5 numbers"},
    {"a.obj", "v 0 0 0\nv 1.#INF 0 0\n", "a.obj:2: '1.#INF'"},
    {"a.obj", "v 0 -1.#IND 0\n", "a.obj:1: '-1.#IND'"},
    {"a.obj", "v 0 0 1.5abc\n", "a.obj:1: '1.5abc'"},
    {"a.obj", "v 0 0 0 1.5abc\n", "'1.5abc' in the vertex"},
    {"a.obj", "v 0 0 0 1 0 0.5x\n", "'0.5x' in the vertex"},
    {"a.obj", "v 0 infinity 0\n", "'infinity'"},
    {"a.obj", "v 0 1e+ 0\n", "'1e+'"},
    {"a.obj", "v 0 1.5.2 0\n", "'1.5.2'"},
    {"a.obj", "v 0 --1 0\n", "'--1'"},
    {"a.obj", "v 0 1f 0\n", "'1f'"},
    {"a.obj", "v 0 . 0\n", "'.'"},
    {"a.obj", SQUARE "f 1 2 3#4\n", "a.obj:5: '3#4'"},
    {"a.obj", "v 1 1 1\nv 1 1 1\nv 1 1 1\nf 1 2 3\n", "all points are equal"},
    {"a.obj", "v 0 0 0\nv -0 0 0\nv 0 0 -0\nf 1 2 3\n", "all points are equal"},
    {"a.obj", "solid cube\n", "'solid'"},
    {"a.obj",
     "\x7f"
     "ELF\x02\x01\n",
     "a.obj:1"},
    {"a.off", "", "a.off:1: the file is empty"},
    {"a.off", "PLY\n", "'PLY'"},
    {"a.off", "OFF BINARY\n", "a.off:1"},
    {"a.off", "OFF\n", "number of vertices is missing"},
    {"a.off", "OFF\n1\n", "number of faces is missing"},
    {"a.off", "OFF\n-3 1 0\n", "'-3'"},
    {"a.off", "OFF\n3.5 1 0\n", "'3.5'"},
    {"a.off", "OFF\n4000000000 1 0\n0 0 0\n", "4000000000 vertices do not fit"},
    {"a.off", "OFF\n3 999999999 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n", "999999999 faces do not fit"},
    {"a.off", "OFF\n3 99999999999999999999999 0\n", "a.off:2"},
    {"a.off", "OFF\n3 1 0\n0 0 0\n1 0 0 \n", "2 vertices instead of 3"},
    {"a.off", "OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n \n", "0 faces instead of 1"},
    {"a.off", "OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1\n", "a.off:6: the face ends too early"},
    {"a.off", "OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 3\n", "'3' is not a corner"},
    {"a.off", "OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 -1\n", "'-1' is not a corner"},
    {"a.off", "OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n999999999999 0 1\n", "a.off:6"},
    {"a.off", "OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2 300 0 0\n", "colour 300"},
    {"a.off", "OFF\n1 1 0\n0 0 1.#QNAN\n3 0 0 0\n", "a.off:3: '1.#QNAN'"},
    {"a.off", "OFF\n1 1 0\n0 0x10 0\n3 0 0 0\n", "a.off:3: '0x10'"},
    {"a.off", "COFF\n1 1 0\n0 0 0 1.0 nan 0\n3 0 0 0\n", "a.off:3: 'nan'"},
    {"a.off", "OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2 1.0 0 0,5\n", "a.off:6: '0,5'"},
    {"a.off", "OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2x\n", "a.off:6: '2x'"},
    {"a.off", "OFF\n1 1 0\n0 0\n3 0 0 0\n", "a.off:3: the vertex ends too early"},
    {"a.off", "OFF\n1 1 0\n5 5 5\n3 0 0 0\n", "all points are equal"},
    {"a.off", "OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n0\n", "a.off:6: a face of '0' corners"},
    {"a.obj", SQUARE "f 1 2\n", "no triangle"},
    {"a.obj", SQUARE "f\n", "no triangle"},
    {"a.obj", SQUARE "f 1 2 5\nv 0 0 0\nf 6 1 2\n", "a.obj:7: corner 6"},
    {"a.obj", SQUARE "f 1 -5 2\nv 0 0 0\n", "a.obj:5: corner -5 of a face, but there are 4"},
    {"a.obj", "v 0 0 0 1 0 258\n", "colour 258 is not in 0 to 1, nor in 0 to 255"},
    {"a.obj", "v 0 0 0 -0.02 0 0\n", "colour -0.02"},
    {"a.obj", "v 0 0 0 -2.6 0 0\nv 0 0 1 255 0 0\n", "colour -2.6"},
    {"a.off", "OFF2x 1 0\n", "a.off:1: '2x' is not a number of vertices"},
    {"a.off", "STOFF\n1 1 0\n", "'STOFF'"},
    {"a.stp", "solid\n", "must end in .obj, .off, .ply or .stl"},
    {"obj", SQUARE "f 1 2 3\n", "must end in .obj, .off, .ply or .stl"},
};

static void hostile_files_are_refused(void **state)
{
    for (size_t i = 0; i < LB_COUNT(bads); i++) {
        struct lb_mesh mesh;
        const enum lb_status status =
            parse_mesh(*state, &mesh, bads[i].path, bads[i].text, strlen(bads[i].text));
        require_error(*state, status, LB_ERR_FORMAT, bads[i].message);
        require_error(*state, status, LB_ERR_FORMAT, bads[i].path);
        assert_null(strchr(lb_context_error(((struct device_fixture *)*state)->ctx), '\n'));
        lb_mesh_free(&mesh);
    }
}

static void damaged_files_are_safe(void **state)
{
    for (size_t i = 0; i < LB_COUNT(goods); i++) {
        damage_mesh(*state, goods[i].path, goods[i].text, strlen(goods[i].text));
    }
}

/* A polygon with one triangle more than the limit, and a missing file. */
static void limits_hold(void **state)
{
    const struct device_fixture *fixture = *state;
    static const char start[] = "v 0 0 0\nv 1 0 0\nv 0 1 0\nf";
    const size_t corners = LB_MESH_MAX_TRIANGLES + 3;
    const size_t size = sizeof start - 1 + 2 * corners;
    char *text = allocate(size, 1);
    struct lb_mesh mesh;
    memcpy(text, start, sizeof start - 1);
    for (size_t i = 0; i < corners; i++) {
        memcpy(text + sizeof start - 1 + 2 * i, i % 2 == 0 ? " 1" : " 2", 2);
    }
    require_error(fixture, parse_mesh(fixture, &mesh, "a.obj", text, size), LB_ERR_FORMAT,
                  "a.obj:4: more than 4000000 triangles");
    lb_mesh_free(&mesh);
    free(text);
    mesh = (struct lb_mesh){0};
    require_error(fixture, lb_mesh_read(&mesh, fixture->ctx, "/nonexistent/a.obj"),
                  LB_ERR_NOT_FOUND, "/nonexistent/a.obj: no such file");
    require_error(fixture, lb_mesh_read(&mesh, fixture->ctx, "/"), LB_ERR_IO, "is a folder");
    lb_mesh_free(&mesh);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_read),
        cmocka_unit_test(numbers_do_not_depend_on_the_locale),
        cmocka_unit_test(numbers_are_those_of_the_library),
        cmocka_unit_test(hashes_tell_files_apart),
        cmocka_unit_test(hostile_files_are_refused),
        cmocka_unit_test(damaged_files_are_safe),
        cmocka_unit_test(limits_hold),
    };
    return cmocka_run_group_tests_name("mesh", tests, open_context_fixture, close_context_fixture);
}
