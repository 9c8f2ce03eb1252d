/* The text of mesh files: words and numbers. Lines end with LF, CR LF or CR. */
#ifndef LB_IO_MESH_TEXT_H
#define LB_IO_MESH_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/context.h"

/** Of a number: beyond it no square or cube of a coordinate is safe in double. */
#define LB_MESH_LARGEST 1e30

/** A place in the text; `end` is behind its last byte. */
struct lb_mesh_text {
    struct lb_context *ctx;
    const char *path;
    const char *at;
    const char *end;
    size_t line;    ///< from 1; 0 where there are none, which messages then leave out
    bool continues; ///< a backslash before the line's end joins it with the next (OBJ)
    bool glued;     ///< # behind a digit starts a comment too (OFF)
    bool joined;    ///< line ends are blanks: lb_mesh_word() goes on behind them
};

/** A word of the text, not NUL-terminated. */
struct lb_mesh_word {
    const char *at;
    size_t length;
};

/** Passes over the mark of UTF-8 that editors put before a text. */
void lb_mesh_skip_mark(struct lb_mesh_text *text);
/** Leaves out NUL and ^Z behind the last line, which old programs write. */
void lb_mesh_trim_end(struct lb_mesh_text *text);

/** LB_ERR_FORMAT "PATH:LINE: WHY". */
enum lb_status lb_mesh_fail(const struct lb_mesh_text *text, const char *format, ...)
    LB_PRINTF(2, 3);

/**
 * The next word of this line; false at its end. A word that begins with # starts a comment; within
 * a word # is a byte as any other (1.#INF), unless `glued`.
 */
bool lb_mesh_word(struct lb_mesh_text *text, struct lb_mesh_word *word);
/** Goes to the next line that has a word; false at the end of the text. */
bool lb_mesh_next_line(struct lb_mesh_text *text);
/** Goes to the first line that has a word, this one or a later one. */
bool lb_mesh_first_line(struct lb_mesh_text *text);
/** The lines with words behind this one. */
size_t lb_mesh_count_lines(struct lb_mesh_text text);
/** The start of a word in plain ASCII, for messages. */
struct lb_mesh_quote {
    char text[40];
};
struct lb_mesh_quote lb_mesh_quote(struct lb_mesh_word word);
bool lb_mesh_word_is(struct lb_mesh_word word, const char *name);
/** In any case; `name` in lower case. */
bool lb_mesh_word_starts(struct lb_mesh_word word, const char *name);

/** The whole word as a decimal number, whatever the locale; nothing above
 * LB_MESH_LARGEST or infinite. */
bool lb_mesh_real(struct lb_mesh_word word, double *value);
/** The whole word as an integer of at most 15 digits. */
bool lb_mesh_integer(struct lb_mesh_word word, long long *value);

/** lb_mesh_real(); LB_ERR_FORMAT with the word and `what` if it is none. */
enum lb_status lb_mesh_need_real(const struct lb_mesh_text *text, struct lb_mesh_word word,
                                 const char *what, double *value);
/** Reads one number of this line; LB_ERR_FORMAT with `what` if there is none. */
enum lb_status lb_mesh_read_real(struct lb_mesh_text *text, const char *what, double *value);

#endif
