#include "geometry/distance_matrix.h"

enum lb_status lb_dataset_enqueue_distance_matrix(struct lb_dataset *dataset, cl_mem points, int n,
                                                  cl_mem distance)
{
    const cl_int count = n;
    const struct lb_ndrange all = LB_NDRANGE((size_t)n * (size_t)n);
    cl_kernel kernel;
    LB_TRY(lb_dataset_kernel(dataset, &kernel, "geometry/distance_matrix.cl", "distance_matrix"));
    return lb_launch(dataset->device, kernel, all, LB_ARG(points), LB_ARG(count), LB_ARG(distance));
}
