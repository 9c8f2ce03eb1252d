#include "base/posix.h"

#include "base/file_facts.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

bool lb_file_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && !S_ISDIR(info.st_mode);
}

bool lb_file_missing(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? S_ISDIR(info.st_mode) : errno == ENOENT || errno == ENOTDIR;
}

bool lb_file_is_plain(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

bool lb_file_is_readable(const char *path)
{
    return access(path, R_OK) == 0;
}

bool lb_file_is_program(const char *path)
{
    return access(path, X_OK) == 0;
}

bool lb_file_get_facts(const char *path, struct lb_file_facts *facts)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        return false;
    }
    *facts = (struct lb_file_facts){(uint64_t)info.st_size, info.st_mtim};
    return true;
}

bool lb_file_identify(const char *path, struct lb_file_id *id)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        return false;
    }
    *id = (struct lb_file_id){(uint64_t)info.st_dev, (uint64_t)info.st_ino};
    return true;
}

bool lb_file_id_equal(struct lb_file_id a, struct lb_file_id b)
{
    return a.volume == b.volume && a.number == b.number;
}

bool lb_file_same(const char *a, const char *b)
{
    struct lb_file_id x;
    struct lb_file_id y;
    return lb_file_identify(a, &x) && lb_file_identify(b, &y) && lb_file_id_equal(x, y);
}

char *lb_path_absolute(const char *path)
{
    return realpath(path, NULL);
}
