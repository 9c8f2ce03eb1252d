/* Chart descriptions used by both pictures and reports; side by side in a picture. */
#ifndef LB_REPORT_PANELS_H
#define LB_REPORT_PANELS_H

#include "base/context.h"
#include "draw/plot.h"

/** Receives the charts of a figure one after another; each is valid only during the call. */
typedef enum lb_status (*lb_plot_fn)(void *user, const struct lb_plot *plot);

/** Draws charts side by side: `user` of lb_panels_draw(). */
struct lb_panels {
    struct lb_canvas *canvas;
    struct lb_rect next; ///< position of the next chart
};
enum lb_status lb_panels_draw(void *panels, const struct lb_plot *plot);

/** Counts charts: `user` is an int. */
enum lb_status lb_panels_count(void *count, const struct lb_plot *plot);

#endif
