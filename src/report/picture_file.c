#include "report/picture_file.h"
#include "run/run_files.h"

#include <stdlib.h>

enum lb_status lb_picture_write(struct lb_run *run, const struct lb_canvas *canvas,
                                enum lb_run_file file)
{
    char *path = lb_run_file_path(run->path, file);
    if (path == NULL) {
        return lb_fail_memory(run->ctx, lb_run_file_name(file));
    }
    const enum lb_status status = lb_canvas_write(canvas, run->ctx, path);
    free(path);
    return status;
}
