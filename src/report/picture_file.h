/* Pictures among the files of a run. */
#ifndef LB_REPORT_PICTURE_FILE_H
#define LB_REPORT_PICTURE_FILE_H

#include "draw/canvas.h"
#include "run/run.h"

/** Writes the canvas to RUN/name. */
enum lb_status lb_picture_write(struct lb_run *run, const struct lb_canvas *canvas,
                                enum lb_run_file file);

#endif
