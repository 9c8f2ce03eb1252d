/* Private part of lb_run_info. */
#ifndef LB_RUN_RUN_INFO_STORE_H
#define LB_RUN_RUN_INFO_STORE_H

#include <jansson.h>

#include <lowbend/run_info.h>

#include "run/metrics.h"

enum { LB_RUN_MAX_RESULTS = 4, LB_RUN_MAX_NETWORKS = 2 };

/** Storage for what `info`, its first member, points to. */
struct lb_run_info_store {
    struct lb_run_info info;
    char *path;
    json_t *config;
    json_t *evaluation; ///< NULL: no eval.json
    struct lb_metrics_reader metrics;
    struct lb_tensor_file *network_files[LB_RUN_MAX_NETWORKS]; ///< mapped
    struct lb_run_network networks[LB_RUN_MAX_NETWORKS];
    char *layers[LB_RUN_MAX_NETWORKS];
    struct lb_run_result results[LB_RUN_MAX_RESULTS];
    struct lb_named_number numbers[LB_RUN_MAX_RESULTS][LB_METRICS_MAX_COLUMNS];
    struct lb_named_number *evaluation_numbers;
    struct lb_run_file_info files[LB_RUN_FILE_COUNT];
};

#endif
