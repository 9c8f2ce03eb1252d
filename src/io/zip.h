/* Zip archives in memory, as far as .npz files need them: members stored or deflated. */
#ifndef LB_IO_ZIP_H
#define LB_IO_ZIP_H

#include <stddef.h>
#include <stdint.h>

#include "base/context.h"

struct lb_zip_entry {
    const char *name;
    const char *packed; ///< bytes in the archive
    size_t packed_size;
    size_t size;     ///< unpacked
    uint32_t crc;    ///< CRC-32 of that
    unsigned method; ///< 0 stored, 8 deflated; others cannot be unpacked
    unsigned flags;  ///< bit 0: encrypted
};

/** Starts as {0}. */
struct lb_zip {
    struct lb_zip_entry *entries; ///< in the order of the directory
    size_t count;
    char *names;
};

/**
 * Lists the members, all of which lie within the `size` bytes, whose names are unlike each other.
 * LB_ERR_FORMAT (no zip archive, damaged, split, more than 4 GiB of names), LB_ERR_MEMORY. The
 * bytes must outlive the list.
 */
enum lb_status lb_zip_list(struct lb_zip *zip, struct lb_context *ctx, const char *path,
                           const char *bytes, size_t size);
void lb_zip_free(struct lb_zip *zip);

/** Why a member cannot be unpacked, such as "is encrypted"; NULL if it can. */
const char *lb_zip_obstacle(const struct lb_zip_entry *entry);

/** Receives the next bytes of a member. */
typedef enum lb_status (*lb_zip_taker)(void *user, const char *bytes, size_t size);

/**
 * Unpacks a member piece by piece, the first `limit` bytes of it. The size and the checksum are
 * checked where all of it is unpacked.
 *
 * @return LB_OK, LB_ERR_FORMAT (damaged, or lb_zip_obstacle()), LB_ERR_MEMORY, or what the taker
 *         returned
 */
enum lb_status lb_zip_unpack(const struct lb_zip_entry *entry, struct lb_context *ctx,
                             const char *path, size_t limit, lb_zip_taker take, void *user);

#endif
