/*
 * One box in all the ways in which programs write it as OBJ and OFF: every variant gives the same
 * triangles, and each kind of skipped or reinterpreted input is reported once.
 */
#include "mesh_support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "io/mesh_read.h"

#define OBJ_VERTICES                                                                               \
    "v -1 -1 -1\nv 1 -1 -1\nv 1 1 -1\nv -1 1 -1\nv -1 -1 1\nv 1 -1 1\nv 1 1 1.5\nv -1 1 1\n"
#define OBJ_FACES    "f 1 4 3 2\nf 5 6 7 8\nf 1 2 6 5\nf 2 3 7 6\nf 3 4 8 7\nf 4 1 5 8\n"
#define OFF_VERTICES "-1 -1 -1\n1 -1 -1\n1 1 -1\n-1 1 -1\n-1 -1 1\n1 -1 1\n1 1 1.5\n-1 1 1\n"
#define OFF_FACES    "4 0 3 2 1\n4 4 5 6 7\n4 0 1 5 4\n4 1 2 6 5\n4 2 3 7 6\n4 3 0 4 7\n"

/* ---- OBJ and OFF ----------------------------------------------------------------------------- */

static const struct kind {
    const char *path;
    const char *text;
    size_t size;
    const char *said;
} kinds[] = {
    {"a.obj", TEXT(OBJ_VERTICES OBJ_FACES), NULL},
    {"a.obj", TEXT("\xef\xbb\xbf" OBJ_VERTICES OBJ_FACES), NULL},
    {"a.obj", TEXT(OBJ_FACES OBJ_VERTICES), NULL},
    {"a.obj", TEXT(OBJ_VERTICES OBJ_FACES "\0\0\0"), NULL},
    {"a.obj", TEXT(OBJ_VERTICES OBJ_FACES "\x1a"), NULL},
    {"a.obj", TEXT(OBJ_VERTICES OBJ_FACES "\r\n\x1a\r\n\0"), NULL},
    {"a.obj", TEXT("fpt 1 2\n" OBJ_VERTICES "cstype bezier\ncstype \\\n v\n" OBJ_FACES "end"),
     "a.obj: skipped 4 unknown statements, first 'fpt' in line 1"},
    {"a.obj", TEXT(OBJ_VERTICES "f 1 2\n" OBJ_FACES "f 3\nf\n"),
     "a.obj: skipped faces of fewer than 3 corners: 3"},
    {"a.obj",
     TEXT(OBJ_VERTICES "f -8 -5 -6 -7\nf 5 6 7 8\nf 1 2 6 5\nf 2 3 7 6\nv 9 9 9\n"
                       "f -7 -6 -2 -3\nf 4 1 5 8\n"),
     NULL},
    {"a.off", TEXT("OFF\n8 6 0\n" OFF_VERTICES OFF_FACES), NULL},
    {"a.off", TEXT("\xef\xbb\xbfOFF\n8 6 0\n" OFF_VERTICES OFF_FACES), NULL},
    {"a.off", TEXT("OFF8 6 0\n" OFF_VERTICES OFF_FACES), NULL},
    {"a.off", TEXT("off\n8 6 0\n" OFF_VERTICES OFF_FACES), NULL},
    {"a.off", TEXT("Off 8 6 0\n" OFF_VERTICES OFF_FACES), NULL},
    {"a.off", TEXT("8 6 0\n" OFF_VERTICES OFF_FACES), NULL},
    {"a.off", TEXT("# no kind\n8 6\n" OFF_VERTICES OFF_FACES), NULL},
    {"a.off", TEXT("OFF\n8\n6\n12\n" OFF_VERTICES OFF_FACES), NULL},
    {"a.off", TEXT("OFF\n8 6 0\n" OFF_VERTICES OFF_FACES "\0\0"), NULL},
    {"a.off", TEXT("OFF\n8 6 0\n" OFF_VERTICES OFF_FACES "\x1a\n"), NULL},
    {"a.off", TEXT("OFF\n8 6 0\n" OFF_VERTICES OFF_FACES "4 0 1 2 3\n\n5\n"),
     "a.off: skipped 2 lines more than its header counts"},
    {"a.off", TEXT("OFF\n8 8 0\n" OFF_VERTICES "2 0 1\n" OFF_FACES "1 7\n"),
     "a.off: skipped faces of fewer than 3 corners: 2"},
    {"a.off",
     TEXT("OFF\n8 6 0\n-1 -1\n-1 1 -1 -1\n1 1 -1 -1 1\n-1\n-1 -1 1 1 -1 1 # here\n1 1 1.5 "
          "-1 1 1\n4 0 3\n2 1\n4 4 5 6 7 4 0 1 5 4 4 1 2 6 5\n4\n2 3 7 6\n4 3 0 4 7"),
     NULL},
    {"a.off",
     TEXT("NOFF 8 6 0\n-1 -1 -1 0 0 1\n1 -1 -1\n0 0 1\n1 1 -1 0 0 1\n-1 1 -1 0 0 1\n-1 -1 "
          "1 0 0 1\n1 -1 1 0 0 1\n1 1 1.5 0 0 1\n-1 1 1 0 0 1\n" OFF_FACES),
     NULL},
};

static void texts_are_read(void **state)
{
    for (size_t i = 0; i < LB_COUNT(kinds); i++) {
        struct lb_mesh mesh = read_mesh(*state, kinds[i].path, kinds[i].text, kinds[i].size);
        check_box(kinds[i].text, &mesh);
        check_said(kinds[i].text, *state, kinds[i].said);
        assert_null(mesh.vertex_colors);
        assert_null(mesh.triangle_colors);
        lb_mesh_free(&mesh);
    }
}

/* Line ends other than LF; in OFF files also blanks instead of line ends, and line ends instead of
   blanks. */
static void line_ends_do_not_matter(void **state)
{
    static const struct {
        const char *from;
        const char *to;
    } changes[] = {{"\n", "\r"}, {"\n", "\r\n"}, {"\n", " "}, {" ", "\n"}};
    for (size_t i = 0; i < LB_COUNT(kinds); i++) {
        for (size_t c = 0; c < LB_COUNT(changes); c++) {
            const bool off = strcmp(kinds[i].path, "a.off") == 0;
            if (c >= 2 && (!off || kinds[i].said != NULL || memchr(kinds[i].text, '#', 60))) {
                continue;
            }
            struct lb_text text = {0};
            for (size_t k = 0; k < kinds[i].size; k++) {
                if (kinds[i].text[k] == changes[c].from[0]) {
                    lb_text_add(&text, changes[c].to);
                } else {
                    lb_text_add_bytes(&text, kinds[i].text + k, 1);
                }
            }
            struct lb_mesh mesh = read_mesh(*state, kinds[i].path, text.data, text.length);
            check_box(text.data, &mesh);
            check_said(text.data, *state, kinds[i].said);
            lb_mesh_free(&mesh);
            lb_text_free(&text);
        }
    }
}

/* Errors name the same line for all kinds of line ends. */
static void lines_are_counted(void **state)
{
    const struct heard *heard = *state;
    static const char *const texts[] = {"v 0 0 0\n\n# c\nv 0 x 0\n", "v 0 0 0\r\r# c\rv 0 x 0\r",
                                        "v 0 0 0\r\n\r\n# c\r\nv 0 x 0\r\n"};
    for (size_t i = 0; i < LB_COUNT(texts); i++) {
        struct lb_mesh mesh;
        require_error(&heard->fixture,
                      parse_mesh(&heard->fixture, &mesh, "a.obj", texts[i], strlen(texts[i])),
                      LB_ERR_FORMAT, "a.obj:4: 'x'");
        lb_mesh_free(&mesh);
    }
}

/* A command may open a mesh several times, but its note is logged once. Each file has its own
   note. */
static void notes_are_said_once(void **state)
{
    static const char text[] = OBJ_VERTICES "f 1 2\n" OBJ_FACES;
    struct heard *heard = *state;
    forget(heard);
    for (size_t i = 0; i < 6; i++) {
        struct lb_mesh mesh;
        require_ok(&heard->fixture,
                   parse_mesh(&heard->fixture, &mesh, i < 4 ? "one.obj" : "other.obj", TEXT(text)));
        lb_mesh_free(&mesh);
    }
    assert_int_equal(heard->count, 2);
    assert_non_null(strstr(heard->texts[0], "one.obj"));
    assert_non_null(strstr(heard->texts[1], "other.obj"));
}

/* ---- colours --------------------------------------------------------------------------------- */

#define TRIANGLE "f 1 2 3\n"

static const struct colored {
    const char *path;
    const char *text;
    bool of_faces;
    size_t element;
    float color[3]; ///< negative: none
    const char *said;
} coloreds[] = {
    {"a.obj",
     "v 0 0 0 0 128 255\nv 1 0 0 51 0 0\nv 0 1 0 1 1 1\n" TRIANGLE,
     false,
     1,
     {0.2f, 0.0f, 0.0f},
     "a.obj: has colours above 1, which are read as 0 to 255"},
    {"a.obj",
     "v 0 0 0 1 1 1\nv 1 0 0 1 1 1\nv 0 1 0 0 0 51.0\n" TRIANGLE,
     false,
     0,
     {1.0f / 255, 1.0f / 255, 1.0f / 255},
     "read as 0 to 255"},
    {"a.obj",
     "v 0 0 0 1.0001 0.5 0.2\nv 1 0 0 1 1 1\nv 0 1 0 1 1 1\n" TRIANGLE,
     false,
     0,
     {1.0f, 0.5f, 0.2f},
     NULL},
    {"a.obj",
     "v 0 0 0 -1e-7 0.5 -0.0\nv 1 0 0 1 1 1\nv 0 1 0 1 1 1\n" TRIANGLE,
     false,
     0,
     {0.0f, 0.5f, 0.0f},
     NULL},
    {"a.obj",
     "v 0 0 0 1 0.5 0.2\nv 1 0 0\nv 0 1 0 1 1 1\n" TRIANGLE,
     false,
     0,
     {1.0f, 0.5f, 0.2f},
     "a.obj: 1 of 3 vertices have no colour (they get the default)"},
    {"a.obj",
     "v 0 0 0\nv 1 0 0\nv 0 1 0 1 1 1\n" TRIANGLE,
     false,
     1,
     {-1.0f, 0.0f, 0.0f},
     "2 of 3 vertices have no colour"},
    {"a.off",
     "OFF\n3 2 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2 51 0 255\n3 2 1 0\n",
     true,
     0,
     {0.2f, 0.0f, 1.0f},
     "a.off: 1 of 2 faces have no colour (they get the default)"},
    {"a.off",
     "OFF\n3 2 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2 51 0 255\n3 2 1 0\n",
     true,
     1,
     {-1.0f, 0.0f, 0.0f},
     "1 of 2 faces have no colour"},
    {"a.off",
     "COFF\n3 1 0\n0 0 0 255 0 0\n1 0 0\n0 1 0 0 0 0\n3 0 1 2\n",
     false,
     1,
     {-1.0f, 0.0f, 0.0f},
     "a.off: 1 of 3 vertices have no colour"},
    {"a.off",
     "COFF\n3 2 0\n0 0 0 1. 0 0\n1 0 0 1. 0 0\n0 1 0 0. 0 0\n3 0 1 2\n3 2 1 0 1. 1 1\n",
     true,
     0,
     {-1.0f, 0.0f, 0.0f},
     "a.off: 1 of 2 faces have no colour (they get that of their corners)"},
    {"a.off",
     "OFF\n3 2 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2 255.0 127.5 0\n3 2 1 0 0 51 0\n",
     true,
     0,
     {1.0f, 0.5f, 0.0f},
     "a.off: has colours above 1, which are read as 0 to 255"},
    {"a.off",
     "OFF\n3 2 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2 255.0 127.5 0\n3 2 1 0 0 51 0\n",
     true,
     1,
     {0.0f, 0.2f, 0.0f},
     "read as 0 to 255"},
    {"a.off",
     "OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2 255 0 51#red\n",
     true,
     0,
     {1.0f, 0.0f, 0.2f},
     NULL},
    {"a.off",
     "OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2 1.0000001 -0.0000001 0.2\n",
     true,
     0,
     {1.0f, 0.0f, 0.2f},
     NULL},
};

static void colors_are_read(void **state)
{
    for (size_t i = 0; i < LB_COUNT(coloreds); i++) {
        const struct colored *c = &coloreds[i];
        struct lb_mesh mesh = read_mesh(*state, c->path, c->text, strlen(c->text));
        const float *colors = c->of_faces ? mesh.triangle_colors : mesh.vertex_colors;
        assert_non_null(colors);
        check_said(c->text, *state, c->said);
        for (size_t k = 0; k < 3; k++) {
            const float got = colors[3 * c->element + k];
            if (c->color[0] < 0.0f) {
                assert_true(isnan(got));
            } else {
                check_near(c->text, k, (double)got, (double)c->color[k], 1e-7);
                assert_true(got >= 0.0f && got <= 1.0f);
            }
        }
        lb_mesh_free(&mesh);
    }
}

/* ---- tests/cases ----------------------------------------------------------------------------- */

static void cases_are_read(void **state)
{
    static const struct {
        const char *name;
        const char *said;
    } cases[] = {
        {"ok.obj", NULL},
        {"normal.off", NULL},
        {"glued.off", NULL},
        {"bom.obj", NULL},
        {"bom.off", NULL},
        {"nultail.off", NULL},
        {"facesfirst.obj", NULL},
        {"partcolor.off", "5 of 6 faces have no colour"},
        {"somecol.obj", "4 of 8 vertices have no colour"},
        {"c255.obj", "read as 0 to 255"},
        {"cgt1.obj", NULL},
    };
    struct heard *heard = *state;
    const char *folder = getenv("LB_TEST_CASES");
    assert_non_null(folder);
    for (size_t i = 0; i < LB_COUNT(cases); i++) {
        char path[1000];
        struct lb_mesh mesh = {0};
        snprintf(path, sizeof path, "%s/mesh/%s", folder, cases[i].name);
        forget(heard);
        require_ok(&heard->fixture, lb_mesh_read(&mesh, heard->fixture.ctx, path));
        check_box(cases[i].name, &mesh);
        check_said(cases[i].name, heard, cases[i].said);
        lb_mesh_free(&mesh);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_read),    cmocka_unit_test(line_ends_do_not_matter),
        cmocka_unit_test(lines_are_counted), cmocka_unit_test(notes_are_said_once),
        cmocka_unit_test(colors_are_read),   cmocka_unit_test(cases_are_read),
    };
    return cmocka_run_group_tests_name("mesh_kinds", tests, open_heard, close_heard);
}
