#include "base/hash.h"

uint64_t lb_hash_more(uint64_t hash, const void *bytes, size_t n)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < n; i++) {
        hash = (hash ^ at[i]) * 0x100000001b3u;
    }
    return hash;
}

uint64_t lb_hash_bytes(const void *bytes, size_t n)
{
    return lb_hash_more(0xcbf29ce484222325u, bytes, n);
}
