#include "run/run_files.h"

#include "base/text.h"

static const struct {
    const char *name;
    bool is_read;
} files[LB_RUN_FILE_COUNT] = {
    [LB_RUN_CONFIG] = {"config.json", true},
    [LB_RUN_METRICS] = {"metrics.csv", true},
    [LB_RUN_ENCODER] = {"encoder.safetensors", true},
    [LB_RUN_DECODER] = {"decoder.safetensors", true},
    [LB_RUN_LATENT] = {"latent.safetensors", true},
    [LB_RUN_CHECKPOINT] = {"checkpoint.safetensors", true},
    [LB_RUN_SAMPLES] = {"samples.png", false},
    [LB_RUN_RECONSTRUCTION] = {"reconstruction.png", false},
    [LB_RUN_INTERPOLATION] = {"interpolation.png", false},
    [LB_RUN_LATENT_PICTURE] = {"latent.png", false},
    [LB_RUN_LOSS_PICTURE] = {"loss.png", false},
    [LB_RUN_EVALUATION] = {"eval.json", true},
    [LB_RUN_SINGULAR_VALUES] = {"singular_values.png", false},
    [LB_RUN_DISTANCES] = {"distances.png", false},
    [LB_RUN_INTERPOLATION_ERROR] = {"interpolation_error.png", false},
    [LB_RUN_REPORT] = {"report.html", false},
    [LB_RUN_PROJECTION] = {"projection.safetensors", true},
    [LB_RUN_GEOMETRY] = {"geometry.json", true},
    [LB_RUN_GEOMETRY_PICTURE] = {"geometry.png", false},
    [LB_RUN_PROJECTION_CHECKPOINT] = {"projection-checkpoint.safetensors", true},
};

const char *lb_run_file_name(enum lb_run_file file)
{
    return files[file].name;
}

bool lb_run_file_is_read(enum lb_run_file file)
{
    return files[file].is_read;
}

char *lb_run_file_path(const char *run, enum lb_run_file file)
{
    return lb_path_join(run, files[file].name);
}
