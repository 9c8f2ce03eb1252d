#include "report/picture_file.h"

#include <stdlib.h>

enum lb_status lb_picture_write(struct lb_run *run, const struct lb_canvas *canvas,
                                const char *name)
{
    char *path = lb_run_file(run, name);
    if (path == NULL) {
        return lb_fail_memory(run->ctx, name);
    }
    const enum lb_status status = lb_canvas_write(canvas, run->ctx, path);
    free(path);
    return status;
}
