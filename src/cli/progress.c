#include "progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lowbend/lowbend.h>

#include "system.h"

#define TERMINAL_INTERVAL 0.1 // seconds
#define PLAIN_INTERVAL    5.0

/* Appends a formatted number unless it is NAN. */
static void add_number(char *text, size_t bytes, const char *name, double value)
{
    const size_t used = strlen(text);
    if (isfinite(value)) {
        snprintf(text + used, bytes - used, "  %s %.4g", name, value);
    }
}

static void add_time_left(char *text, size_t bytes, double seconds)
{
    const size_t used = strlen(text);
    if (!isfinite(seconds) || seconds < 0.0 || seconds > 1e8) {
        return;
    }
    const long whole = lround(seconds);
    if (whole < 3600) {
        snprintf(text + used, bytes - used, "  %ld:%02ld left", whole / 60, whole % 60);
    } else {
        snprintf(text + used, bytes - used, "  %ld:%02ld:%02ld left", whole / 3600, whole / 60 % 60,
                 whole % 60);
    }
}

/* What the counter of steps refers to. */
static const char *unit_of(enum lb_phase phase)
{
    return phase == LB_PHASE_PROJECTION ? "codes" : phase == LB_PHASE_DECODER ? "images" : "pairs";
}

static void describe(char *text, size_t bytes, const struct lb_progress *p)
{
    snprintf(text, bytes, "%s  %d/%d", lb_phase_name(p->phase), p->step, p->steps);
    for (int i = 0; i < lb_loss_term_count(); i++) {
        add_number(text, bytes, lb_loss_term_name(i), p->means.term[i]);
    }
    const size_t used = strlen(text);
    if (isfinite(p->per_second) && p->per_second > 0.0) {
        snprintf(text + used, bytes - used, "  %.0f %s/s", p->per_second, unit_of(p->phase));
    }
    add_time_left(text, bytes, p->seconds_left);
}

void progress_start(struct progress_line *line, bool quiet)
{
    const char *term = getenv("TERM");
    line->enabled = !quiet;
    line->terminal = terminal_exists() && (term == NULL || strcmp(term, "dumb") != 0);
    line->open = false;
    line->last_shown = 0.0;
}

void progress_show(struct progress_line *line, const struct lb_progress *progress)
{
    if (!line->enabled) {
        return;
    }
    const double now = system_seconds();
    const double interval = line->terminal ? TERMINAL_INTERVAL : PLAIN_INTERVAL;
    if (line->last_shown > 0.0 && now - line->last_shown < interval) {
        return;
    }
    line->last_shown = now;
    char text[256];
    describe(text, sizeof text, progress);
    if (!line->terminal) {
        fprintf(stderr, "%s\n", text);
        return;
    }
    const size_t width = terminal_width();
    if (width <= sizeof text) {
        text[width - 1] = '\0'; // writing the last column would make some terminals wrap
    }
    fprintf(stderr, "\r%s\033[K", text);
    fflush(stderr);
    line->open = true;
}

void progress_clear(struct progress_line *line)
{
    if (line->open) {
        fputs("\r\033[K", stderr);
        line->open = false;
    }
}
