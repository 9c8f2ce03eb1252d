/* A mesh as the constant data of a dataset. */
#ifndef LB_GEOMETRY_DATASET_MESH_H
#define LB_GEOMETRY_DATASET_MESH_H

#include "geometry/dataset.h"

/** Whether a mesh is requested. */
bool lb_dataset_wants_mesh(const struct lb_dataset_params *params);

/** Reads a mesh, stores its surfels in `data` and gets the kernel that draws them. */
enum lb_status lb_dataset_load_mesh(struct lb_dataset *dataset, const char *path);

#endif
