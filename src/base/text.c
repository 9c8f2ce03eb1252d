#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

static bool reserve(struct lb_text *text, size_t more)
{
    if (text->failed) {
        return false;
    }
    const size_t need = text->length + more + 1;
    if (need <= text->capacity) {
        return true;
    }
    const size_t capacity = need > 2 * text->capacity ? need : 2 * text->capacity;
    char *data = realloc(text->data, capacity);
    if (data == NULL) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->capacity = capacity;
    return true;
}

void lb_text_add_bytes(struct lb_text *text, const char *bytes, size_t n)
{
    if (reserve(text, n)) {
        memcpy(text->data + text->length, bytes, n);
        text->length += n;
        text->data[text->length] = '\0';
    }
}

void lb_text_add(struct lb_text *text, const char *string)
{
    lb_text_add_bytes(text, string, strlen(string));
}

void lb_text_addf(struct lb_text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int length = lb_format_args(NULL, 0, format, args);
    va_end(args);
    if (length < 0 || !reserve(text, (size_t)length)) {
        text->failed = true;
        return;
    }
    va_start(args, format);
    lb_format_args(text->data + text->length, (size_t)length + 1, format, args);
    va_end(args);
    text->length += (size_t)length;
}

void lb_text_free(struct lb_text *text)
{
    free(text->data);
    *text = (struct lb_text){0};
}

char *lb_string_copy(const char *string)
{
    if (string == NULL) {
        return NULL;
    }
    const size_t size = strlen(string) + 1;
    char *copy = malloc(size);
    if (copy != NULL) {
        memcpy(copy, string, size);
    }
    return copy;
}

char *lb_path_join(const char *folder, const char *name)
{
    struct lb_text path = {0};
    lb_text_add(&path, folder);
    if (path.length > 0 && path.data[path.length - 1] != '/') {
        lb_text_add(&path, "/");
    }
    lb_text_add(&path, name);
    if (path.failed) {
        lb_text_free(&path);
    }
    return path.data;
}

bool lb_path_is_absolute(const char *path)
{
    return path[0] == '/';
}

char *lb_path_parent(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *parent = lb_string_copy(slash != NULL ? path : ".");
    if (parent != NULL && slash != NULL) {
        parent[slash == path ? 1 : slash - path] = '\0';
    }
    return parent;
}

bool lb_string_ends_with(const char *string, const char *end)
{
    const size_t n = strlen(string);
    const size_t m = strlen(end);
    return n >= m && strcmp(string + n - m, end) == 0;
}

struct lb_quote lb_quote(const char *text)
{
    struct lb_quote quote = {{0}};
    size_t length = 0;
    for (; length < sizeof(quote.text) - 4 && text[length] != '\0'; length++) {
        const unsigned char byte = (unsigned char)text[length];
        quote.text[length] = text[length];
        if (byte < 0x20 || byte == 0x7f) {
            quote.text[length] = '?';
        }
    }
    if (text[length] != '\0') {
        /* Do not cut inside a UTF-8 character. */
        while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80) {
            length--;
        }
        memcpy(quote.text + length, "...", 4);
    }
    return quote;
}
