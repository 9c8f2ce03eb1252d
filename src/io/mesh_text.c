#include "io/mesh_text.h"

#include <math.h>
#include <string.h>

#include "base/number.h"

/* Beyond this no square or cube of a coordinate is safe in double. */
static const double largest_coordinate = 1e30;

enum lb_status lb_mesh_fail(const struct lb_mesh_text *text, const char *format, ...)
{
    char why[256];
    va_list args;
    va_start(args, format);
    lb_format_args(why, sizeof why, format, args);
    va_end(args);
    return lb_fail(text->ctx, LB_ERR_FORMAT, "%s:%zu: %s", text->path, text->line, why);
}

/* ---- words ----------------------------------------------------------------------------------- */

static bool at_line_end(const struct lb_mesh_text *text)
{
    return text->at == text->end || *text->at == '\n';
}

/* Passes over a backslash and the line's end behind it; false if there is none. */
static bool skip_continuation(struct lb_mesh_text *text)
{
    const char *at = text->at;
    if (!text->continues || at == text->end || *at != '\\') {
        return false;
    }
    at++;
    at += at < text->end && *at == '\r';
    if (at == text->end || *at != '\n') {
        return false;
    }
    text->at = at + 1;
    text->line++;
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

bool lb_mesh_word(struct lb_mesh_text *text, struct lb_mesh_word *word)
{
    while (!at_line_end(text) && (is_blank(*text->at) || skip_continuation(text))) {
        text->at += text->at < text->end && is_blank(*text->at);
    }
    word->at = text->at;
    word->length = 0;
    if (!at_line_end(text) && *text->at == '#') {
        return false;
    }
    while (!at_line_end(text) && !is_blank(*text->at)) {
        const struct lb_mesh_text before = *text;
        if (skip_continuation(text)) {
            *text = before; // the next call passes over it
            break;
        }
        text->at++;
    }
    word->length = (size_t)(text->at - word->at);
    return word->length > 0;
}

bool lb_mesh_next_line(struct lb_mesh_text *text)
{
    while (text->at < text->end) {
        const char *newline = memchr(text->at, '\n', (size_t)(text->end - text->at));
        if (newline == NULL) {
            text->at = text->end;
            break;
        }
        text->at = newline + 1;
        text->line++;
        struct lb_mesh_text ahead = *text;
        struct lb_mesh_word word;
        if (lb_mesh_word(&ahead, &word)) {
            return true;
        }
    }
    return false;
}

bool lb_mesh_word_is(struct lb_mesh_word word, const char *name)
{
    return word.length == strlen(name) && memcmp(word.at, name, word.length) == 0;
}

struct lb_mesh_quote lb_mesh_quote(struct lb_mesh_word word)
{
    struct lb_mesh_quote quote = {{0}};
    const size_t most = sizeof quote.text - 4;
    const size_t length = word.length < most ? word.length : most;
    for (size_t i = 0; i < length; i++) {
        quote.text[i] = '?';
        if (word.at[i] > 0x20 && word.at[i] < 0x7f) {
            quote.text[i] = word.at[i];
        }
    }
    if (length < word.length) {
        memcpy(quote.text + length, "...", 4);
    }
    return quote;
}

/* ---- numbers --------------------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool lb_mesh_real(struct lb_mesh_word word, double *value)
{
    char text[512];
    char *end = NULL;
    if (word.length == 0 || word.length >= sizeof text) {
        return false;
    }
    for (size_t i = 0; i < word.length; i++) {
        if (word.at[i] == '\0' || strchr("+-.0123456789eE", word.at[i]) == NULL) {
            return false; // strtod() would take 0x10, inf and nan
        }
        text[i] = word.at[i];
    }
    text[word.length] = '\0';
    *value = lb_number_read(text, &end);
    return end == text + word.length && fabs(*value) <= largest_coordinate;
}

bool lb_mesh_integer(struct lb_mesh_word word, long long *value)
{
    const bool sign = word.length > 0 && (word.at[0] == '-' || word.at[0] == '+');
    const size_t digits = word.length - sign;
    long long size = 0;
    if (digits == 0 || digits > 15) {
        return false;
    }
    for (size_t i = sign; i < word.length; i++) {
        if (!is_digit(word.at[i])) {
            return false;
        }
        size = 10 * size + (word.at[i] - '0');
    }
    *value = sign && word.at[0] == '-' ? -size : size;
    return true;
}

enum lb_status lb_mesh_need_real(const struct lb_mesh_text *text, struct lb_mesh_word word,
                                 const char *what, double *value)
{
    if (!lb_mesh_real(word, value)) {
        return lb_mesh_fail(text,
                            "'%s' in the %s is not a finite number of sensible size (correct "
                            "it)",
                            lb_mesh_quote(word).text, what);
    }
    return LB_OK;
}

enum lb_status lb_mesh_read_real(struct lb_mesh_text *text, const char *what, double *value)
{
    struct lb_mesh_word word;
    if (!lb_mesh_word(text, &word)) {
        return lb_mesh_fail(text, "the %s ends too early (the file is damaged or cut short)", what);
    }
    return lb_mesh_need_real(text, word, what, value);
}
