/* Kernels that training needs for every dataset, as one program: on CPU devices each additional
 * program costs more compile time than all these kernels. Compiled after the dataset's source. */
#include "geometry/describe.cl"
#include "geometry/distance_matrix.cl"
#include "geometry/query.cl"
#include "geometry/render.cl"
#include "geometry/sample_chains.cl"
#include "geometry/sample_pairs.cl"
#include "geometry/sample_points.cl"
