/*
 * Writing the wire format of Protocol Buffers: a message is a sequence of fields, each a tag
 * (number and kind) followed by a varint, or by a length and that many bytes.
 */
#ifndef LB_IO_PROTOBUF_H
#define LB_IO_PROTOBUF_H

#include <stdint.h>

#include "base/text.h"

/** Adds an integer field (int32, int64, enum) with a non-negative value. */
void lb_protobuf_integer(struct lb_text *message, int field, uint64_t value);
/** Adds the prefix of a field of `bytes` bytes: a string, raw data or a message. */
void lb_protobuf_begin(struct lb_text *message, int field, size_t bytes);
void lb_protobuf_string(struct lb_text *message, int field, const char *string);
/** Adds a message as a field of another, and frees it. */
void lb_protobuf_message(struct lb_text *message, int field, struct lb_text *part);

#endif
