#include "report/panels.h"

enum lb_status lb_panels_draw(void *panels, const struct lb_plot *plot)
{
    struct lb_panels *p = panels;
    lb_plot_draw(p->canvas, p->next, plot);
    p->next.x += p->next.width;
    return LB_OK;
}

enum lb_status lb_panels_count(void *count, const struct lb_plot *plot)
{
    (void)plot;
    ++*(int *)count;
    return LB_OK;
}
