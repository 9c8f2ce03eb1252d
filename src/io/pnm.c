/* PGM and PPM, as described at https://netpbm.sourceforge.net/doc/: "P" and a digit, width, height
 * and the maximum in decimal, then samples. */
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/context.h"
#include "io/picture_read.h"

#define DAMAGED "(the file is damaged; write or copy it again)"

struct reader {
    struct lb_context *ctx;
    const char *path;
    const unsigned char *at;
    const unsigned char *end;
};

static enum lb_status fail_file(const struct reader *reader, const char *why)
{
    return lb_fail(reader->ctx, LB_ERR_FORMAT, "%s: %s " DAMAGED, reader->path, why);
}

/* Skips white space and comments. */
static void skip_space(struct reader *reader)
{
    while (reader->at < reader->end && (lb_is_space((char)*reader->at) || *reader->at == '#')) {
        if (*reader->at == '#') {
            while (reader->at < reader->end && *reader->at != '\n' && *reader->at != '\r') {
                reader->at++;
            }
        } else {
            reader->at++;
        }
    }
}

static enum lb_status read_number(struct reader *reader, unsigned limit, unsigned *number)
{
    skip_space(reader);
    if (reader->at == reader->end) {
        return fail_file(reader, "ends too early");
    }
    if (!lb_is_digit((char)*reader->at)) {
        return fail_file(reader, "contains something other than a number");
    }
    *number = 0;
    while (reader->at < reader->end && lb_is_digit((char)*reader->at)) {
        *number = *number * 10 + (*reader->at++ - (unsigned)'0');
        if (*number > limit) {
            return fail_file(reader, "contains a number that is too large");
        }
    }
    return LB_OK;
}

static enum lb_status read_sample(struct reader *reader, bool text, unsigned maximum,
                                  unsigned *sample)
{
    const size_t bytes = maximum > UINT8_MAX ? 2 : 1;
    if (text) {
        return read_number(reader, maximum, sample);
    }
    if ((size_t)(reader->end - reader->at) < bytes) {
        return fail_file(reader, "ends too early");
    }
    *sample = bytes == 2 ? (unsigned)reader->at[0] << 8 | reader->at[1] : reader->at[0];
    reader->at += bytes;
    return *sample <= maximum ? LB_OK : fail_file(reader, "contains a sample above its maximum");
}

/* Returns bytes if they are exact, else floats. */
static enum lb_status read_samples(struct reader *reader, bool text, unsigned maximum,
                                   struct lb_picture_data *out)
{
    const size_t n = (size_t)out->width * (size_t)out->height * (size_t)out->channels;
    const bool exact = UINT8_MAX % maximum == 0;
    if (n == 0 || n > (size_t)(reader->end - reader->at)) { // checked before allocating
        return fail_file(reader, "ends too early");
    }
    out->pixels = exact ? malloc(n) : NULL;
    out->values = exact ? NULL : malloc(n * sizeof *out->values);
    if (out->pixels == NULL && out->values == NULL) {
        return lb_fail_memory(reader->ctx, reader->path);
    }
    for (size_t i = 0; i < n; i++) {
        unsigned sample = 0;
        LB_TRY(read_sample(reader, text, maximum, &sample));
        if (exact) {
            out->pixels[i] = (unsigned char)(sample * (UINT8_MAX / maximum));
        } else {
            out->values[i] = (float)sample / (float)maximum;
        }
    }
    skip_space(reader);
    return reader->at == reader->end
               ? LB_OK
               : lb_fail(reader->ctx, LB_ERR_FORMAT,
                         "%s: has data after its picture (write one picture per file)",
                         reader->path);
}

enum lb_status lb_pnm_read(struct lb_context *ctx, const char *path, const unsigned char *bytes,
                           size_t size, struct lb_picture_data *out)
{
    struct reader reader = {ctx, path, bytes + 2, bytes + size};
    const char kind = (char)bytes[1];
    const bool text = kind == '2' || kind == '3';
    unsigned width = 0;
    unsigned height = 0;
    unsigned maximum = 0;
    LB_TRY(read_number(&reader, LB_PICTURE_SAMPLES_MAX, &width));
    LB_TRY(read_number(&reader, LB_PICTURE_SAMPLES_MAX, &height));
    LB_TRY(read_number(&reader, UINT16_MAX, &maximum));
    LB_TRY(lb_picture_check_size(ctx, path, width, height));
    if (maximum == 0) {
        return fail_file(&reader, "has a maximum of 0");
    }
    if (reader.at == reader.end || !lb_is_space((char)*reader.at)) {
        return fail_file(&reader, "ends too early");
    }
    reader.at++; // the one white space before the samples
    out->width = (int)width;
    out->height = (int)height;
    out->channels = kind == '3' || kind == '6' ? 3 : 1;
    return read_samples(&reader, text, maximum, out);
}
