/* What there is at a path: whether it exists, what kind it is, which file it names. */
#ifndef LB_BASE_FILE_FACTS_H
#define LB_BASE_FILE_FACTS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/** Whether there is something other than a folder. */
bool lb_file_exists(const char *path);
/** Whether the file is known not to exist. False if it cannot be examined, so that reading it
 * reports why. */
bool lb_file_missing(const char *path);
/** Whether it is a regular file, which can be mapped. */
bool lb_file_is_plain(const char *path);
/** Whether this user may read it. */
bool lb_file_is_readable(const char *path);
/** Whether this user may run it as a program. */
bool lb_file_is_program(const char *path);

struct lb_file_facts {
    uint64_t bytes;
    struct timespec modified;
};
/** False if there is none or it cannot be examined. */
bool lb_file_get_facts(const char *path, struct lb_file_facts *facts);

/** What identifies a file or folder while it exists, whatever path or link leads to it. */
struct lb_file_id {
    uint64_t volume;
    uint64_t number; ///< on that volume
};
/** False if there is none or it cannot be examined. */
bool lb_file_identify(const char *path, struct lb_file_id *id);
bool lb_file_id_equal(struct lb_file_id a, struct lb_file_id b);

/** Whether both paths exist and name the same file or folder, also through links. */
bool lb_file_same(const char *a, const char *b);

/** Allocated path from the root, without links; NULL if there is none or memory is out. */
char *lb_path_absolute(const char *path);

#endif
