/* Checks that a dataset's source defines all functions of cl/lib/dataset.cl. Compilers report a
 * missing function only when linking, some without naming the file, and only for the kernel that
 * needs it. */
#ifndef LB_GEOMETRY_DATASET_FUNCTIONS_H
#define LB_GEOMETRY_DATASET_FUNCTIONS_H

#include "geometry/dataset.h"

/** LB_ERR_BUILD unless the text defines every function of cl/lib/dataset.cl; name: for messages. */
enum lb_status lb_dataset_check_functions(struct lb_dataset *dataset, const char *name);

#endif
