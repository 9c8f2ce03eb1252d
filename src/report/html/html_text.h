/* Pieces of a page: text, numbers, images and data, each safe where it is put. */
#ifndef LB_REPORT_HTML_HTML_TEXT_H
#define LB_REPORT_HTML_HTML_TEXT_H

#include <jansson.h>

#include "base/text.h"

/** Adds text with &, <, >, " and ' replaced, and what is not UTF-8 as '?'. */
void lb_html_text(struct lb_text *page, const char *text);

/** Adds a number with so many significant digits; "-" if it is not finite. */
void lb_html_number(struct lb_text *page, double value, int digits);

/** Adds a length in tenths, with a decimal point whatever the locale says. */
void lb_html_length(struct lb_text *page, double length);

/** A string for JSON, what is not UTF-8 as '?'; NULL when out of memory. */
json_t *lb_html_json_string(const char *text);

/** An array of n numbers, null where one is not finite; NULL when out of memory. */
json_t *lb_html_json_numbers(const double *values, size_t n);
json_t *lb_html_json_floats(const float *values, size_t n);

/**
 * Adds `name` to a page as a script element that holds JSON: '<' is escaped, so that no text in it
 * can end the element. Takes the reference. Sets page->failed when out of memory.
 */
void lb_html_data(struct lb_text *page, const char *name, json_t *json);

/** The page's own style and script, of src/report/page/. */
extern const char lb_page_style[];
extern const char lb_page_script[];

#endif
