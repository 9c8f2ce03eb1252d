/* Zip archives in memory, using libzip. */
#ifndef LB_IO_ZIP_H
#define LB_IO_ZIP_H

#include <stddef.h>
#include <stdint.h>

#include "base/context.h"

struct lb_zip_entry {
    const char *name;
    uint64_t index;
    size_t size;          ///< uncompressed size
    const char *obstacle; ///< why it cannot be unpacked, such as "is encrypted"; NULL: it can
};

struct zip;

/** Starts as {0}. */
struct lb_zip {
    struct zip *archive;
    struct lb_zip_entry *entries; ///< in directory order
    size_t count;
};

/**
 * Lists the members, whose names are distinct. LB_ERR_FORMAT (not a zip archive, damaged),
 * LB_ERR_MEMORY. The bytes must outlive the list.
 */
enum lb_status lb_zip_list(struct lb_zip *zip, struct lb_context *ctx, const char *path,
                           const char *bytes, size_t size);
void lb_zip_free(struct lb_zip *zip);

/** Receives the next bytes of a member. */
typedef enum lb_status (*lb_zip_taker)(void *user, const char *bytes, size_t size);

/**
 * Unpacks the first `limit` bytes of a member without obstacle, piece by piece. Size and checksum
 * are checked if all of it is unpacked.
 *
 * @return LB_OK, LB_ERR_FORMAT (damaged), LB_ERR_MEMORY, or what the taker returned
 */
enum lb_status lb_zip_unpack(const struct lb_zip *zip, const struct lb_zip_entry *entry,
                             struct lb_context *ctx, const char *path, size_t limit,
                             lb_zip_taker take, void *user);

#endif
