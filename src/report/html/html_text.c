#include "report/html/html_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "draw/canvas_text.h"

/* Length of the UTF-8 character at `text`; 0 if invalid. */
static size_t character_length(const unsigned char *text)
{
    static const struct {
        unsigned char first_low;
        unsigned char first_high;
        unsigned char second_low; // overlong forms and surrogates are invalid
        unsigned char second_high;
        size_t length;
    } forms[] = {
        {0x01, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < LB_COUNT(forms); i++) {
        if (text[0] < forms[i].first_low || text[0] > forms[i].first_high) {
            continue;
        }
        if (forms[i].length > 1 &&
            (text[1] < forms[i].second_low || text[1] > forms[i].second_high)) {
            return 0;
        }
        for (size_t k = 2; k < forms[i].length; k++) {
            if (text[k] < 0x80 || text[k] > 0xbf) {
                return 0;
            }
        }
        return forms[i].length;
    }
    return 0;
}

static const char *entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void lb_html_text(struct lb_text *page, const char *text)
{
    while (*text != '\0') {
        const size_t length = character_length((const unsigned char *)text);
        const char *replacement = length == 0 ? "?" : entity(*text);
        if (replacement != NULL) {
            lb_text_add(page, replacement);
        } else {
            lb_text_add_bytes(page, text, length);
        }
        text += length > 0 ? length : 1;
    }
}

void lb_html_number(struct lb_text *page, double value, int digits)
{
    lb_text_add(page, isfinite(value) ? lb_label_number(value, digits).text : "-");
}

void lb_html_length(struct lb_text *page, double length)
{
    const long tenths = lround(10.0 * length);
    const long size = labs(tenths);
    lb_text_addf(page, size % 10 != 0 ? "%s%ld.%ld" : "%s%ld", tenths < 0 ? "-" : "", size / 10,
                 size % 10);
}

json_t *lb_html_json_string(const char *text)
{
    struct lb_text clean = {0};
    lb_text_add(&clean, "");
    while (*text != '\0') {
        const size_t length = character_length((const unsigned char *)text);
        lb_text_add_bytes(&clean, length > 0 ? text : "?", length > 0 ? length : 1);
        text += length > 0 ? length : 1;
    }
    json_t *string = clean.failed ? NULL : json_string(clean.data);
    lb_text_free(&clean);
    return string;
}

json_t *lb_html_json_numbers(const double *values, size_t n)
{
    json_t *array = json_array();
    for (size_t i = 0; i < n && array != NULL; i++) {
        if (json_array_append_new(array, lb_json_number(values[i])) != 0) {
            json_decref(array);
            array = NULL;
        }
    }
    return array;
}

json_t *lb_html_json_floats(const float *values, size_t n)
{
    json_t *array = json_array();
    for (size_t i = 0; i < n && array != NULL; i++) {
        if (json_array_append_new(array, lb_json_number((double)values[i])) != 0) {
            json_decref(array);
            array = NULL;
        }
    }
    return array;
}

void lb_html_data(struct lb_text *page, const char *name, json_t *json)
{
    char *text = lb_json_print(json, JSON_COMPACT | JSON_REAL_PRECISION(5));
    json_decref(json);
    if (text == NULL) {
        page->failed = true;
        return;
    }
    lb_text_addf(page, "<script type=\"application/json\" id=\"%s\">", name);
    const char *rest = text;
    for (const char *at = strchr(rest, '<'); at != NULL; at = strchr(rest, '<')) {
        lb_text_add_bytes(page, rest, (size_t)(at - rest));
        lb_text_add(page, "\\u003c"); // it can only occur in strings
        rest = at + 1;
    }
    lb_text_add(page, rest);
    lb_text_add(page, "</script>\n");
    free(text);
}
