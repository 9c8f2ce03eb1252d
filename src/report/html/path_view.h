/* The data of straight latent paths to walk along in the page. */
#ifndef LB_REPORT_HTML_PATH_VIEW_H
#define LB_REPORT_HTML_PATH_VIEW_H

#include "report/html/sample.h"

/**
 * The data of straight latent paths between some points of the sample: images of the geodesics and
 * of the decoded lines. *result is NULL where nothing could be shown.
 */
enum lb_status lb_report_paths(struct lb_run *run, const struct lb_report_sample *sample,
                               size_t budget, json_t **result);

#endif
