/* The layout of archives: PKWARE's APPNOTE.TXT 6.3, sections 4.3 and 4.5.3 (zip64). */
#include "io/zip.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ZLIB_CONST // zlib leaves its input as it is
#include <zlib.h>

#include "base/text.h"

#define DAMAGED "(the file is damaged; write or copy it again)"

enum {
    LOCAL_BYTES = 30,
    CENTRAL_BYTES = 46,
    END_BYTES = 22,
    END64_BYTES = 56,
    LOCATOR_BYTES = 20,
    COMMENT_MAX = 65535,
    ZIP64_EXTRA = 1,
    PIECE = 1 << 18,
};

/** The bytes of an archive. */
struct archive {
    struct lb_context *ctx;
    const char *path;
    const unsigned char *bytes;
    size_t size;
};

/** Where the directory lies. */
struct directory {
    uint64_t begin;
    uint64_t size;
    uint64_t count;
};

static enum lb_status fail_archive(const struct archive *archive, const char *why)
{
    return lb_fail(archive->ctx, LB_ERR_FORMAT, "%s: the zip archive %s " DAMAGED, archive->path,
                   why);
}

/* A little-endian number of n bytes. */
static uint64_t number(const unsigned char *bytes, int n)
{
    uint64_t value = 0;
    for (int i = n - 1; i >= 0; i--) {
        value = value << 8 | bytes[i];
    }
    return value;
}

static bool starts(const unsigned char *bytes, const char *signature)
{
    return memcmp(bytes, signature, 4) == 0;
}

/* The end record, which a comment may follow. */
static const unsigned char *find_end(const struct archive *archive)
{
    const size_t size = archive->size;
    for (size_t comment = 0; comment <= COMMENT_MAX && comment + END_BYTES <= size; comment++) {
        const unsigned char *end = archive->bytes + size - END_BYTES - comment;
        if (starts(end, "PK\5\6") && number(end + 20, 2) == comment) {
            return end;
        }
    }
    return NULL;
}

static enum lb_status find_directory(const struct archive *archive, struct directory *directory)
{
    const unsigned char *end = find_end(archive);
    if (end == NULL) {
        return fail_archive(archive, "has no directory at its end");
    }
    *directory = (struct directory){number(end + 16, 4), number(end + 12, 4), number(end + 10, 2)};
    bool split = number(end + 4, 2) != 0 || number(end + 8, 2) != directory->count;
    const unsigned char *locator =
        end - archive->bytes >= LOCATOR_BYTES ? end - LOCATOR_BYTES : end;
    if (starts(locator, "PK\6\7")) {
        const uint64_t at = number(locator + 8, 8);
        if (archive->size < END64_BYTES || at > archive->size - END64_BYTES ||
            !starts(archive->bytes + at, "PK\6\6")) {
            return fail_archive(archive, "has no directory where it says");
        }
        const unsigned char *end64 = archive->bytes + at;
        *directory =
            (struct directory){number(end64 + 48, 8), number(end64 + 40, 8), number(end64 + 32, 8)};
        split = number(end64 + 16, 4) != 0 || number(end64 + 24, 8) != directory->count;
    }
    if (split) {
        return lb_fail(archive->ctx, LB_ERR_FORMAT,
                       "%s: is a part of a zip archive (put the parts together)", archive->path);
    }
    if (directory->begin > archive->size || directory->size > archive->size - directory->begin ||
        directory->count > directory->size / CENTRAL_BYTES) {
        return fail_archive(archive, "has a directory beyond its end");
    }
    return LB_OK;
}

/* Takes the next number of the zip64 field for a value that did not fit into four bytes. */
static bool widen(uint64_t *value, const unsigned char **extra, const unsigned char *end)
{
    if (*value != UINT32_MAX) {
        return true;
    }
    if (end - *extra < 8) {
        return false;
    }
    *value = number(*extra, 8);
    *extra += 8;
    return true;
}

/* The zip64 field among the extra ones, empty if there is none. */
static bool find_zip64(const unsigned char **begin, const unsigned char **end)
{
    const unsigned char *at = *begin;
    while (*end - at >= 4) {
        const size_t size = (size_t)number(at + 2, 2);
        if (size > (size_t)(*end - at) - 4) {
            return false;
        }
        if (number(at, 2) == ZIP64_EXTRA) {
            *begin = at + 4;
            *end = at + 4 + size;
            return true;
        }
        at += 4 + size;
    }
    *begin = *end;
    return true;
}

/* The member's bytes follow its own header, which repeats the name. */
static enum lb_status find_data(const struct archive *archive, struct lb_zip_entry *entry,
                                uint64_t packed_size, uint64_t offset)
{
    if (archive->size < LOCAL_BYTES || offset > archive->size - LOCAL_BYTES ||
        !starts(archive->bytes + offset, "PK\3\4")) {
        return fail_archive(archive, "has no member where its directory says");
    }
    const unsigned char *local = archive->bytes + offset;
    const size_t left = archive->size - (size_t)offset - LOCAL_BYTES;
    const size_t before = (size_t)(number(local + 26, 2) + number(local + 28, 2));
    if (before > left || packed_size > left - before) {
        return fail_archive(archive, "has a member that runs beyond its end");
    }
    entry->packed = (const char *)local + LOCAL_BYTES + before;
    entry->packed_size = (size_t)packed_size;
    return LB_OK;
}

/* Reads the record at `central` and appends its name at *names; *central goes to the next. */
static enum lb_status read_record(const struct archive *archive, struct lb_zip_entry *entry,
                                  const unsigned char **central, const unsigned char *end,
                                  char **names)
{
    const unsigned char *at = *central;
    if (end - at < CENTRAL_BYTES || !starts(at, "PK\1\2")) {
        return fail_archive(archive, "has a directory that ends too early");
    }
    const size_t name_size = (size_t)number(at + 28, 2);
    const size_t extra_size = (size_t)number(at + 30, 2);
    const size_t comment_size = (size_t)number(at + 32, 2);
    if ((size_t)(end - at) - CENTRAL_BYTES < name_size + extra_size + comment_size) {
        return fail_archive(archive, "has a directory that ends too early");
    }
    const unsigned char *name = at + CENTRAL_BYTES;
    const unsigned char *extra = name + name_size;
    const unsigned char *extra_end = extra + extra_size;
    uint64_t packed_size = number(at + 20, 4);
    uint64_t size = number(at + 24, 4);
    uint64_t offset = number(at + 42, 4);
    if (!find_zip64(&extra, &extra_end) || !widen(&size, &extra, extra_end) ||
        !widen(&packed_size, &extra, extra_end) || !widen(&offset, &extra, extra_end) ||
        size > PTRDIFF_MAX) {
        return fail_archive(archive, "has a damaged directory");
    }
    *entry = (struct lb_zip_entry){
        .name = *names,
        .size = (size_t)size,
        .crc = (uint32_t)number(at + 16, 4),
        .method = (unsigned)number(at + 10, 2),
        .flags = (unsigned)number(at + 8, 2),
    };
    memcpy(*names, name, name_size);
    (*names)[name_size] = '\0';
    *names += name_size + 1;
    *central = name + name_size + extra_size + comment_size;
    return find_data(archive, entry, packed_size, offset);
}

static int by_name(const void *a, const void *b)
{
    const char *const *x = a;
    const char *const *y = b;
    return strcmp(*x, *y);
}

static enum lb_status check_names(const struct archive *archive, const struct lb_zip *zip)
{
    const char **names = malloc((zip->count + 1) * sizeof *names);
    if (names == NULL) {
        return lb_fail_memory(archive->ctx, archive->path);
    }
    for (size_t i = 0; i < zip->count; i++) {
        names[i] = zip->entries[i].name;
    }
    qsort(names, zip->count, sizeof *names, by_name);
    enum lb_status status = LB_OK;
    for (size_t i = 1; i < zip->count && status == LB_OK; i++) {
        if (strcmp(names[i - 1], names[i]) == 0) {
            status = fail_archive(archive, "has two members of one name");
        }
    }
    free(names);
    return status;
}

enum lb_status lb_zip_list(struct lb_zip *zip, struct lb_context *ctx, const char *path,
                           const char *bytes, size_t size)
{
    const struct archive archive = {ctx, path, (const unsigned char *)bytes, size};
    struct directory directory = {0};
    *zip = (struct lb_zip){0};
    LB_TRY(find_directory(&archive, &directory));
    /* A record is longer than a name of none with its NUL. */
    zip->names = malloc((size_t)directory.size + 1);
    zip->entries = calloc((size_t)directory.count + 1, sizeof *zip->entries);
    if (zip->names == NULL || zip->entries == NULL) {
        return lb_fail_memory(ctx, path);
    }
    const unsigned char *at = archive.bytes + directory.begin;
    const unsigned char *end = at + directory.size;
    char *names = zip->names;
    for (; zip->count < directory.count; zip->count++) {
        LB_TRY(read_record(&archive, &zip->entries[zip->count], &at, end, &names));
    }
    return check_names(&archive, zip);
}

void lb_zip_free(struct lb_zip *zip)
{
    free(zip->entries);
    free(zip->names);
    *zip = (struct lb_zip){0};
}

const char *lb_zip_obstacle(const struct lb_zip_entry *entry)
{
    return (entry->flags & 1) != 0                    ? "is encrypted"
           : entry->method != 0 && entry->method != 8 ? "is packed by a method other than deflate"
                                                      : NULL;
}

/** How far a member is unpacked. */
struct unpacking {
    const struct lb_zip_entry *entry;
    size_t done;
    size_t limit;
    uint32_t crc;
    lb_zip_taker take;
    void *user;
};

static enum lb_status hand_over(struct unpacking *unpacking, const char *bytes, size_t size)
{
    const size_t wanted = unpacking->limit - unpacking->done;
    unpacking->crc = (uint32_t)crc32_z(unpacking->crc, (const unsigned char *)bytes, size);
    unpacking->done += size < wanted ? size : wanted;
    return unpacking->take(unpacking->user, bytes, size < wanted ? size : wanted);
}

static enum lb_status fail_member(struct lb_context *ctx, const char *path,
                                  const struct lb_zip_entry *entry, const char *why)
{
    return lb_fail(ctx, LB_ERR_FORMAT, "%s: member '%s' %s " DAMAGED, path,
                   lb_quote(entry->name).text, why);
}

static enum lb_status inflate_member(struct unpacking *unpacking, struct lb_context *ctx,
                                     const char *path)
{
    const struct lb_zip_entry *entry = unpacking->entry;
    z_stream stream = {.next_in = (const unsigned char *)entry->packed};
    size_t left = entry->packed_size;
    unsigned char *piece = malloc(PIECE);
    enum lb_status status = LB_OK;
    if (piece == NULL || inflateInit2(&stream, -MAX_WBITS) != Z_OK) {
        free(piece);
        return lb_fail_memory(ctx, path);
    }
    int result = Z_OK;
    while (result == Z_OK && unpacking->done < unpacking->limit) {
        if (stream.avail_in == 0) {
            stream.avail_in = left < UINT_MAX ? (unsigned)left : UINT_MAX;
            left -= stream.avail_in;
        }
        stream.next_out = piece;
        stream.avail_out = PIECE;
        result = inflate(&stream, Z_NO_FLUSH);
        LB_CHECK(hand_over(unpacking, (const char *)piece, PIECE - stream.avail_out));
    }
    if (result == Z_MEM_ERROR) {
        status = lb_fail_memory(ctx, path);
    } else if (result != Z_OK && result != Z_STREAM_END) {
        status = fail_member(ctx, path, entry, "cannot be unpacked");
    }
fail:
    inflateEnd(&stream);
    free(piece);
    return status;
}

enum lb_status lb_zip_unpack(const struct lb_zip_entry *entry, struct lb_context *ctx,
                             const char *path, size_t limit, lb_zip_taker take, void *user)
{
    /* One more than there should be, so that too many are noticed. */
    struct unpacking unpacking = {
        .entry = entry,
        .limit = limit <= entry->size ? limit : entry->size + 1,
        .take = take,
        .user = user,
    };
    const char *obstacle = lb_zip_obstacle(entry);
    if (obstacle != NULL) {
        return lb_fail(ctx, LB_ERR_FORMAT,
                       "%s: member '%s' %s (write it by numpy.savez_compressed)", path,
                       lb_quote(entry->name).text, obstacle);
    }
    if (entry->method == 0) {
        for (size_t at = 0; at < entry->packed_size && unpacking.done < unpacking.limit;) {
            const size_t rest = entry->packed_size - at;
            const size_t size = rest < PIECE ? rest : PIECE;
            LB_TRY(hand_over(&unpacking, entry->packed + at, size));
            at += size;
        }
    } else {
        LB_TRY(inflate_member(&unpacking, ctx, path));
    }
    if (limit >= entry->size && (unpacking.done != entry->size || unpacking.crc != entry->crc)) {
        return fail_member(ctx, path, entry, "has another size or checksum than it says");
    }
    return LB_OK;
}
