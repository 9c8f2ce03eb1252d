/* Numbers of a page, of all runs side by side. */
#ifndef LB_REPORT_HTML_TABLES_H
#define LB_REPORT_HTML_TABLES_H

#include "base/text.h"
#include "report/html/report_run.h"

/** What a run is, and its most telling numbers. */
void lb_report_headline(struct lb_text *page, const struct lb_report_run *runs, size_t n);
/** The evaluation and the settings. */
void lb_report_tables(struct lb_text *page, const struct lb_report_run *runs, size_t n);

#endif
