#include "report/html/view.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "eval/grid.h"
#include "geometry/chart.h"
#include "draw/color.h"
#include "report/html/html_text.h"
#include "report/html/sprite.h"

enum { HEX = 6 }; // digits of a colour

/* n colours (n, 3) of the unit ball as one string of six digits each. */
static json_t *color_digits(const float *colors, size_t n)
{
    char *text = malloc(n * HEX + 1);
    if (text == NULL) {
        return NULL;
    }
    text[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        const float *c = colors + 3 * i;
        const struct lb_color color = lb_color_ball((double)c[0], (double)c[1], (double)c[2]);
        snprintf(text + i * HEX, HEX + 1, "%02x%02x%02x", color.red, color.green, color.blue);
    }
    json_t *string = json_string(text);
    free(text);
    return string;
}

/* What the manifold adds: points, colours by position, singular values, lines. */
static enum lb_status add_manifold(json_t *view, struct lb_run *run,
                                   const struct lb_report_sample *sample)
{
    const struct lb_chart *chart = lb_dataset_chart(run->dataset);
    const size_t m = (size_t)lb_dataset_get_info(run->dataset)->dimension;
    struct lb_grid_lines grid = {0};
    float *colors = malloc(sample->n * 3 * sizeof *colors);
    enum lb_status status = LB_OK;
    if (colors == NULL) {
        status = lb_fail_memory(run->ctx, "view of the page");
        goto fail;
    }
    LB_CHECK(lb_run_colors(run, sample->points, sample->n, colors));
    LB_CHECK(lb_grid_lines_create(&grid, run));
    if (json_object_set_new(view, "points",
                            lb_html_json_floats(sample->points, sample->n * run->point_size)) !=
            0 ||
        json_object_set_new(view, "colors", color_digits(colors, sample->n)) != 0 ||
        json_object_set_new(view, "hue", lb_html_json_string(chart->hue)) != 0 ||
        json_object_set_new(view, "lightness", lb_html_json_string(chart->lightness)) != 0 ||
        json_object_set_new(view, "dimension", json_integer((json_int_t)m)) != 0 ||
        json_object_set_new(view, "sigmas", lb_html_json_numbers(sample->sigmas, sample->n * m)) !=
            0 ||
        json_object_set_new(view, "frames", json_integer(LB_GRID_FRAMES)) != 0 ||
        json_object_set_new(view, "lines", lb_report_project(sample, run, grid.latent, grid.n)) !=
            0 ||
        json_object_set_new(view, "lineColors", color_digits(grid.colors, grid.n)) != 0) {
        status = lb_fail_memory(run->ctx, "view of the page");
    }
fail:
    lb_grid_lines_free(&grid);
    free(colors);
    return status;
}

enum lb_status lb_report_view(struct lb_run *run, struct lb_report_sample *sample, size_t budget,
                              json_t **view)
{
    *view = json_pack("{s:I, s:o, s:o}", "components", (json_int_t)sample->components, "share",
                      lb_html_json_numbers(sample->share, sample->components), "codes",
                      lb_report_project(sample, run, sample->latent, sample->n));
    if (*view == NULL) {
        return lb_fail_memory(run->ctx, "view of the page");
    }
    if (sample->images != NULL) {
        json_t *images;
        LB_TRY(lb_sprite_json(sample->images, run->ctx, budget, &images));
        if (json_object_set_new(*view, "images", images) != 0) {
            return lb_fail_memory(run->ctx, "view of the page");
        }
    }
    return sample->points != NULL ? add_manifold(*view, run, sample) : LB_OK;
}
