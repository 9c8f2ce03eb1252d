#include "ranks/launcher.h"

#include <stdlib.h>

#include <lowbend/ranks.h>

/* Open MPI also sets the variables of PMIx, srun sets only these. */
static const struct lb_launcher launchers[] = {
    {"Open MPI", "lowbend-ranks-openmpi", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK",
     "OMPI_COMM_WORLD_LOCAL_RANK"},
    {"MPICH", "lowbend-ranks-mpich", "PMI_SIZE", "PMI_RANK", "MPI_LOCALRANKID"},
    {"Open MPI", "lowbend-ranks-openmpi", "SLURM_NTASKS", "PMIX_RANK", "SLURM_LOCALID"},
};

int lb_launcher_number(const char *variable, int otherwise)
{
    const char *text = variable != NULL ? getenv(variable) : NULL;
    char *end = NULL;
    const long number = text != NULL ? strtol(text, &end, 10) : 0;
    return text != NULL && end != text && *end == '\0' && number >= 0 && number < 1 << 20
               ? (int)number
               : otherwise;
}

const struct lb_launcher *lb_launcher_find(void)
{
    for (size_t i = 0; i < sizeof launchers / sizeof launchers[0]; i++) {
        if (lb_launcher_number(launchers[i].rank, -1) >= 0 &&
            lb_launcher_number(launchers[i].size, -1) > 0) {
            return &launchers[i];
        }
    }
    return NULL;
}

struct lb_ranks_info lb_ranks_launched(void)
{
    const struct lb_launcher *launcher = lb_launcher_find();
    struct lb_ranks_info info = {.size = 1, .local_size = 1};
    if (launcher != NULL) {
        info.rank = lb_launcher_number(launcher->rank, 0);
        info.size = lb_launcher_number(launcher->size, 1);
        info.local_rank = lb_launcher_number(launcher->local_rank, 0);
    }
    return info;
}
