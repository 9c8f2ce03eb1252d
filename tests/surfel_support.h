/* Meshes for the tests of their surfels and pictures. */
#ifndef LB_TESTS_SURFEL_SUPPORT_H
#define LB_TESTS_SURFEL_SUPPORT_H

#include "support.h"

#include "base/text.h"
#include "geometry/surfel.h"

/** A bumpy ball without symmetry, with 4 n (n - 1) triangles, rotated by `matrix` together with its
    colours. */
struct ball {
    int n;
    const double *matrix; ///< (3, 3), NULL: not rotated
    bool inside_out;
    bool colored;
};

/** These write a file into the folder and return its path; free() it. */
char *write_file(const char *folder, const char *name, const struct lb_text *text);
char *write_ball(const char *folder, const char *name, struct ball ball);
/** A square, red in front (towards +z) and blue behind, with both sides at the same place. */
char *write_sheet(const char *folder);

/** The surfels of a mesh for images of size x size pixels; lb_surfels_free() them. */
struct lb_surfels make_surfels(const struct device_fixture *fixture, const char *path, int size);

#endif
