/* The pictures of an evaluation, in the run's folder. */
#include <lowbend/evaluate.h>

#include "report/distance_picture.h"
#include "report/interpolation_error.h"
#include "report/picture_file.h"
#include "report/singular_values.h"

enum lb_status lb_run_write_evaluation_pictures(struct lb_run *run,
                                                const struct lb_evaluation *evaluation)
{
    const struct lb_dataset_info *info = lb_dataset_get_info(run->dataset);
    const double epsilon = run->params.epsilon;
    struct lb_canvas *canvas = NULL;
    enum lb_status status = LB_OK;
    if (evaluation->sigma_count > 0) {
        LB_CHECK(lb_draw_singular_values(&canvas, run->ctx, evaluation));
        LB_CHECK(lb_picture_write(run, canvas, LB_RUN_SINGULAR_VALUES));
        lb_canvas_destroy(&canvas);
    }
    if (evaluation->pair_count > 0) {
        LB_CHECK(lb_draw_distances(&canvas, run->ctx, evaluation, info, epsilon));
        LB_CHECK(lb_picture_write(run, canvas, LB_RUN_DISTANCES));
        lb_canvas_destroy(&canvas);
    }
    if (evaluation->interpolation_count > 0) {
        LB_CHECK(lb_draw_interpolation_error(&canvas, run->ctx, evaluation, epsilon));
        LB_CHECK(lb_picture_write(run, canvas, LB_RUN_INTERPOLATION_ERROR));
    }
fail:
    lb_canvas_destroy(&canvas);
    return status;
}
