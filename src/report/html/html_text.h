/* Building blocks of the HTML report: text, numbers, images and data, each escaped for its
 * context. */
#ifndef LB_REPORT_HTML_HTML_TEXT_H
#define LB_REPORT_HTML_HTML_TEXT_H

#include <jansson.h>

#include "base/text.h"

/** Adds text with &, <, >, " and ' escaped, and invalid UTF-8 as '?'. */
void lb_html_text(struct lb_text *page, const char *text);

/** Adds a number with the given number of significant digits; "-" if it is not finite. */
void lb_html_number(struct lb_text *page, double value, int digits);

/** Adds a length in tenths, with a decimal point in any locale. */
void lb_html_length(struct lb_text *page, double length);

/** A JSON string, with invalid UTF-8 as '?'; NULL when out of memory. */
json_t *lb_html_json_string(const char *text);

/** An array of n numbers, null for non-finite ones; NULL when out of memory. */
json_t *lb_html_json_numbers(const double *values, size_t n);
json_t *lb_html_json_floats(const float *values, size_t n);

/**
 * Adds a script element `name` with JSON: escapes '<', so that no text can end the element. Takes
 * the reference. Sets page->failed when out of memory.
 */
void lb_html_data(struct lb_text *page, const char *name, json_t *json);

/** Style and script of the report, from src/report/page/. */
extern const char lb_page_style[];
extern const char lb_page_script[];

#endif
