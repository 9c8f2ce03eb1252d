/* Values of constants: evaluates expressions as the compiler would. */
#include "geometry/constants.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/number.h"

enum {
    MAX_DEPTH = 64, // of nested macros and brackets
    WORD_BYTES = 64,
};

const struct lb_macro *lb_constants_find(const struct lb_constants *constants, const char *name,
                                         size_t n)
{
    for (size_t i = 0; i < constants->count; i++) {
        const char *known = constants->macros[i].name;
        if (strncmp(known, name, n) == 0 && known[n] == '\0') {
            return &constants->macros[i];
        }
    }
    return NULL;
}

bool lb_constants_predefined(const char *name)
{
    return strncmp(name, "__", 2) == 0 || strncmp(name, "cl_", 3) == 0;
}

static size_t word_length(const char *at)
{
    size_t n = 0;
    while (lb_is_word(at[n])) {
        n++;
    }
    return n;
}

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t\r");
}

/* ---- expressions ----------------------------------------------------------------------------- */

enum kind { INTEGER, FLOAT, DOUBLE };

struct value {
    enum kind kind;
    double number;
};

struct reader {
    const struct lb_constants *constants;
    const char *at;
    int depth;
    bool condition; ///< in #if: unknown words are 0, defined() is allowed
    bool failed;
};

static struct value conditional(struct reader *r);

static struct value fail(struct reader *r)
{
    r->failed = true;
    r->at = "";
    return (struct value){INTEGER, 0.0};
}

static struct value make(enum kind kind, double number)
{
    return (struct value){kind, kind == FLOAT ? (double)(float)number : number};
}

/* Consumes the symbol if it comes next; "<" does not match the start of "<=" and so on. */
static bool take(struct reader *r, const char *symbol)
{
    const size_t n = strlen(symbol);
    r->at = skip_blanks(r->at);
    if (strncmp(r->at, symbol, n) != 0 || (n == 1 && strchr("<>=!&|", symbol[0]) != NULL &&
                                           r->at[1] != '\0' && strchr("=<>&|", r->at[1]) != NULL)) {
        return false;
    }
    r->at += n;
    return true;
}

static struct value number(struct reader *r)
{
    char *end = NULL;
    const double x = lb_number_read(r->at, &end);
    const size_t length = (size_t)(end - r->at);
    const bool real = memchr(r->at, '.', length) != NULL || memchr(r->at, 'e', length) != NULL;
    if (length == 0 || strncmp(r->at, "0x", 2) == 0) {
        return fail(r);
    }
    enum kind kind = real ? DOUBLE : INTEGER;
    if (real && (*end == 'f' || *end == 'F')) {
        kind = FLOAT;
        end++;
    } else if (!real && (*end == 'u' || *end == 'U')) {
        end++;
    }
    r->at = end;
    return lb_is_word(*end) ? fail(r) : make(kind, x);
}

/* sqrt and similar functions in float precision, as in OpenCL C. */
static struct value call(struct reader *r, const char *name)
{
    struct value a = conditional(r);
    struct value b = a;
    const bool two = take(r, ",");
    if (two) {
        b = conditional(r);
    }
    if (!take(r, ")")) {
        return fail(r);
    }
    const enum kind kind = a.kind > b.kind ? a.kind : b.kind;
    if (!two && strcmp(name, "sqrt") == 0) {
        return make(kind, sqrt(a.number));
    }
    if (two && (strcmp(name, "fmin") == 0 || strcmp(name, "min") == 0)) {
        return make(kind, fmin(a.number, b.number));
    }
    if (two && (strcmp(name, "fmax") == 0 || strcmp(name, "max") == 0)) {
        return make(kind, fmax(a.number, b.number));
    }
    return fail(r);
}

static struct value defined(struct reader *r)
{
    const bool bracket = take(r, "(");
    r->at = skip_blanks(r->at);
    const size_t length = word_length(r->at);
    const bool known = lb_constants_find(r->constants, r->at, length) != NULL;
    const bool foreign = !known && lb_constants_predefined(r->at);
    r->at += length;
    if (length == 0 || foreign || (bracket && !take(r, ")"))) {
        return fail(r);
    }
    return make(INTEGER, known);
}

/* Whether a body keeps its value in any context: a + b would bind differently in c * BODY. */
static bool is_term(const char *body)
{
    int depth = 0;
    for (; *body != '\0'; body++) {
        depth += *body == '(' ? 1 : *body == ')' ? -1 : 0;
        if (depth == 0 && strchr("+-*/%<>=!&|?", *body) != NULL) {
            return false;
        }
    }
    return true;
}

static struct value word(struct reader *r)
{
    char name[WORD_BYTES];
    const size_t length = word_length(r->at);
    if (length >= sizeof name || r->depth >= MAX_DEPTH) {
        return fail(r);
    }
    memcpy(name, r->at, length);
    name[length] = '\0';
    r->at += length;
    if (r->condition && strcmp(name, "defined") == 0) {
        return defined(r);
    }
    const struct lb_macro *macro = lb_constants_find(r->constants, name, length);
    if (macro != NULL) {
        struct reader inner = {r->constants, macro->body, r->depth + 1, r->condition, false};
        if (macro->body == NULL) {
            return fail(r);
        }
        const struct value value = conditional(&inner);
        const bool whole = *skip_blanks(inner.at) == '\0' && !inner.failed;
        return whole && is_term(macro->body) ? value : fail(r);
    }
    if (strcmp(name, "M_PI_F") == 0) {
        return make(FLOAT, 3.14159265358979323846);
    }
    if (strcmp(name, "INFINITY") == 0) {
        return make(FLOAT, INFINITY);
    }
    if (take(r, "(")) {
        return call(r, name);
    }
    return r->condition && !lb_constants_predefined(name) ? make(INTEGER, 0.0) : fail(r);
}

static struct value unary(struct reader *r)
{
    if (r->depth++ >= MAX_DEPTH) {
        return fail(r);
    }
    struct value value;
    if (take(r, "-")) {
        value = unary(r);
        value.number = -value.number;
    } else if (take(r, "+")) {
        value = unary(r);
    } else if (take(r, "!")) {
        value = make(INTEGER, unary(r).number == 0.0);
    } else if (take(r, "(")) {
        value = conditional(r);
        if (!take(r, ")")) {
            value = fail(r);
        }
    } else {
        r->at = skip_blanks(r->at);
        const bool digit = lb_is_digit(r->at[0]) || r->at[0] == '.';
        value = digit ? number(r) : lb_is_word(r->at[0]) ? word(r) : fail(r);
    }
    r->depth--;
    return value;
}

static struct value product(struct reader *r)
{
    struct value a = unary(r);
    for (;;) {
        const int symbol = take(r, "*") ? '*' : take(r, "/") ? '/' : take(r, "%") ? '%' : '\0';
        if (symbol == '\0') {
            return a;
        }
        const struct value b = unary(r);
        const enum kind kind = a.kind > b.kind ? a.kind : b.kind;
        if (symbol != '*' && kind == INTEGER && b.number == 0.0) {
            return fail(r);
        }
        if (symbol == '*') {
            a = make(kind, a.number * b.number);
        } else if (symbol == '/') {
            const double quotient = a.number / b.number;
            a = make(kind, kind == INTEGER ? trunc(quotient) : quotient);
        } else if (kind == INTEGER) {
            a = make(kind, fmod(a.number, b.number));
        } else {
            return fail(r);
        }
    }
}

static struct value sum(struct reader *r)
{
    struct value a = product(r);
    for (;;) {
        const bool plus = take(r, "+");
        if (!plus && !take(r, "-")) {
            return a;
        }
        const struct value b = product(r);
        const enum kind kind = a.kind > b.kind ? a.kind : b.kind;
        a = make(kind, plus ? a.number + b.number : a.number - b.number);
    }
}

static struct value comparison(struct reader *r)
{
    const struct value a = sum(r);
    if (take(r, "<=")) {
        return make(INTEGER, a.number <= sum(r).number);
    }
    if (take(r, ">=")) {
        return make(INTEGER, a.number >= sum(r).number);
    }
    if (take(r, "==")) {
        return make(INTEGER, a.number == sum(r).number);
    }
    if (take(r, "!=")) {
        return make(INTEGER, a.number != sum(r).number);
    }
    if (take(r, "<")) {
        return make(INTEGER, a.number < sum(r).number);
    }
    if (take(r, ">")) {
        return make(INTEGER, a.number > sum(r).number);
    }
    return a;
}

static struct value conjunction(struct reader *r)
{
    struct value a = comparison(r);
    while (take(r, "&&")) {
        const struct value b = comparison(r);
        a = make(INTEGER, a.number != 0.0 && b.number != 0.0);
    }
    return a;
}

static struct value disjunction(struct reader *r)
{
    struct value a = conjunction(r);
    while (take(r, "||")) {
        const struct value b = conjunction(r);
        a = make(INTEGER, a.number != 0.0 || b.number != 0.0);
    }
    return a;
}

static struct value conditional(struct reader *r)
{
    const struct value a = disjunction(r);
    if (!take(r, "?")) {
        return a;
    }
    const struct value yes = conditional(r);
    if (!take(r, ":")) {
        return fail(r);
    }
    const struct value no = conditional(r);
    return make(yes.kind > no.kind ? yes.kind : no.kind, a.number != 0.0 ? yes.number : no.number);
}

static bool evaluate(const struct lb_constants *constants, const char *text, bool condition,
                     struct value *value)
{
    const char *name = skip_blanks(text);
    const size_t length = word_length(name);
    const struct lb_macro *macro = lb_constants_find(constants, name, length);
    if (length > 0 && *skip_blanks(name + length) == '\0' && macro != NULL) {
        text = macro->body != NULL ? macro->body : ""; // on its own it needs no brackets
    }
    struct reader reader = {constants, text, 0, condition, false};
    *value = conditional(&reader);
    return !reader.failed && *skip_blanks(reader.at) == '\0';
}

bool lb_constants_condition(const struct lb_constants *constants, const char *text, bool *taken)
{
    struct value found;
    const bool known = evaluate(constants, text, true, &found);
    *taken = known && found.number != 0.0;
    return known;
}

bool lb_constants_real(const struct lb_constants *constants, const char *name, float *value)
{
    struct value found;
    const bool known = evaluate(constants, name, false, &found);
    *value = known ? (float)found.number : 0.0f;
    return known;
}

bool lb_constants_integer(const struct lb_constants *constants, const char *name, int *value)
{
    struct value found;
    const bool known = evaluate(constants, name, false, &found) && found.kind == INTEGER &&
                       fabs(found.number) < 1e9;
    *value = known ? (int)found.number : 0;
    return known;
}

bool lb_constants_string(const struct lb_constants *constants, const char *name, char *value,
                         size_t size)
{
    const struct lb_macro *macro = lb_constants_find(constants, name, strlen(name));
    const char *body = macro != NULL && macro->body != NULL ? skip_blanks(macro->body) : "";
    bool known = body[0] == '"';
    size_t kept = 0;
    while (known && *body != '\0') { // adjacent strings are concatenated
        const size_t length = strcspn(body + 1, "\"\\");
        known = body[0] == '"' && body[1 + length] == '"';
        const size_t more = length < size - 1 - kept ? length : size - 1 - kept;
        if (known) {
            memcpy(value + kept, body + 1, more);
            kept += more;
            body = skip_blanks(body + length + 2);
        }
    }
    value[kept] = '\0';
    return known;
}
