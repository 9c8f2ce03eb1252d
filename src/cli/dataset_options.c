#include "dataset_options.h"

#include <stdio.h>

struct option_row dataset_size_row(struct dataset_options *options)
{
    return (struct option_row){
        .name = "size",
        .placeholder = "PIXELS",
        .help = "height and width of the images (default: the dataset's default)",
        .kind = OPTION_INTEGER,
        .target = &options->size,
        .low = 1,
        .high = 65536,
    };
}

struct option_row dataset_cap_row(struct dataset_options *options)
{
    return (struct option_row){
        .name = "cap",
        .placeholder = "DEGREES",
        .help = "half-angle of the cap, for datasets with one (default: the dataset's default)",
        .kind = OPTION_NUMBER,
        .target = &options->cap,
        .high = 90,
        .open_low = true,
    };
}

struct option_row dataset_mesh_row(struct dataset_options *options)
{
    return (struct option_row){
        .name = "mesh",
        .placeholder = "FILE",
        .help = "a .obj, .off, .ply or .stl file for rotating-object (default: the built-in "
                "object)",
        .kind = OPTION_TEXT,
        .target = &options->mesh,
    };
}

struct option_row run_dataset_row(struct lb_run_files *files)
{
    return (struct option_row){
        .name = "dataset",
        .placeholder = "FILE",
        .help = "new location of RUN's .cl file or user pairs (default: not moved)",
        .kind = OPTION_TEXT,
        .target = &files->dataset,
    };
}

struct option_row run_mesh_row(struct lb_run_files *files)
{
    return (struct option_row){
        .name = "mesh",
        .placeholder = "FILE",
        .help = "new location of RUN's mesh (default: not moved)",
        .kind = OPTION_TEXT,
        .target = &files->mesh,
    };
}

int dataset_options_check_output(struct cli *cli, const struct dataset_options *options,
                                 const char *out)
{
    const struct lb_source_path sources[] = {{options->name, LB_PATH_FILE},
                                             {options->mesh, LB_PATH_FILE}};
    return cli_check_output(cli, out, sources, COUNT(sources));
}

int dataset_options_open(struct cli *cli, const struct dataset_options *options,
                         struct lb_dataset **dataset)
{
    const struct lb_dataset_params params = {
        .name = options->name,
        .size = (int)options->size,
        .cap_degrees = options->cap,
        .mesh = options->mesh,
    };
    const int exit_status = cli_open_device(cli);
    return exit_status == EXIT_DONE
               ? cli_finish(cli, lb_dataset_open(dataset, cli->device, &params))
               : exit_status;
}

int dataset_options_recommend(struct cli *cli, const struct dataset_options *options,
                              struct lb_train_params *params)
{
    lb_train_params_default(params);
    snprintf(params->dataset, sizeof params->dataset, "%s", options->name);
    snprintf(params->mesh, sizeof params->mesh, "%s", options->mesh != NULL ? options->mesh : "");
    params->size = (int)options->size;
    params->cap = options->cap;
    return cli_finish(cli, lb_train_params_recommend(cli->device, params, NULL));
}
