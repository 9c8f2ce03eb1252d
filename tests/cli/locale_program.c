/*
 * A program on the library that takes over the user's locale, as graphical ones do. It prints what
 * the library says:
 *     locale_program train RUN STEP DATASET [NAME VALUE]...   to the end, or until this step
 *     locale_program use                  writes all that can be made of the RUN that it stands in
 */
#include <lowbend/lowbend.h>

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void say(void *user, enum lb_log_level level, const char *text)
{
    (void)user;
    (void)level;
    puts(text);
}

static bool before_last(void *user, const struct lb_progress *now)
{
    return now->step < *(const int *)user;
}

static enum lb_status train(struct lb_context *ctx, struct lb_device *device, int argc, char **argv)
{
    int last = (int)strtol(argv[3], NULL, 10);
    struct lb_train_params params;
    struct lb_train_control control = {.progress = before_last, .user = &last};
    lb_train_params_default(&params);
    enum lb_status status = lb_train_params_read(ctx, &params, argv[2]);
    control.resume = status == LB_OK;
    status = status == LB_ERR_NOT_FOUND ? LB_OK : status;
    snprintf(params.dataset, sizeof params.dataset, "%s", argv[4]);
    for (int i = 5; i + 1 < argc && status == LB_OK; i += 2) {
        status = lb_train_params_set(ctx, &params, argv[i], argv[i + 1]);
    }
    status = status == LB_OK ? lb_train(device, &params, argv[2], &control) : status;
    return status == LB_ERR_INTERRUPTED ? LB_OK : status;
}

static enum lb_status evaluate(struct lb_run *run)
{
    struct lb_evaluation evaluation = {0};
    const struct lb_evaluate_params params = {.pairs = 256, .points = 64};
    enum lb_status status = lb_run_evaluate(run, &params, NULL, NULL, &evaluation);
    if (status == LB_OK) {
        status = lb_run_write_evaluation(run, &evaluation);
    }
    if (status == LB_OK) {
        status = lb_run_write_evaluation_pictures(run, &evaluation);
    }
    lb_evaluation_free(&evaluation);
    return status;
}

static enum lb_status interpolate(struct lb_run *run, const char *path)
{
    struct lb_interpolation *interpolation = NULL;
    enum lb_status status = lb_interpolation_create(&interpolation, &run, 1, NULL);
    if (status == LB_OK) {
        puts(lb_interpolation_label(interpolation, 0));
        status = lb_interpolation_write_picture(interpolation, path);
    }
    lb_interpolation_destroy(&interpolation);
    return status;
}

static enum lb_status draw_limits(struct lb_context *ctx, struct lb_run *run, const char *path)
{
    struct lb_convergence convergence;
    struct lb_converge_params params;
    lb_converge_params_default(&params);
    params.levels = 3;
    params.pairs = 256;
    const enum lb_status status = lb_run_converge(run, &params, &convergence);
    return status == LB_OK ? lb_convergence_write_picture(ctx, &convergence, "limits", path)
                           : status;
}

static enum lb_status use(struct lb_context *ctx, struct lb_device *device)
{
    const char *const runs[] = {"."};
    const struct lb_report_params page = {.points = 64};
    const struct lb_sheet_params sheet = {0};
    struct lb_run *run = NULL;
    enum lb_status status = lb_run_open(&run, device, runs[0]);
    status = status == LB_OK ? lb_run_write_latent(run) : status;
    status = status == LB_OK ? lb_run_write_pictures(run) : status;
    status = status == LB_OK ? evaluate(run) : status;
    status = status == LB_OK ? interpolate(run, "interpolation.png") : status;
    status = status == LB_OK ? draw_limits(ctx, run, "limits.png") : status;
    status =
        status == LB_OK ? lb_dataset_write_sheet(lb_run_dataset(run), &sheet, "sheet.png") : status;
    status = status == LB_OK ? lb_run_export_onnx(run, LB_EXPORT_ALL, "model.onnx") : status;
    status = status == LB_OK ? lb_report_write(device, runs, 1, &page, "report.html") : status;
    lb_run_close(&run);
    return status;
}

int main(int argc, char **argv)
{
    const struct lb_context_params params = {.log = say};
    struct lb_context *ctx = NULL;
    struct lb_device *device = NULL;
    if (setlocale(LC_ALL, "") == NULL) {
        fputs("the locale is not there\n", stderr);
        return 2;
    }
    fprintf(stderr, "1.5 is %.1f\n", 1.5);
    enum lb_status status = lb_context_create(&ctx, &params);
    status = status == LB_OK ? lb_device_open(&device, ctx, NULL) : status;
    if (status == LB_OK) {
        status = argc > 4 && strcmp(argv[1], "train") == 0 ? train(ctx, device, argc, argv)
                                                           : use(ctx, device);
    }
    if (status != LB_OK) {
        puts(lb_context_error(ctx));
    }
    lb_device_close(&device);
    lb_context_destroy(&ctx);
    return status != LB_OK;
}
