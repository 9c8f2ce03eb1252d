/* Whether a dataset's text defines all functions of cl/lib/dataset.cl: compilers report a missing
 * one only when linking, some of them without its file, and only for the kernel that needs it. */
#ifndef LB_GEOMETRY_DATASET_FUNCTIONS_H
#define LB_GEOMETRY_DATASET_FUNCTIONS_H

#include "geometry/dataset.h"

/** LB_ERR_BUILD unless the text defines every function of cl/lib/dataset.cl; name: for messages. */
enum lb_status lb_dataset_check_functions(struct lb_dataset *dataset, const char *name);

#endif
