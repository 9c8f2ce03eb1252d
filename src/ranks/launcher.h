/* Detects which mpirun started this process, from its environment variables. */
#ifndef LB_RANKS_LAUNCHER_H
#define LB_RANKS_LAUNCHER_H

/** An MPI family and how it starts processes. */
struct lb_launcher {
    const char *family;     ///< as in lb_rank_plugin.family
    const char *plugin;     ///< name of the plug-in's file
    const char *size;       ///< variable with the number of processes; NULL: none
    const char *rank;       ///< variable with this process's rank
    const char *local_rank; ///< variable with the rank on this machine
};

/** NULL: not started by mpirun. */
const struct lb_launcher *lb_launcher_find(void);

/** The integer value of an environment variable, or `otherwise`. */
int lb_launcher_number(const char *variable, int otherwise);

#endif
