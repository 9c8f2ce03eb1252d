/* NumPy's .npz: a zip archive of .npy arrays, unpacked only on demand. */
#include <stdlib.h>
#include <string.h>

#include "io/tensor_file.h"

#define ENDING ".npy"

/** The first bytes of a member. */
struct start {
    char bytes[LB_NPY_HEADER_MAX];
    size_t size;
};

static enum lb_status keep(void *user, const char *bytes, size_t size)
{
    struct start *start = user;
    memcpy(start->bytes + start->size, bytes, size);
    start->size += size;
    return LB_OK;
}

/* For messages: "FILE: NAME". */
static enum lb_status read_header(struct lb_tensor *tensor, struct lb_tensor_form *form,
                                  struct lb_context *ctx, const char *path,
                                  const struct start *start)
{
    struct lb_text label = {0};
    lb_text_addf(&label, "%s: %s", path, lb_quote(form->entry->name).text);
    const enum lb_status status =
        label.failed ? lb_fail_memory(ctx, path)
                     : lb_npy_read_header(tensor, form, ctx, label.data, start->bytes, start->size,
                                          form->entry->size, &form->begin);
    lb_text_free(&label);
    return status;
}

static enum lb_status read_member(struct lb_tensor_file *file, struct lb_context *ctx,
                                  const char *path, size_t i, struct start *start)
{
    struct lb_tensor *tensor = &file->tensors[i];
    struct lb_tensor_form *form = &file->forms[i];
    const struct lb_zip_entry *entry = form->entry;
    form->name = lb_string_copy(entry->name);
    if (form->name == NULL) {
        return lb_fail_memory(ctx, path);
    }
    form->name[strlen(form->name) - strlen(ENDING)] = '\0';
    tensor->name = form->name;
    if (entry->obstacle != NULL) { // reported only if this member is used
        tensor->dtype = LB_DTYPE_OTHER;
        return LB_OK;
    }
    start->size = 0;
    LB_TRY(lb_zip_unpack(&file->zip, entry, ctx, path, sizeof start->bytes, keep, start));
    return read_header(tensor, form, ctx, path, start);
}

enum lb_status lb_npz_read(struct lb_tensor_file *file, struct lb_context *ctx, const char *path,
                           size_t size)
{
    if (size < 4 || memcmp(file->bytes, "PK", 2) != 0) {
        LB_TRY(lb_foreign_check(ctx, path, "a .npz file", file->bytes, size));
    }
    LB_TRY(lb_zip_list(&file->zip, ctx, path, file->bytes, size));
    struct start *start = malloc(sizeof *start);
    if (start == NULL || !lb_tensor_file_reserve(file, file->zip.count)) {
        free(start);
        return lb_fail_memory(ctx, path);
    }
    enum lb_status status = LB_OK;
    size_t arrays = 0;
    for (size_t i = 0; i < file->zip.count && status == LB_OK; i++) {
        if (lb_string_ends_with(file->zip.entries[i].name, ENDING)) {
            file->forms[arrays].entry = &file->zip.entries[i];
            status = read_member(file, ctx, path, arrays, start);
            arrays++;
        }
    }
    free(start);
    file->count = arrays;
    return status;
}
