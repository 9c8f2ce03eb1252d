#include "io/protobuf.h"

#include <string.h>

enum wire_kind {
    WIRE_VARINT = 0,
    WIRE_BYTES = 2,
};

/* Seven bits per byte, low bits first; the top bit marks continuation. */
static void add_varint(struct lb_text *message, uint64_t value)
{
    char bytes[10];
    size_t n = 0;
    do {
        const unsigned more = value > 0x7f ? 0x80 : 0;
        bytes[n++] = (char)((value & 0x7f) | more);
        value >>= 7;
    } while (value > 0);
    lb_text_add_bytes(message, bytes, n);
}

static void add_tag(struct lb_text *message, int field, enum wire_kind kind)
{
    add_varint(message, (uint64_t)field << 3 | (uint64_t)kind);
}

void lb_protobuf_integer(struct lb_text *message, int field, uint64_t value)
{
    add_tag(message, field, WIRE_VARINT);
    add_varint(message, value);
}

void lb_protobuf_begin(struct lb_text *message, int field, size_t bytes)
{
    add_tag(message, field, WIRE_BYTES);
    add_varint(message, bytes);
}

void lb_protobuf_string(struct lb_text *message, int field, const char *string)
{
    lb_protobuf_begin(message, field, strlen(string));
    lb_text_add(message, string);
}

void lb_protobuf_message(struct lb_text *message, int field, struct lb_text *part)
{
    lb_protobuf_begin(message, field, part->length);
    lb_text_add_bytes(message, part->data != NULL ? part->data : "", part->length);
    message->failed = message->failed || part->failed;
    lb_text_free(part);
}
