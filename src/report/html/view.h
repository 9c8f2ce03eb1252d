/* The data of the interactive view of a latent manifold. */
#ifndef LB_REPORT_HTML_VIEW_H
#define LB_REPORT_HTML_VIEW_H

#include "report/html/sample.h"

/** The interactive view's data: codes, colours, distortion, lines and images of the sample. */
enum lb_status lb_report_view(struct lb_run *run, struct lb_report_sample *sample, size_t budget,
                              json_t **view);

#endif
