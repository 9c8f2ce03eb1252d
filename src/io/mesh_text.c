#include "io/mesh_text.h"

#include <math.h>
#include <string.h>

#include "base/ascii.h"
#include "base/number.h"

enum lb_status lb_mesh_fail(const struct lb_mesh_text *text, const char *format, ...)
{
    char why[256];
    va_list args;
    va_start(args, format);
    lb_format_args(why, sizeof why, format, args);
    va_end(args);
    if (text->line == 0) {
        return lb_fail(text->ctx, LB_ERR_FORMAT, "%s: %s", text->path, why);
    }
    return lb_fail(text->ctx, LB_ERR_FORMAT, "%s:%zu: %s", text->path, text->line, why);
}

void lb_mesh_skip_mark(struct lb_mesh_text *text)
{
    static const char mark[] = {'\xef', '\xbb', '\xbf'};
    if ((size_t)(text->end - text->at) >= sizeof mark && memcmp(text->at, mark, sizeof mark) == 0) {
        text->at += sizeof mark;
    }
}

void lb_mesh_trim_end(struct lb_mesh_text *text)
{
    const char *end = text->end;
    for (; end > text->at && (end[-1] == '\0' || end[-1] == '\x1a' || lb_is_space(end[-1]));
         end--) {
        text->end = lb_is_space(end[-1]) ? text->end : end - 1;
    }
}

/* ---- words ----------------------------------------------------------------------------------- */

static bool at_line_end(const struct lb_mesh_text *text)
{
    return text->at == text->end || *text->at == '\n' || *text->at == '\r';
}

/* Skips the end of a line. */
static void skip_line_end(struct lb_mesh_text *text)
{
    const bool carriage_return = *text->at == '\r';
    text->at++;
    text->at += carriage_return && text->at < text->end && *text->at == '\n';
    text->line++;
}

/* Skips a backslash followed by a line end; false if there is none. */
static bool skip_continuation(struct lb_mesh_text *text)
{
    if (!text->continues || text->end - text->at < 2 || text->at[0] != '\\' ||
        (text->at[1] != '\n' && text->at[1] != '\r')) {
        return false;
    }
    text->at++;
    skip_line_end(text);
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\v' || c == '\f';
}

/* The next word of this line. */
static bool line_word(struct lb_mesh_text *text, struct lb_mesh_word *word)
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
        if (text->glued && *text->at == '#' && lb_is_digit(text->at[-1])) {
            break;
        }
        const struct lb_mesh_text before = *text;
        if (skip_continuation(text)) {
            *text = before; // the next call skips it
            break;
        }
        text->at++;
    }
    word->length = (size_t)(text->at - word->at);
    return word->length > 0;
}

bool lb_mesh_first_line(struct lb_mesh_text *text)
{
    struct lb_mesh_text ahead = *text;
    struct lb_mesh_word word;
    return line_word(&ahead, &word) || lb_mesh_next_line(text);
}

bool lb_mesh_next_line(struct lb_mesh_text *text)
{
    struct lb_mesh_text ahead;
    struct lb_mesh_word word;
    do {
        while (!at_line_end(text)) {
            text->at++;
        }
        if (text->at == text->end) {
            return false;
        }
        skip_line_end(text);
        ahead = *text;
    } while (!line_word(&ahead, &word));
    return true;
}

size_t lb_mesh_count_lines(struct lb_mesh_text text)
{
    size_t count = 0;
    while (lb_mesh_next_line(&text)) {
        count++;
    }
    return count;
}

bool lb_mesh_word(struct lb_mesh_text *text, struct lb_mesh_word *word)
{
    return line_word(text, word) ||
           (text->joined && lb_mesh_next_line(text) && line_word(text, word));
}

bool lb_mesh_word_is(struct lb_mesh_word word, const char *name)
{
    return word.length == strlen(name) && memcmp(word.at, name, word.length) == 0;
}

bool lb_mesh_word_starts(struct lb_mesh_word word, const char *name)
{
    const size_t length = strlen(name);
    size_t same = 0;
    while (same < length && same < word.length && lb_lower(word.at[same]) == name[same]) {
        same++;
    }
    return same == length;
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

bool lb_mesh_real(struct lb_mesh_word word, double *value)
{
    char text[512];
    char *end = NULL;
    if (word.length == 0 || word.length >= sizeof text) {
        return false;
    }
    for (size_t i = 0; i < word.length; i++) {
        if (word.at[i] == '\0' || strchr("+-.0123456789eE", word.at[i]) == NULL) {
            return false; // strtod() would accept 0x10, inf and nan
        }
        text[i] = word.at[i];
    }
    text[word.length] = '\0';
    *value = lb_number_read(text, &end);
    return end == text + word.length && fabs(*value) <= LB_MESH_LARGEST;
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
        if (!lb_is_digit(word.at[i])) {
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
                            "'%s' in the %s is not a finite number of reasonable size (correct it)",
                            lb_mesh_quote(word).text, what);
    }
    return LB_OK;
}

enum lb_status lb_mesh_read_real(struct lb_mesh_text *text, const char *what, double *value)
{
    struct lb_mesh_word word;
    if (!lb_mesh_word(text, &word)) {
        return lb_mesh_fail(text, "the %s ends too early (the file is damaged or truncated)", what);
    }
    return lb_mesh_need_real(text, word, what, value);
}
