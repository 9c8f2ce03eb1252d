/* Fingerprint of bytes, to detect changed files. */
#ifndef LB_BASE_HASH_H
#define LB_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/** FNV-1a (Fowler, Noll, Vo), 64 bits. */
uint64_t lb_hash_bytes(const void *bytes, size_t n);

/** Continues a hash with more bytes. */
uint64_t lb_hash_more(uint64_t hash, const void *bytes, size_t n);

#endif
