#include "device/kernel_source.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"

struct expansion {
    struct lb_kernel_source *source;
    struct lb_context *ctx;
    const char *cl_dir;
};

static void free_file(struct lb_kernel_source_file *file)
{
    free(file->name);
    free(file->quoted);
    free(file->path);
    free(file->text);
}

void lb_kernel_source_free(struct lb_kernel_source *source)
{
    for (size_t i = 0; i < source->n_files; i++) {
        free_file(&source->files[i]);
    }
    free(source->files);
    lb_text_free(&source->text);
    *source = (struct lb_kernel_source){0};
}

const struct lb_kernel_source_file *lb_kernel_source_find(const struct lb_kernel_source *source,
                                                          const char *name, size_t n)
{
    for (size_t i = 0; i < source->n_files; i++) {
        if (strncmp(source->files[i].name, name, n) == 0 && source->files[i].name[n] == '\0') {
            return &source->files[i];
        }
    }
    return NULL;
}

const char *lb_text_line(const char *text, size_t line, size_t *length)
{
    for (size_t i = 1; i < line && text != NULL; i++) {
        text = strchr(text, '\n');
        text = text != NULL ? text + 1 : NULL;
    }
    if (text == NULL || *text == '\0' || line == 0) {
        return NULL;
    }
    *length = strcspn(text, "\r\n");
    return text;
}

/* ---- #line ----------------------------------------------------------------------------------- */

static void add_line_directive(struct lb_text *out, size_t line,
                               const struct lb_kernel_source_file *file)
{
    lb_text_addf(out, "#line %zu %s\n", line, file->quoted);
}

/** Parses a line from add_line_directive(); NULL for any other line. */
static const struct lb_kernel_source_file *
parse_line_directive(const struct lb_kernel_source *source, const char *at, size_t *line)
{
    char *rest = NULL;
    if (strncmp(at, "#line ", 6) != 0) {
        return NULL;
    }
    *line = strtoul(at + 6, &rest, 10);
    for (size_t i = 0; i < source->n_files; i++) {
        const char *quoted = source->files[i].quoted;
        const size_t n = strlen(quoted);
        if (*rest == ' ' && strncmp(rest + 1, quoted, n) == 0 && rest[1 + n] == '\n') {
            return &source->files[i];
        }
    }
    return NULL;
}

const struct lb_kernel_source_file *lb_kernel_source_locate(const struct lb_kernel_source *source,
                                                            size_t physical, size_t *line)
{
    const struct lb_kernel_source_file *file = NULL;
    size_t current = 0;
    const char *at = source->text.data;
    for (size_t i = 1; at != NULL && *at != '\0'; i++) {
        size_t next = 0;
        const struct lb_kernel_source_file *named = parse_line_directive(source, at, &next);
        if (i == physical) {
            *line = current;
            return named == NULL ? file : NULL;
        }
        file = named != NULL ? named : file;
        current = named != NULL ? next : current + 1;
        at = strchr(at, '\n');
        at = at != NULL ? at + 1 : NULL;
    }
    return NULL;
}

/* ---- the files ------------------------------------------------------------------------------- */

/** The name as a string literal, allocated. */
static char *quote(const char *name)
{
    struct lb_text text = {0};
    lb_text_add(&text, "\"");
    for (; *name != '\0'; name++) {
        lb_text_add(&text, *name == '"' || *name == '\\' ? "\\" : "");
        lb_text_add_bytes(&text, name, 1);
    }
    lb_text_add(&text, "\"");
    if (text.failed) {
        lb_text_free(&text);
    }
    return text.data;
}

/** Appends to the list; takes ownership of `text`, also on failure. `path` may be NULL. */
static enum lb_status add_file(struct expansion *e, const char *name, const char *path, char *text,
                               size_t *index)
{
    struct lb_kernel_source *source = e->source;
    struct lb_kernel_source_file file = {
        .name = lb_string_copy(name),
        .quoted = quote(name),
        .path = lb_string_copy(path),
        .text = text,
    };
    struct lb_kernel_source_file *files =
        realloc(source->files, (source->n_files + 1) * sizeof *files);
    source->files = files != NULL ? files : source->files;
    if (files == NULL || file.name == NULL || file.quoted == NULL || text == NULL ||
        (path != NULL && file.path == NULL)) {
        free_file(&file);
        return lb_fail_memory(e->ctx, name);
    }
    *index = source->n_files++;
    files[*index] = file;
    // cppcheck-suppress memleak ; the source holds the list
    return LB_OK;
}

/** Reads a file into the list unless it is already there. */
static enum lb_status load(struct expansion *e, const char *name, const char *path, bool *is_new,
                           size_t *index)
{
    struct lb_file_id id = {0};
    *is_new = false;
    const bool known = lb_file_identify(path, &id);
    for (size_t i = 0; known && i < e->source->n_files; i++) {
        const struct lb_kernel_source_file *other = &e->source->files[i];
        if (other->path != NULL && lb_file_id_equal(other->id, id)) {
            return LB_OK;
        }
    }
    char *text = NULL;
    size_t size = 0;
    LB_TRY(lb_file_read(e->ctx, path, &text, &size));
    if (memchr(text, '\0', size) != NULL) {
        free(text);
        return lb_fail(e->ctx, LB_ERR_BUILD, "%s: contains a zero byte (use a text file)", name);
    }
    LB_TRY(add_file(e, name, path, text, index));
    e->source->files[*index].id = id;
    *is_new = true;
    return LB_OK;
}

/** "folder of base" + "/" + name, allocated. */
static char *beside(const char *base, const char *name)
{
    const char *slash = strrchr(base, '/');
    struct lb_text path = {0};
    lb_text_add_bytes(&path, base, slash != NULL ? (size_t)(slash + 1 - base) : 0);
    lb_text_add(&path, name);
    if (path.failed) {
        lb_text_free(&path);
    }
    return path.data;
}

/** Resolves an #include: *name for messages, *path for reading; both allocated. */
static enum lb_status find_include(struct expansion *e, size_t from, size_t line, const char *what,
                                   char **name, char **path)
{
    const struct lb_kernel_source_file *parent = &e->source->files[from];
    const bool absolute = lb_path_is_absolute(what);
    if (!absolute && parent->path != NULL) {
        *name = beside(parent->name, what);
        *path = beside(parent->path, what);
        if (*name == NULL || *path == NULL || !lb_file_missing(*path)) {
            return *name != NULL && *path != NULL ? LB_OK : lb_fail_memory(e->ctx, what);
        }
        free(*name);
        free(*path);
    }
    *name = lb_string_copy(what);
    *path = absolute ? lb_string_copy(what) : lb_path_join(e->cl_dir, what);
    if (*name == NULL || *path == NULL) {
        return lb_fail_memory(e->ctx, what);
    }
    if (lb_file_missing(*path)) {
        return lb_fail(e->ctx, LB_ERR_BUILD,
                       "%s:%zu: cannot find the include \"%s\" (correct the name; it is searched "
                       "beside the file and in %s)",
                       parent->name, line, what, e->cl_dir);
    }
    return LB_OK;
}

/* ---- expansion ------------------------------------------------------------------------------- */

/**
 * Parses #include "x": start and length of x, and the text after the closing quote. In a prelude,
 * whose include lines hold nothing else, x may contain quotes, so that any path can be included.
 */
static bool parse_include(const char *line, bool prelude, const char **what, size_t *length,
                          const char **rest)
{
    const char *at = line + strspn(line, " \t");
    if (*at != '#') {
        return false;
    }
    at += 1 + strspn(at + 1, " \t");
    if (strncmp(at, "include", 7) != 0) {
        return false;
    }
    at += 7 + strspn(at + 7, " \t");
    if (*at != '"') {
        return false;
    }
    size_t n = strcspn(at + 1, prelude ? "\n" : "\"\r\n");
    n -= prelude && n > 0 ? 1 : 0; // up to the quote that ends the line
    if (n == 0 || at[1 + n] != '"') {
        return false; // the compiler will report the error
    }
    *what = at + 1;
    *length = n;
    *rest = at + n + 2;
    return true;
}

/** Whether a block comment is open at the end of the line, given its state at the start. */
static bool comment_after(const char *line, const char *end, bool comment)
{
    char quote = '\0';
    for (; line < end; line++) {
        if (comment) {
            if (line[0] == '*' && line[1] == '/') {
                comment = false;
                line++;
            }
        } else if (quote != '\0') {
            if (line[0] == '\\') {
                line++;
            } else if (line[0] == quote) {
                quote = '\0';
            }
        } else if (line[0] == '"' || line[0] == '\'') {
            quote = line[0];
        } else if (line[0] == '/' && line[1] == '/') {
            return false;
        } else if (line[0] == '/' && line[1] == '*') {
            comment = true;
            line++;
        }
    }
    return comment;
}

static enum lb_status expand(struct expansion *e, size_t index);

/** Expands one #include, unless the file is already in the text. */
static enum lb_status expand_include(struct expansion *e, size_t from, size_t line,
                                     const char *what, size_t length)
{
    char *name = NULL;
    char *path = NULL;
    size_t index = 0;
    bool is_new = false;
    char *wanted = calloc(length + 1, 1);
    if (wanted == NULL) {
        return lb_fail_memory(e->ctx, "the program text");
    }
    memcpy(wanted, what, length);
    enum lb_status status = find_include(e, from, line, wanted, &name, &path);
    if (status == LB_OK) {
        status = load(e, name, path, &is_new, &index);
    }
    if (status == LB_OK && is_new) {
        status = expand(e, index);
        add_line_directive(&e->source->text, line, &e->source->files[from]);
    }
    free(wanted);
    free(name);
    free(path);
    return status;
}

/** Adds the text of one file with its includes. Recursion is bounded because each file is included
 * once. */
static enum lb_status expand(struct expansion *e, size_t index)
{
    struct lb_text *out = &e->source->text;
    const char *at = e->source->files[index].text;
    const bool prelude = e->source->files[index].path == NULL;
    bool comment = false;
    add_line_directive(out, 1, &e->source->files[index]);
    if (strncmp(at, "\xEF\xBB\xBF", 3) == 0) { // a byte order mark is not valid OpenCL C
        at += 3;
    }
    for (size_t line = 1; *at != '\0'; line++) {
        const char *end = at + strcspn(at, "\n");
        const char *what = NULL;
        size_t length = 0;
        const char *rest = at;
        if (!comment && parse_include(at, prelude, &what, &length, &rest)) {
            LB_TRY(expand_include(e, index, line, what, length));
        }
        comment = comment_after(rest, end, comment);
        lb_text_add_bytes(out, rest, (size_t)(end - rest));
        lb_text_add(out, "\n");
        at = *end == '\n' ? end + 1 : end;
    }
    return LB_OK;
}

static enum lb_status expand_prelude(struct expansion *e, const char *file, const char *prelude)
{
    size_t index = 0;
    struct lb_text name = {0};
    lb_text_addf(&name, "prelude of %s", file);
    enum lb_status status = name.failed
                                ? lb_fail_memory(e->ctx, file)
                                : add_file(e, name.data, NULL, lb_string_copy(prelude), &index);
    lb_text_free(&name);
    return status == LB_OK ? expand(e, index) : status;
}

enum lb_status lb_kernel_source_expand(struct lb_kernel_source *source, struct lb_context *ctx,
                                       const char *cl_dir, const char *file, const char *prelude)
{
    struct expansion e = {source, ctx, cl_dir};
    if (prelude != NULL && prelude[0] != '\0') {
        LB_TRY(expand_prelude(&e, file, prelude));
    }
    char *path = lb_path_is_absolute(file) ? lb_string_copy(file) : lb_path_join(cl_dir, file);
    if (path == NULL) {
        return lb_fail_memory(ctx, file);
    }
    size_t index = 0;
    bool is_new = false;
    enum lb_status status = load(&e, file, path, &is_new, &index);
    free(path);
    if (status == LB_OK && is_new) {
        status = expand(&e, index);
    }
    if (status == LB_OK && source->text.failed) {
        status = lb_fail_memory(ctx, file);
    }
    return status;
}
