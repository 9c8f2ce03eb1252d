/* What the tests of mesh files share. */
#ifndef LB_TESTS_MESH_SUPPORT_H
#define LB_TESTS_MESH_SUPPORT_H

#include "support.h"

#include "io/mesh.h"

/** lb_mesh_parse() of a copy without a trailing NUL, so the sanitizer detects an overrun. */
enum lb_status parse_mesh(const struct device_fixture *fixture, struct lb_mesh *mesh,
                          const char *path, const char *bytes, size_t size);

/** Truncates the file and changes its bytes; the reader must return a mesh with valid indices, or
    fail. */
void damage_mesh(const struct device_fixture *fixture, const char *path, const char *bytes,
                 size_t size);

/* ---- one box in many files ----------------------------------------------------------------------
 */

/** The box of tests/cases/mesh/ok.obj: its corners, and its sides as corner indices from 0. */
enum { BOX_CORNERS = 8, BOX_SIDES = 6, BOX_TRIANGLES = 12 };
extern const double box_corners[BOX_CORNERS][3];
extern const uint32_t box_sides[BOX_SIDES][4];

/** Checks that the mesh is the box, with each side as a fan from its first corner. */
void check_box(const char *name, const struct lb_mesh *mesh);

/* ---- messages -------------------------------------------------------------------------------- */

/** A fixture whose context stores its warnings. */
struct heard {
    struct device_fixture fixture;
    char texts[8][300];
    size_t count;
};
int open_heard(void **state);
int close_heard(void **state);

/** Starts a new context, because a context logs each message only once. */
void forget(struct heard *heard);
/** Checks that nothing was logged (NULL), or one message that contains the words. */
void check_said(const char *name, const struct heard *heard, const char *words);
/** Reads a valid mesh in a new context; lb_mesh_free() it. */
struct lb_mesh read_mesh(struct heard *heard, const char *path, const char *bytes, size_t size);

/** A string, which may hold NULs, and its size. */
#define TEXT(string) (string), sizeof(string) - 1

#endif
