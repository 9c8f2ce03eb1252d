/*
 * The wire format of Protocol Buffers, as far as writing needs it: a message is a sequence of
 * fields, each a tag (number and kind) with a varint, or with a length and as many bytes.
 */
#ifndef LB_IO_PROTOBUF_H
#define LB_IO_PROTOBUF_H

#include <stdint.h>

#include "base/text.h"

/** Adds an integer field (int32, int64, enum) of a value that is not negative. */
void lb_protobuf_integer(struct lb_text *message, int field, uint64_t value);
/** Adds what precedes a field of `bytes` bytes: a string, raw data or a message. */
void lb_protobuf_begin(struct lb_text *message, int field, size_t bytes);
void lb_protobuf_string(struct lb_text *message, int field, const char *string);
/** Adds a message as a field of another, and frees it. */
void lb_protobuf_message(struct lb_text *message, int field, struct lb_text *part);

#endif
