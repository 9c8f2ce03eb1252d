#include "report/html/tables.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "eval/statistics.h"
#include "report/html/html_text.h"
#include "report/html/sections.h"

/* ---- headline -------------------------------------------------------------------------------- */

/* The i-th number of an evaluation; NAN if the run has none. */
static struct lb_estimate number_of(const struct lb_report_run *run, size_t i)
{
    return run->measured ? lb_evaluation_number(&run->evaluation, i) : lb_estimate_unknown();
}

static void add_tile(struct lb_text *page, const char *name, struct lb_estimate value,
                     const char *meaning)
{
    if (!isfinite(value.mean)) {
        return;
    }
    lb_text_addf(page, "<div class=\"tile\"><dt>%s</dt><dd>", name);
    lb_html_number(page, value.mean, 3);
    if (isfinite(value.standard_error)) {
        lb_text_add(page, "<small> &plusmn; ");
        lb_html_number(page, value.standard_error, 2);
        lb_text_add(page, "</small>");
    }
    lb_text_addf(page, "<span>%s</span></dd></div>", meaning);
}

/* The most telling numbers, in words for those who see the page for the first time. */
static void add_tiles(struct lb_text *page, const struct lb_report_run *run)
{
    static const struct {
        const char *key;
        const char *meaning;
    } tiles[] = {
        {"E", "distortion + &lambda; bending"},
        {"E_star", "smallest possible"},
        {"gap", "E &minus; E*"},
        {"attainable", "best for this manifold"},
        {"ratio", "relative to the best"},
        {"distortion", "0: lengths preserved"},
        {"bending", "mean squared curvature"},
        {"scale", "mean stretch"},
        {"psnr", "dB, decoded images"},
    };
    lb_text_add(page, "<dl class=\"tiles\">");
    for (size_t k = 0; k < LB_COUNT(tiles); k++) {
        for (size_t i = 0; i < lb_evaluation_number_count(); i++) {
            const struct lb_number_info info = lb_evaluation_number_at(i);
            if (strcmp(info.key, tiles[k].key) == 0) {
                add_tile(page, info.name, number_of(run, i), tiles[k].meaning);
            }
        }
    }
    lb_text_add(page, "</dl>");
}

/* Why E is far above E* whatever was trained. */
static void add_reach(struct lb_text *page, const struct lb_report_run *run)
{
    const struct lb_dataset *dataset = run->run != NULL ? run->run->dataset : NULL;
    const int limit = dataset != NULL ? (int)lb_dataset_get_info(dataset)->limit_latent : 0;
    if (limit > run->params.latent) {
        lb_text_addf(page,
                     " The embedding that attains E* has %d dimensions, so E stays above it with "
                     "codes of %d.",
                     limit, run->params.latent);
    }
}

static void add_facts(struct lb_text *page, const struct lb_report_run *run)
{
    const json_t *facts = json_object_get(run->config, "dataset_facts");
    const json_t *image = json_object_get(facts, "image");
    const char *name = json_string_value(json_object_get(facts, "name"));
    const char *manifold = json_string_value(json_object_get(facts, "manifold"));
    const char *device =
        json_string_value(json_object_get(json_object_get(run->config, "device"), "name"));
    lb_text_add(page, "<p class=\"facts\">");
    lb_html_text(page, name != NULL ? name : run->params.dataset);
    lb_text_addf(page, ", images of %d &times; %d &times; %d",
                 (int)json_integer_value(json_array_get(image, 0)),
                 (int)json_integer_value(json_array_get(image, 1)),
                 (int)json_integer_value(json_array_get(image, 2)));
    if (manifold != NULL && strcmp(manifold, "unknown") != 0) {
        lb_text_add(page, ", manifold ");
        lb_html_text(page, manifold);
    }
    lb_text_add(page, "; sampling radius &epsilon; ");
    lb_html_number(page, run->params.epsilon, 4);
    lb_text_add(page, ", &lambda; ");
    lb_html_number(page, run->params.lambda, 4);
    lb_text_addf(page, ", latent dimension %d; trained on ", run->params.latent);
    lb_html_text(page, device != NULL ? device : "an unknown device");
    lb_text_add(page, ".");
    add_reach(page, run);
    lb_text_add(page, "</p>");
}

void lb_report_headline(struct lb_text *page, const struct lb_report_run *runs, size_t n)
{
    lb_text_add(page, "<div class=\"runs\">\n");
    for (size_t i = 0; i < n; i++) {
        const struct lb_report_run *run = &runs[i];
        lb_report_begin_part(page, run, n);
        add_facts(page, run);
        if (run->measured) {
            add_tiles(page, run);
        }
        lb_report_end_part(page);
    }
    lb_text_add(page, "</div>\n");
}

/* ---- tables ---------------------------------------------------------------------------------- */

static void begin_table(struct lb_text *page, const char *title, const char *sentence,
                        const struct lb_report_run *runs, size_t n)
{
    lb_text_addf(page,
                 "<section><h2>%s</h2><p class=\"how\">%s</p><div class=\"scroll\" tabindex=\"0\" "
                 "role=\"region\" aria-label=\"%s\"><table><thead><tr><th scope=\"col\">%s</th>",
                 title, sentence, title, title);
    for (size_t i = 0; i < n; i++) {
        lb_text_add(page, "<th scope=\"col\">");
        lb_html_text(page, runs[i].label);
        lb_text_add(page, "</th>");
    }
    lb_text_add(page, "</tr></thead><tbody>\n");
}

static void end_table(struct lb_text *page)
{
    lb_text_add(page, "</tbody></table></div>\n");
}

static void begin_row(struct lb_text *page, const char *name, const char *meaning, bool differs)
{
    lb_text_add(page,
                differs ? "<tr class=\"differs\"><th scope=\"row\">" : "<tr><th scope=\"row\">");
    lb_html_text(page, name);
    lb_text_add(page, "<small>");
    lb_html_text(page, meaning);
    lb_text_add(page, "</small></th>");
}

/* Whether any run has the k-th number. */
static bool is_measured(const struct lb_report_run *runs, size_t n, size_t k)
{
    bool measured = false;
    for (size_t i = 0; i < n; i++) {
        measured = measured || isfinite(number_of(&runs[i], k).mean);
    }
    return measured;
}

static void add_evaluation(struct lb_text *page, const struct lb_report_run *runs, size_t n)
{
    begin_table(page, "Evaluation",
                "All values are measured on fresh points, never on training data. A dash means "
                "unknown for this run.",
                runs, n);
    for (size_t k = 0; k < lb_evaluation_number_count(); k++) {
        const struct lb_number_info info = lb_evaluation_number_at(k);
        char meaning[128];
        if (!is_measured(runs, n, k)) {
            continue;
        }
        snprintf(meaning, sizeof meaning, "%s%s%s", info.unit != NULL ? info.unit : "",
                 info.unit != NULL ? ", " : "", info.help);
        begin_row(page, info.name, meaning, false);
        for (size_t i = 0; i < n; i++) {
            const struct lb_estimate value = number_of(&runs[i], k);
            lb_text_add(page, "<td>");
            lb_html_number(page, value.mean, 4);
            if (isfinite(value.standard_error)) {
                lb_text_add(page, " &plusmn; ");
                lb_html_number(page, value.standard_error, 2);
            }
            lb_text_add(page, "</td>");
        }
        lb_text_add(page, "</tr>\n");
    }
    end_table(page);
    for (size_t i = 0; i < n; i++) {
        if (runs[i].small) {
            lb_text_add(page, "<p class=\"note\">The values of ");
            lb_html_text(page, runs[i].label);
            lb_text_add(page,
                        " come from a small evaluation for this report. <code>lowbend eval</code> "
                        "computes a larger one, which the next report will show.</p>\n");
        }
    }
    lb_text_add(page, "</section>\n");
}

static void setting_text(struct lb_text *page, const struct lb_report_run *run, const char *name,
                         char *text, size_t size)
{
    page->failed = page->failed || lb_train_params_get(&run->params, name, text, size) != LB_OK;
    if (page->failed || text[0] == '\0') {
        snprintf(text, size, "-");
    }
}

static void add_settings(struct lb_text *page, const struct lb_report_run *runs, size_t n)
{
    static const char *const device_keys[] = {"name", "driver", "version"};
    static const char *const device_words[] = {"device it was trained on", "its driver",
                                               "device capabilities"};
    char first[LB_PATH_BYTES];
    char text[LB_PATH_BYTES];
    begin_table(page, "Settings",
                "Settings of the runs; those that differ between runs are marked.", runs, n);
    for (size_t s = 0; s < lb_setting_count(); s++) {
        const struct lb_setting_info setting = lb_setting_at(s);
        bool differs = false;
        setting_text(page, &runs[0], setting.name, first, sizeof first);
        for (size_t i = 1; i < n; i++) {
            setting_text(page, &runs[i], setting.name, text, sizeof text);
            differs = differs || strcmp(first, text) != 0;
        }
        if (!differs && strcmp(first, "-") == 0) {
            continue; // no run has it
        }
        begin_row(page, setting.name, setting.help, differs);
        for (size_t i = 0; i < n; i++) {
            setting_text(page, &runs[i], setting.name, text, sizeof text);
            lb_text_add(page, "<td>");
            lb_html_text(page, setting.placeholder != NULL ? text
                               : strcmp(text, "1") == 0    ? "yes"
                                                           : "no");
            lb_text_add(page, "</td>");
        }
        lb_text_add(page, "</tr>\n");
    }
    for (size_t k = 0; k < LB_COUNT(device_keys); k++) {
        begin_row(page, device_keys[k], device_words[k], false);
        for (size_t i = 0; i < n; i++) {
            const json_t *device = json_object_get(runs[i].config, "device");
            const char *value = json_string_value(json_object_get(device, device_keys[k]));
            lb_text_add(page, "<td>");
            lb_html_text(page, value != NULL ? value : "-");
            lb_text_add(page, "</td>");
        }
        lb_text_add(page, "</tr>\n");
    }
    end_table(page);
    lb_text_add(page, "</section>\n");
}

void lb_report_tables(struct lb_text *page, const struct lb_report_run *runs, size_t n)
{
    lb_text_add(page, "<div class=\"tables\">\n");
    add_evaluation(page, runs, n);
    add_settings(page, runs, n);
    lb_text_add(page, "</div>\n");
}
