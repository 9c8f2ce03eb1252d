/* The text of mesh files: words and numbers. Lines end with LF, CR LF or CR. */
#ifndef LB_IO_MESH_TEXT_H
#define LB_IO_MESH_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/context.h"

/** Largest number: beyond it squares and cubes of coordinates overflow double. */
#define LB_MESH_LARGEST 1e30

/** A position in the text; `end` is past its last byte. */
struct lb_mesh_text {
    struct lb_context *ctx;
    const char *path;
    const char *at;
    const char *end;
    size_t line;    ///< from 1; 0 if there are no lines, which messages then omit
    bool continues; ///< a backslash before the line end continues the line (OBJ)
    bool glued;     ///< # after a digit also starts a comment (OFF)
    bool joined;    ///< line ends count as blanks: lb_mesh_word() continues past them
};

/** A word of the text, not NUL-terminated. */
struct lb_mesh_word {
    const char *at;
    size_t length;
};

/** Skips a UTF-8 byte order mark. */
void lb_mesh_skip_mark(struct lb_mesh_text *text);
/** Drops NUL and ^Z after the last line, which old programs write. */
void lb_mesh_trim_end(struct lb_mesh_text *text);

/** LB_ERR_FORMAT "PATH:LINE: WHY". */
enum lb_status lb_mesh_fail(const struct lb_mesh_text *text, const char *format, ...)
    LB_PRINTF(2, 3);

/**
 * The next word of this line; false at its end. A word that starts with # starts a comment; inside
 * a word # is an ordinary character (1.#INF), unless `glued`.
 */
bool lb_mesh_word(struct lb_mesh_text *text, struct lb_mesh_word *word);
/** Advances to the next line with a word; false at the end of the text. */
bool lb_mesh_next_line(struct lb_mesh_text *text);
/** Advances to the first line with a word, starting with this one. */
bool lb_mesh_first_line(struct lb_mesh_text *text);
/** Number of lines with words after this one. */
size_t lb_mesh_count_lines(struct lb_mesh_text text);
/** The start of a word in plain ASCII, for messages. */
struct lb_mesh_quote {
    char text[40];
};
struct lb_mesh_quote lb_mesh_quote(struct lb_mesh_word word);
bool lb_mesh_word_is(struct lb_mesh_word word, const char *name);
/** Ignoring case; `name` in lower case. */
bool lb_mesh_word_starts(struct lb_mesh_word word, const char *name);

/** Parses the whole word as a decimal number, independent of the locale; rejects infinities and
 * values above LB_MESH_LARGEST. */
bool lb_mesh_real(struct lb_mesh_word word, double *value);
/** Parses the whole word as an integer of at most 15 digits. */
bool lb_mesh_integer(struct lb_mesh_word word, long long *value);

/** lb_mesh_real(), or LB_ERR_FORMAT with the word and `what`. */
enum lb_status lb_mesh_need_real(const struct lb_mesh_text *text, struct lb_mesh_word word,
                                 const char *what, double *value);
/** Reads one number from this line, or LB_ERR_FORMAT with `what`. */
enum lb_status lb_mesh_read_real(struct lb_mesh_text *text, const char *what, double *value);

#endif
