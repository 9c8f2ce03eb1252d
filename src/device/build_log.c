#include "device/build_log.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"

#define MESSAGE_BYTES 400
#define LINE_BYTES    200
#define LOG_BYTES     1200

/** A part of the log. */
struct span {
    const char *start;
    const char *end;
};

struct location {
    struct span name;
    size_t line; ///< 0: unknown
    size_t column;
};

static struct span trim(struct span s)
{
    while (s.start < s.end && lb_is_space(s.start[0])) {
        s.start++;
    }
    while (s.start < s.end && lb_is_space(s.end[-1])) {
        s.end--;
    }
    return s;
}

/** Removes the number at the end and returns it; 0 if there is none. */
static size_t cut_number(struct span *s)
{
    const char *digits = s->end;
    while (digits > s->start && lb_is_digit(digits[-1])) {
        digits--;
    }
    const size_t number = digits < s->end ? strtoul(digits, NULL, 10) : 0;
    s->end = digits;
    return number;
}

static bool cut_char(struct span *s, char c)
{
    if (s->start < s->end && s->end[-1] == c) {
        s->end--;
        return true;
    }
    return false;
}

static bool cut_word(struct span *s, const char *word)
{
    const size_t n = strlen(word);
    if ((size_t)(s->end - s->start) >= n && lb_starts_with_any_case(s->end - n, word)) {
        s->end -= n;
        return true;
    }
    return false;
}

/** Parses NAME:LINE:COLUMN, NAME:LINE, "NAME", line LINE and NAME(LINE). */
static bool parse_location(struct span s, struct location *out)
{
    s = trim(s);
    if (cut_char(&s, ')')) {
        size_t number = cut_number(&s);
        if (cut_char(&s, ',')) {
            out->column = number;
            number = cut_number(&s);
        }
        out->line = cut_char(&s, '(') ? number : 0;
    } else {
        const size_t last = cut_number(&s);
        const struct span before = s;
        if (last > 0 && cut_char(&s, ':')) {
            const struct span name = s;
            const size_t first = cut_number(&s);
            if (first > 0 && cut_char(&s, ':')) {
                out->line = first;
                out->column = last;
            } else {
                out->line = last;
                s = name;
            }
        } else if (last > 0) {
            s = trim(before);
            if (cut_word(&s, "line")) {
                out->line = last;
                s = trim(s);
                cut_char(&s, ',');
            }
        }
    }
    if (cut_char(&s, '"') && s.start < s.end && s.start[0] == '"') {
        s.start++;
    }
    out->name = s;
    return out->line > 0;
}

/** Parses a location before a message, "NAME:LINE:COLUMN: MESSAGE" (PoCL writes "error: "
 * first). */
static bool parse_leading_location(const struct lb_kernel_source *source, struct span *message,
                                   struct location *out)
{
    const char *colon = NULL;
    for (size_t i = 0; i < source->n_files && colon == NULL;
         i++) { // names may contain any character
        const size_t n = strlen(source->files[i].name);
        if ((size_t)(message->end - message->start) > n && message->start[n] == ':' &&
            strncmp(message->start, source->files[i].name, n) == 0) {
            colon = message->start + n;
        }
    }
    if (colon == NULL) {
        colon = memchr(message->start, ':', (size_t)(message->end - message->start));
    }
    if (colon == NULL || !lb_is_digit(colon[1])) {
        return false;
    }
    const char *end = colon;
    while (end < message->end && (*end == ':' || lb_is_digit(*end))) {
        end++;
    }
    struct span location = {message->start, end};
    cut_char(&location, ':');
    if (!parse_location(location, out)) {
        return false;
    }
    message->start = end;
    *message = trim(*message);
    static const char spelling[] = "<Spelling="; // PoCL: location of a macro definition in the line
    if (strncmp(message->start, spelling, sizeof spelling - 1) == 0) {
        for (const char *at = message->start; at + 1 < message->end; at++) {
            if (at[0] == '>' && at[1] == ':') {
                message->start = at + 2;
                break;
            }
        }
    }
    *message = trim(*message);
    return true;
}

/** Finds "error:", "fatal error:", "error C123:" in a line: the text before and after. */
static bool split_error(struct span line, struct span *before, struct span *message)
{
    for (const char *at = line.start; at + 5 < line.end; at++) {
        if (!lb_starts_with_any_case(at, "error") ||
            (at > line.start && !lb_is_space(at[-1]) && at[-1] != ':')) {
            continue;
        }
        const char *colon = at + 5;
        while (colon < line.end && colon < at + 16 && *colon != ':') {
            colon++;
        }
        if (colon == line.end || *colon != ':' || (colon > at + 5 && !lb_is_space(at[5]))) {
            continue;
        }
        *before = trim((struct span){line.start, at});
        if (cut_word(before, "fatal") || cut_word(before, "catastrophic")) {
            *before = trim(*before);
        }
        cut_char(before, ':');
        *message = trim((struct span){colon + 1, line.end});
        return true;
    }
    return false;
}

/* ---- output ---------------------------------------------------------------------------------- */

/** Adds at most `limit` bytes, without splitting a UTF-8 character. */
static void add_cut(struct lb_text *out, const char *text, size_t n, size_t limit)
{
    size_t cut = n < limit ? n : limit;
    while (cut < n && cut > 0 && ((unsigned char)text[cut] & 0xC0) == 0x80) {
        cut--;
    }
    lb_text_add_bytes(out, text, cut);
    lb_text_add(out, cut < n ? "..." : "");
}

static void add_source_lines(struct lb_text *out, const struct lb_kernel_source_file *file,
                             size_t line)
{
    for (size_t i = line > 1 ? line - 1 : 1; i <= line + 1; i++) {
        size_t length = 0;
        const char *text = lb_text_line(file->text, i, &length);
        if (text != NULL) {
            lb_text_addf(out, "\n%c %5zu | ", i == line ? '>' : ' ', i);
            add_cut(out, text, length, LINE_BYTES);
        }
    }
}

static void add_error(struct lb_text *out, const struct lb_kernel_source *source, const char *file,
                      const struct location *location, struct span message, const char *advice)
{
    const struct lb_kernel_source_file *where = NULL;
    size_t line = location->line;
    if (line > 0) {
        where = lb_kernel_source_find(source, location->name.start,
                                      (size_t)(location->name.end - location->name.start));
        if (where == NULL) { // the driver ignores #line and counts lines of the expanded text
            where = lb_kernel_source_locate(source, location->line, &line);
        }
    }
    add_cut(out, where != NULL ? where->name : file, strlen(where != NULL ? where->name : file),
            LINE_BYTES);
    if (where != NULL) {
        lb_text_addf(out, ":%zu", line);
        if (location->column > 0) {
            lb_text_addf(out, ":%zu", location->column);
        }
    }
    lb_text_add(out, ": ");
    add_cut(out, message.start, (size_t)(message.end - message.start), MESSAGE_BYTES);
    lb_text_addf(out, " (%s)", advice);
    if (where != NULL) {
        add_source_lines(out, where, line);
    }
}

bool lb_build_log_explain(struct lb_text *out, const struct lb_kernel_source *source,
                          const char *file, const char *log, const char *advice)
{
    for (const char *at = log; *at != '\0';) {
        const struct span line = {at, at + strcspn(at, "\r\n")};
        struct span before = {0};
        struct span message = {0};
        if (split_error(line, &before, &message)) {
            struct location location = {0};
            if (!parse_location(before, &location)) {
                location = (struct location){0};
                parse_leading_location(source, &message, &location);
            }
            if (message.start < message.end) {
                add_error(out, source, file, &location, message, advice);
                return true;
            }
        }
        at = line.end + (*line.end != '\0' ? 1 : 0);
    }
    add_cut(out, file, strlen(file), LINE_BYTES);
    lb_text_addf(out,
                 ": does not compile, and the driver reports no error (%s, or free space for the "
                 "driver's own files)",
                 advice);
    const struct span all = trim((struct span){log, log + strlen(log)});
    if (all.start < all.end) {
        lb_text_add(out, "\n");
        add_cut(out, all.start, (size_t)(all.end - all.start), LOG_BYTES);
    }
    return false;
}
