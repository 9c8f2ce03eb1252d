/* The kernels that training needs of every dataset, as one program: on CPU devices each further
 * program costs more compile time than all these kernels. Built behind the dataset's own text. */
#include "geometry/describe.cl"
#include "geometry/query.cl"
#include "geometry/render.cl"
#include "geometry/sample_chains.cl"
#include "geometry/sample_pairs.cl"
#include "geometry/sample_points.cl"
