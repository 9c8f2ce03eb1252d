/* The measurements in the user's cache folder, said to be of this device whatever they say: what is
 * accepted survives being written again. */
#include <dirent.h>

#include "fuzz.h"
#include "gemm/tuning.h"

/* The name and the key of a tuning file for this device. */
static struct {
    char folder[512];
    char name[256];
    json_t *key;
} expected;

static void learn(struct lb_device *device)
{
    const struct lb_tuning tuning = lb_tuning_default(device);
    char *path = NULL;
    if (setenv("XDG_CACHE_HOME", fuzz_folder(), 1) != 0 ||
        lb_tuning_store(device, &tuning, &path) != LB_OK || path == NULL) {
        abort();
    }
    json_t *root = json_load_file(path, 0, NULL);
    expected.key = json_incref(json_object_get(root, "key"));
    json_decref(root);
    char *slash = strrchr(path, '/');
    snprintf(expected.name, sizeof expected.name, "%s", slash + 1);
    *slash = '\0';
    snprintf(expected.folder, sizeof expected.folder, "%s", path);
    free(path);
}

/* Writes the input unchanged unless it is a JSON object; then adds the device's key. */
static void write_input(const uint8_t *data, size_t size)
{
    json_t *root = json_loadb((const char *)data, size, 0, NULL);
    char *text = NULL;
    if (json_is_object(root) && json_object_set(root, "key", expected.key) == 0) {
        text = json_dumps(root, 0);
    }
    if (text != NULL) {
        fuzz_write(expected.folder, expected.name, text, strlen(text));
    } else {
        fuzz_write(expected.folder, expected.name, data, size);
    }
    free(text);
    json_decref(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lb_device device = {.ctx = fuzz_context(), .info = {.type = LB_DEVICE_CPU}};
    if (expected.key == NULL) {
        learn(&device);
    }
    write_input(data, size);
    const struct lb_tuning read = lb_tuning_load(&device);
    if (lb_tuning_store(&device, &read, NULL) != LB_OK) {
        abort();
    }
    const struct lb_tuning again = lb_tuning_load(&device);
    const struct lb_clblast_parameters *a = &read.clblast;
    const struct lb_clblast_parameters *b = &again.clblast;
    if (again.fastest != read.fastest || b->min_indirect != a->min_indirect ||
        b->direct_set != a->direct_set || b->indirect_set != a->indirect_set ||
        (a->direct_set && memcmp(a->direct, b->direct, sizeof a->direct) != 0) ||
        (a->indirect_set && memcmp(a->indirect, b->indirect, sizeof a->indirect) != 0)) {
        abort();
    }
    lb_context_destroy(&device.ctx);
    return 0;
}
