#include "io/mesh.h"

#include <stdlib.h>

void lb_mesh_free(struct lb_mesh *mesh)
{
    free(mesh->vertices);
    free(mesh->triangles);
    free(mesh->vertex_colors);
    free(mesh->triangle_colors);
    *mesh = (struct lb_mesh){0};
}
