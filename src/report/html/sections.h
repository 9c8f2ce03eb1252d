/* Sections with charts, and sections filled by the script; each shows all runs side by side. */
#ifndef LB_REPORT_HTML_SECTIONS_H
#define LB_REPORT_HTML_SECTIONS_H

#include "base/text.h"
#include "report/html/report_run.h"

/** Loss, shape and interpolation. `charts` receives the data shown on hover. */
enum lb_status lb_report_charts(struct lb_text *page, const struct lb_report_run *runs, size_t n,
                                json_t *charts);
/** The interactive parts, empty: the script fills them with the data of the runs. */
void lb_report_views(struct lb_text *page, const struct lb_report_run *runs, size_t n);

/** Adds "<div class=runs>" with one part for each run, named if there are several. */
void lb_report_begin_part(struct lb_text *page, const struct lb_report_run *run, size_t n);
void lb_report_end_part(struct lb_text *page);

#endif
