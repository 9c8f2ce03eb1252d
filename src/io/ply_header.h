/* The header of PLY files: elements, their properties, and the encoding of values. */
#ifndef LB_IO_PLY_HEADER_H
#define LB_IO_PLY_HEADER_H

#include "io/mesh_builder.h"

enum {
    LB_PLY_MAX_ELEMENTS = 32,
    LB_PLY_MAX_PROPERTIES = 512, // of all elements together
};

enum lb_ply_number { LB_PLY_SIGNED, LB_PLY_UNSIGNED, LB_PLY_REAL };

struct lb_ply_type {
    const char *names[2];
    unsigned bytes;
    enum lb_ply_number kind;
    double white; ///< white value of a colour; 0: depends on the whole file
};

/** Role of a property; the first six index an array of values. */
enum lb_ply_role {
    LB_PLY_X,
    LB_PLY_Y,
    LB_PLY_Z,
    LB_PLY_RED,
    LB_PLY_GREEN,
    LB_PLY_BLUE,
    LB_PLY_N_VALUES,
    LB_PLY_CORNERS = LB_PLY_N_VALUES,
    LB_PLY_UNUSED,
};

struct lb_ply_property {
    const struct lb_ply_type *type;
    const struct lb_ply_type *count; ///< type of a list's length; NULL: a single value
    enum lb_ply_role role;
};

enum lb_ply_element_kind { LB_PLY_VERTEX, LB_PLY_FACE, LB_PLY_STRIPS, LB_PLY_OTHER };

struct lb_ply_element {
    enum lb_ply_element_kind kind;
    struct lb_mesh_quote name;
    size_t count;
    size_t first; ///< index of its first property
    size_t properties;
    bool has[LB_PLY_CORNERS + 1]; ///< indexed by role
    double white;                 ///< white value of its colours
    struct lb_mesh_text at;       ///< start of its values
};

/** Initialise with the builder and the text. */
struct lb_ply {
    struct lb_mesh_builder *builder;
    struct lb_mesh_text *text;
    bool binary;
    bool big_endian;
    struct lb_ply_element elements[LB_PLY_MAX_ELEMENTS];
    size_t n_elements;
    struct lb_ply_property properties[LB_PLY_MAX_PROPERTIES];
    size_t n_properties;
};

/** Leaves the text at the first value. LB_ERR_FORMAT also if there are no vertices with coordinates
 * and no faces with corners. */
enum lb_status lb_ply_read_header(struct lb_ply *ply);

#endif
