/* A mesh as the constant data of a dataset. */
#ifndef LB_GEOMETRY_DATASET_MESH_H
#define LB_GEOMETRY_DATASET_MESH_H

#include "geometry/dataset.h"

/** Whether a mesh was named. */
bool lb_dataset_wants_mesh(const struct lb_dataset_params *params);

/** Reads a mesh, puts its surfels into `data` and takes the kernel that draws them. */
enum lb_status lb_dataset_load_mesh(struct lb_dataset *dataset, const char *path);

#endif
