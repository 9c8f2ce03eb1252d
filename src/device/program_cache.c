#include "device/program_cache.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/cache.h"
#include "base/file.h"
#include "base/file_facts.h"
#include "base/folder.h"
#include "base/hash.h"
#include "base/process.h"
#include "base/text.h"

enum {
    FORMAT = 1, // raise it when the file layout or the contents of the key change
    LIMIT_MIB = 256,
};

static const char magic[] = {'L', 'B', 'P', 'R', 'O', 'G', '\r', '\n'}; // no NUL follows
static const char prefix[] = "program-";

/* Precedes the driver's binary in a file. */
struct header {
    char magic[sizeof magic];
    uint64_t format;
    uint64_t key;
    uint64_t text_hash; ///< a second hash with another start value, against collisions of the key
    uint64_t text_bytes;
    uint64_t payload_bytes;
    uint64_t checksum; ///< of the driver's binary
};

/* ---- which drivers, which folder ------------------------------------------------------------- */

/* Drivers that do not cache programs themselves. PoCL and NVIDIA do; besides, PoCL ends the process
 * if a binary is damaged. */
static const char *const forgetful_platforms[] = {
    "Intel(R) OpenCL",                     // the CPU runtime; compiles for seconds at each start
    "AMD Accelerated Parallel Processing", // according to its documentation
};

/* LOWBEND_TEST_PROGRAM_CACHE enables the cache for all drivers, for tests. */
static bool is_wanted(const struct lb_device *device)
{
    const char *place = getenv("LOWBEND_PROGRAM_CACHE");
    if (place != NULL && lb_equal_any_case(place, "off")) {
        return false;
    }
    for (size_t i = 0; i < LB_COUNT(forgetful_platforms); i++) {
        if (strcmp(device->info.platform, forgetful_platforms[i]) == 0) {
            return true;
        }
    }
    return getenv("LOWBEND_TEST_PROGRAM_CACHE") != NULL;
}

/* The caller frees the result; NULL if there is no cache folder. */
static char *find_folder(void)
{
    const char *place = getenv("LOWBEND_PROGRAM_CACHE");
    return place != NULL && place[0] != '\0' ? lb_string_copy(place)
                                             : lb_cache_path("programs", NULL);
}

/* ---- one file -------------------------------------------------------------------------------- */

static struct header make_header(const struct lb_device *device,
                                 const struct lb_program_text *source)
{
    const struct lb_device_info *info = &device->info;
    char platform_version[128] = "";
    clGetPlatformInfo(device->platform, CL_PLATFORM_VERSION, sizeof platform_version - 1,
                      platform_version, NULL);
    const char *const parts[] = {info->platform, platform_version, info->name,     info->vendor,
                                 info->driver,   info->version,    source->options};
    const uint64_t sizes[] = {FORMAT, sizeof(void *), source->length};
    struct header header = {
        .format = FORMAT,
        .key = lb_hash_bytes(sizes, sizeof sizes),
        .text_hash = lb_hash_bytes("text", 4),
        .text_bytes = source->length,
    };
    memcpy(header.magic, magic, sizeof magic);
    for (size_t i = 0; i < LB_COUNT(parts); i++) {
        header.key = lb_hash_more(header.key, parts[i], strlen(parts[i]) + 1);
    }
    header.key = lb_hash_more(header.key, source->text, source->length);
    header.text_hash = lb_hash_more(header.text_hash, source->text, source->length);
    return header;
}

/* The caller frees the result; NULL if there is none. */
static char *path_of(const char *folder, uint64_t key)
{
    char name[64];
    snprintf(name, sizeof name, "%s%016" PRIx64, prefix, key);
    return folder != NULL ? lb_path_join(folder, name) : NULL;
}

/* The binary in the contents of a file; NULL if they are damaged or belong to another program. */
static const char *find_payload(const char *bytes, size_t size, const struct header *wanted,
                                size_t *length)
{
    struct header header;
    if (size <= sizeof header) {
        return NULL;
    }
    memcpy(&header, bytes, sizeof header);
    const char *payload = bytes + sizeof header;
    *length = size - sizeof header;
    const bool good = memcmp(header.magic, magic, sizeof magic) == 0 &&
                      header.format == wanted->format && header.key == wanted->key &&
                      header.text_hash == wanted->text_hash &&
                      header.text_bytes == wanted->text_bytes && header.payload_bytes == *length &&
                      header.checksum == lb_hash_bytes(payload, *length);
    return good ? payload : NULL;
}

/* Creates and builds the program from a binary; NULL on failure. */
static cl_program create(struct lb_device *device, const struct lb_program_text *source,
                         const char *payload, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)payload;
    cl_int taken = CL_SUCCESS;
    cl_int code = CL_SUCCESS;
    lb_trace_begin(device, "loading the compiled", source->file);
    cl_program program =
        clCreateProgramWithBinary(device->context, 1, &device->id, &length, &bytes, &taken, &code);
    if (code != CL_SUCCESS) {
        return NULL;
    }
    if (taken != CL_SUCCESS ||
        clBuildProgram(program, 1, &device->id, source->options, NULL, NULL) != CL_SUCCESS) {
        clReleaseProgram(program);
        return NULL;
    }
    return program;
}

cl_program lb_program_cache_load(struct lb_device *device, const struct lb_program_text *source)
{
    if (!is_wanted(device)) {
        return NULL;
    }
    const struct header wanted = make_header(device, source);
    char *folder = find_folder();
    char *path = path_of(folder, wanted.key);
    char *bytes = NULL;
    size_t size = 0;
    cl_program program = NULL;
    if (path != NULL && lb_file_is_plain(path) &&
        lb_file_read(device->ctx, path, &bytes, &size) == LB_OK) {
        size_t length = 0;
        const char *payload = find_payload(bytes, size, &wanted, &length);
        program = payload != NULL ? create(device, source, payload, length) : NULL;
        lb_log(device->ctx, LB_LOG_DEBUG, "%s: %s %s", source->file,
               program != NULL ? "compiled before:" : "is compiled, as this is of no use:", path);
    }
    if (program != NULL) {
        lb_file_touch(path); // marks it as recently used
    }
    free(bytes);
    free(path);
    free(folder);
    return program;
}

/* ---- the folder ------------------------------------------------------------------------------ */

struct entry {
    char *path;
    struct lb_file_facts facts;
};

static int by_age(const void *a, const void *b)
{
    const struct timespec *x = &((const struct entry *)a)->facts.modified;
    const struct timespec *y = &((const struct entry *)b)->facts.modified;
    if (x->tv_sec != y->tv_sec) {
        return x->tv_sec < y->tv_sec ? -1 : 1;
    }
    return (x->tv_nsec > y->tv_nsec) - (x->tv_nsec < y->tv_nsec);
}

/* Removes the oldest files, including unfinished ones, until the total is below the limit. */
static void evict(const char *folder)
{
    struct lb_folder_names list = {0};
    (void)lb_folder_list(&list, folder); // leaves the list empty on failure
    struct entry *entries = list.count > 0 ? calloc(list.count, sizeof *entries) : NULL;
    size_t count = 0;
    uint64_t total = 0;
    for (size_t i = 0; i < list.count; i++) {
        const bool ours = strncmp(list.names[i], prefix, sizeof prefix - 1) == 0;
        char *path = ours && entries != NULL ? lb_path_join(folder, list.names[i]) : NULL;
        struct lb_file_facts facts;
        if (path != NULL && lb_file_get_facts(path, &facts)) {
            entries[count++] = (struct entry){path, facts};
            total += facts.bytes;
        } else {
            free(path);
        }
    }
    lb_folder_names_free(&list);
    if (count > 0) {
        qsort(entries, count, sizeof *entries, by_age);
    }
    for (size_t i = 0; i < count; i++) {
        if (total > (uint64_t)LIMIT_MIB << 20 && lb_file_remove(entries[i].path) == 0) {
            total -= entries[i].facts.bytes;
        }
        free(entries[i].path);
    }
    free(entries);
}

/* Writes a temporary file and renames it, since several processes may store the same program. */
static bool write_file(struct lb_device *device, const char *folder, const char *path,
                       const char *bytes, size_t size)
{
    struct lb_text own = {0};
    lb_text_addf(&own, "%s.%ld", path, lb_process_number());
    const bool written = !own.failed && lb_folder_create(device->ctx, folder) == LB_OK &&
                         lb_file_write(device->ctx, own.data, bytes, size) == LB_OK &&
                         lb_file_replace(own.data, path);
    lb_text_free(&own);
    return written;
}

/* The header followed by the driver's binary, which the caller frees; NULL if there is none. */
static char *read_binary(cl_program program, struct header *header, size_t *size)
{
    size_t length = 0;
    if (clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof length, &length, NULL) !=
            CL_SUCCESS ||
        length == 0) {
        return NULL;
    }
    *size = sizeof *header + length;
    char *bytes = malloc(*size);
    unsigned char *payload = bytes != NULL ? (unsigned char *)bytes + sizeof *header : NULL;
    if (bytes == NULL || clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof payload, &payload,
                                          NULL) != CL_SUCCESS) {
        free(bytes);
        return NULL;
    }
    header->payload_bytes = length;
    header->checksum = lb_hash_bytes(payload, length);
    memcpy(bytes, header, sizeof *header);
    return bytes;
}

void lb_program_cache_store(struct lb_device *device, const struct lb_program_text *source,
                            cl_program program)
{
    if (!is_wanted(device)) {
        return;
    }
    struct header header = make_header(device, source);
    char *folder = find_folder();
    char *path = path_of(folder, header.key);
    size_t size = 0;
    char *bytes = path != NULL ? read_binary(program, &header, &size) : NULL;
    if (bytes != NULL && write_file(device, folder, path, bytes, size)) {
        evict(folder);
    } else {
        lb_log(device->ctx, LB_LOG_DEBUG, "%s: is compiled again next time: cannot be kept%s%s",
               source->file, path != NULL ? " as " : "", path != NULL ? path : "");
    }
    free(bytes);
    free(path);
    free(folder);
}
