#include "io/zip.h"

#include <stdlib.h>

#include <zip.h>

#include "base/text.h"

#define DAMAGED "(the file is damaged; write or copy it again)"

enum { PIECE = 1 << 18 };

static enum lb_status fail_archive(struct lb_context *ctx, const char *path, zip_error_t *error)
{
    return zip_error_code_zip(error) == ZIP_ER_MEMORY
               ? lb_fail_memory(ctx, path)
               : lb_fail(ctx, LB_ERR_FORMAT, "%s: cannot be read as a zip archive: %s " DAMAGED,
                         path, zip_error_strerror(error));
}

static enum lb_status fail_member(struct lb_context *ctx, const char *path,
                                  const struct lb_zip_entry *entry, zip_error_t *error)
{
    return zip_error_code_zip(error) == ZIP_ER_MEMORY
               ? lb_fail_memory(ctx, path)
               : lb_fail(ctx, LB_ERR_FORMAT, "%s: member '%s' cannot be unpacked: %s " DAMAGED,
                         path, lb_quote(entry->name).text, zip_error_strerror(error));
}

static const char *obstacle(const zip_stat_t *stat)
{
    if (stat->encryption_method != ZIP_EM_NONE) {
        return "is encrypted";
    }
    return zip_compression_method_supported(stat->comp_method, 0)
               ? NULL
               : "uses an unsupported compression method";
}

static enum lb_status open_archive(struct lb_zip *zip, struct lb_context *ctx, const char *path,
                                   const char *bytes, size_t size)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(bytes, size, 0, &error);
    if (source != NULL) {
        zip->archive = zip_open_from_source(source, ZIP_RDONLY, &error);
        if (zip->archive == NULL) {
            zip_source_free(source);
        }
    }
    const enum lb_status status = zip->archive != NULL ? LB_OK : fail_archive(ctx, path, &error);
    zip_error_fini(&error);
    return status;
}

static enum lb_status read_entry(struct lb_zip *zip, struct lb_context *ctx, const char *path,
                                 uint64_t index)
{
    zip_stat_t stat;
    if (zip_stat_index(zip->archive, index, ZIP_FL_ENC_RAW, &stat) != 0) {
        return fail_archive(ctx, path, zip_get_error(zip->archive));
    }
    if ((stat.valid & ZIP_STAT_NAME) == 0 || stat.size > PTRDIFF_MAX) {
        return lb_fail(ctx, LB_ERR_FORMAT, "%s: the zip archive's directory is invalid " DAMAGED,
                       path);
    }
    if (zip_name_locate(zip->archive, stat.name, ZIP_FL_ENC_RAW) != (zip_int64_t)index) {
        return lb_fail(ctx, LB_ERR_FORMAT, "%s: the zip archive has two members '%s' (remove one)",
                       path, lb_quote(stat.name).text);
    }
    zip->entries[index] = (struct lb_zip_entry){
        .name = stat.name,
        .index = index,
        .size = (size_t)stat.size,
        .obstacle = obstacle(&stat),
    };
    return LB_OK;
}

enum lb_status lb_zip_list(struct lb_zip *zip, struct lb_context *ctx, const char *path,
                           const char *bytes, size_t size)
{
    *zip = (struct lb_zip){0};
    if (size == 0) { // to libzip, an archive without members
        return lb_fail(ctx, LB_ERR_FORMAT, "%s: is empty, not a zip archive " DAMAGED, path);
    }
    LB_TRY(open_archive(zip, ctx, path, bytes, size));
    const uint64_t count = (uint64_t)zip_get_num_entries(zip->archive, 0);
    zip->entries = calloc((size_t)count + 1, sizeof *zip->entries);
    if (zip->entries == NULL) {
        return lb_fail_memory(ctx, path);
    }
    for (uint64_t i = 0; i < count; i++) {
        LB_TRY(read_entry(zip, ctx, path, i));
        zip->count++;
    }
    return LB_OK;
}

void lb_zip_free(struct lb_zip *zip)
{
    if (zip->archive != NULL) {
        zip_discard(zip->archive);
    }
    free(zip->entries);
    *zip = (struct lb_zip){0};
}

/* Unpacks up to `limit` bytes, or to the end of the member, where libzip checks size and
 * checksum. */
static enum lb_status unpack(zip_file_t *member, const struct lb_zip_entry *entry,
                             struct lb_context *ctx, const char *path, uint64_t limit,
                             lb_zip_taker take, void *user)
{
    char *piece = malloc(PIECE);
    if (piece == NULL) {
        return lb_fail_memory(ctx, path);
    }
    enum lb_status status = LB_OK;
    for (uint64_t done = 0; done < limit && status == LB_OK;) {
        const uint64_t wanted = limit - done < PIECE ? limit - done : PIECE;
        const zip_int64_t n = zip_fread(member, piece, wanted);
        if (n < 0) {
            status = fail_member(ctx, path, entry, zip_file_get_error(member));
        } else if (n == 0) {
            break;
        } else {
            done += (uint64_t)n;
            status = take(user, piece, (size_t)n);
        }
    }
    free(piece);
    return status;
}

enum lb_status lb_zip_unpack(const struct lb_zip *zip, const struct lb_zip_entry *entry,
                             struct lb_context *ctx, const char *path, size_t limit,
                             lb_zip_taker take, void *user)
{
    zip_file_t *member = zip_fopen_index(zip->archive, entry->index, 0);
    if (member == NULL) {
        return fail_member(ctx, path, entry, zip_get_error(zip->archive));
    }
    const enum lb_status status =
        unpack(member, entry, ctx, path, limit < entry->size ? limit : UINT64_MAX, take, user);
    zip_fclose(member);
    return status;
}
