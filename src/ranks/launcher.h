/* Which mpirun started this process, if one did, by the variables that it sets. */
#ifndef LB_RANKS_LAUNCHER_H
#define LB_RANKS_LAUNCHER_H

/** A family of MPIs and how its processes are started. */
struct lb_launcher {
    const char *family;     ///< as lb_rank_plugin.family
    const char *plugin;     ///< name of the plug-in's file
    const char *size;       ///< variable: processes; NULL: none says
    const char *rank;       ///< variable: this process
    const char *local_rank; ///< variable: the same on its machine
};

/** NULL: none did. */
const struct lb_launcher *lb_launcher_find(void);

/** Cores that mpirun lets this process use; 0: not known. */
int lb_launcher_cores(void);

/** The number in a variable of the environment, or `otherwise`. */
int lb_launcher_number(const char *variable, int otherwise);

#endif
