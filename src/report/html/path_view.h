/* Data of the interactive latent paths in the report. */
#ifndef LB_REPORT_HTML_PATH_VIEW_H
#define LB_REPORT_HTML_PATH_VIEW_H

#include "report/html/sample.h"

/**
 * Data of straight latent paths between some points of the sample: images of the geodesics and of
 * the decoded lines. *result is NULL if there is nothing to show.
 */
enum lb_status lb_report_paths(struct lb_run *run, const struct lb_report_sample *sample,
                               size_t budget, json_t **result);

#endif
