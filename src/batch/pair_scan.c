/* Single pass over a file of user pairs: finite numbers, distances, fingerprint. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "batch/pair_file.h"
#include "io/tensor_file.h"

static const double largest_distance = 1e6; // limit as for --epsilon

/* Continues a hash with bytes: FNV-1a on words of eight bytes. */
static uint64_t hash_bytes(uint64_t hash, const unsigned char *bytes, size_t n)
{
    const uint64_t prime = 0x100000001b3u;
    for (; n >= sizeof(uint64_t); n -= sizeof(uint64_t), bytes += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, bytes, sizeof word);
        hash = (hash ^ word) * prime;
        hash ^= hash >> 32; // otherwise a word's high bits would never affect the low ones
    }
    for (; n > 0; n--, bytes++) {
        hash = (hash ^ *bytes) * prime;
    }
    return hash;
}

static uint64_t hash_number(uint64_t hash, uint64_t number)
{
    return hash_bytes(hash, (const unsigned char *)&number, sizeof number);
}

/* `values` is a buffer for one image. */
static enum lb_status scan_images(struct lb_pair_file *file, enum lb_pair_role role, float *values)
{
    static const char *const names[LB_PAIR_ROLES] = {"x", "y", "average"};
    for (size_t i = 0; i < file->count; i++) {
        const unsigned char *image = lb_pair_file_image(file, role, i);
        if (file->dtype != LB_U8) {
            lb_elements_to_floats(file->dtype, image, file->image_size, values);
            if (!lb_range_add(&file->range, (const unsigned char *)values, file->image_size)) {
                return lb_fail(
                    file->ctx, LB_ERR_FORMAT,
                    "%s: `%s` of pair %zu holds NaN or infinity (correct or remove the pair)",
                    file->path, names[role], i);
            }
        }
        file->fingerprint = hash_bytes(file->fingerprint, image, file->image_bytes);
    }
    return LB_OK;
}

static enum lb_status scan_roles(struct lb_pair_file *file)
{
    const float full = lb_image_full_scale(file->dtype);
    float *values = malloc(file->image_size * sizeof *values);
    if (values == NULL) {
        return lb_fail_memory(file->ctx, file->path);
    }
    enum lb_status status = LB_OK;
    file->range = file->dtype != LB_U8 ? LB_RANGE_EMPTY : LB_RANGE_UNIT;
    for (int role = LB_PAIR_X; role < LB_PAIR_ROLES && status == LB_OK; role++) {
        status = scan_images(file, (enum lb_pair_role)role, values);
    }
    if (file->dtype != LB_U8) {
        file->range.low /= full;
        file->range.high /= full;
    }
    free(values);
    return status;
}

static enum lb_status scan_distances(struct lb_pair_file *file, double min_distance)
{
    file->smallest = INFINITY;
    file->largest = 0.0;
    file->kept_count = 0;
    for (size_t i = 0; i < file->count; i++) {
        const double d = (double)lb_pair_file_distance(file, i);
        if (!(d > 0.0) || d > largest_distance) {
            return lb_fail(file->ctx, LB_ERR_FORMAT,
                           "%s: `distance` of pair %zu is %g: must be above 0 and at most %g "
                           "(remove the pair, or rescale all distances)",
                           file->path, i, d, largest_distance);
        }
        if (d >= min_distance) {
            file->smallest = fmin(file->smallest, d);
            file->largest = fmax(file->largest, d);
            file->kept[file->kept_count++] = (uint32_t)i;
        }
    }
    const size_t width = lb_dtype_size(file->distance_dtype);
    file->fingerprint = hash_bytes(file->fingerprint, file->distance, file->count * width);
    if (file->kept_count == 0) {
        return lb_fail(file->ctx, LB_ERR_FORMAT,
                       "%s: none of its %zu pairs is at least %g apart (use a smaller "
                       "--min-distance)",
                       file->path, file->count, min_distance);
    }
    return LB_OK;
}

enum lb_status lb_pair_file_scan(struct lb_pair_file *file, double min_distance)
{
    file->fingerprint = 0xcbf29ce484222325u;
    file->fingerprint = hash_number(file->fingerprint, file->count);
    file->fingerprint = hash_number(file->fingerprint, (uint64_t)file->info.height);
    file->fingerprint = hash_number(file->fingerprint, (uint64_t)file->info.width);
    file->fingerprint = hash_number(file->fingerprint, (uint64_t)file->info.channels);
    file->fingerprint = hash_number(file->fingerprint, (uint64_t)file->dtype);
    file->fingerprint = hash_number(file->fingerprint, (uint64_t)file->distance_dtype);
    free(file->kept);
    file->kept = malloc(file->count * sizeof *file->kept);
    if (file->kept == NULL) {
        return lb_fail_memory(file->ctx, file->path);
    }
    LB_TRY(lb_pair_file_check(file));
    LB_TRY(scan_distances(file, min_distance));
    lb_tensor_file_advise(file->file, true);
    LB_TRY(scan_roles(file));
    lb_tensor_file_advise(file->file, false);
    if (file->kept_count == file->count) { // then the index of a pair is its number
        free(file->kept);
        file->kept = NULL;
    }
    return lb_pair_file_check(file);
}
