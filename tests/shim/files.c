/* Preloaded: the n-th of these calls by lowbend and jansson fails, as if the disk were full or
 * broken from then on. Standard output and error are left alone. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "callers.h"

/* The real function. ISO C cannot cast object pointers to function pointers, hence memcpy. */
#define REAL(type, name)                                                                           \
    __typeof__(type) real;                                                                         \
    void *symbol = dlsym(RTLD_NEXT, name);                                                         \
    memcpy(&real, &symbol, sizeof real)

/* Whether the program's call from `address` fails, and with which errno. */
static bool fails_by(const void *address, int reason)
{
    const bool fails = calls(address) && shim_fails();
    if (fails) {
        errno = reason;
    }
    return fails;
}

#define FAILS(reason) fails_by(__builtin_return_address(0), reason)

#define CALL(type, name, parameters, arguments, failed, reason)                                    \
    type name parameters                                                                           \
    {                                                                                              \
        REAL(type(*) parameters, #name);                                                           \
        return FAILS(reason) ? (failed) : real arguments;                                          \
    }

CALL(FILE *, fopen, (const char *path, const char *mode), (path, mode), NULL,
     mode[0] == 'r' ? EMFILE : ENOSPC)
CALL(FILE *, fdopen, (int descriptor, const char *mode), (descriptor, mode), NULL, EMFILE)
CALL(int, mkstemp, (char *path), (path), -1, ENOSPC)
CALL(int, fsync, (int descriptor), (descriptor), -1, EIO)
CALL(int, ftruncate, (int descriptor, off_t size), (descriptor, size), -1, EIO)
CALL(int, fseek, (FILE * file, long offset, int whence), (file, offset, whence), -1, EIO)
CALL(long, ftell, (FILE * file), (file), -1, EIO)
CALL(int, rename, (const char *from, const char *to), (from, to), -1, EIO)
CALL(int, unlink, (const char *path), (path), -1, EACCES)
CALL(int, mkdir, (const char *path, mode_t mode), (path, mode), -1, ENOSPC)
CALL(int, access, (const char *path, int mode), (path, mode), -1, EIO)
CALL(int, stat, (const char *restrict path, struct stat *restrict info), (path, info), -1, EIO)
CALL(int, fstat, (int descriptor, struct stat *info), (descriptor, info), -1, EIO)
CALL(DIR *, opendir, (const char *path), (path), NULL, EMFILE)
CALL(char *, realpath, (const char *restrict path, char *restrict out), (path, out), NULL, EIO)
CALL(struct dirent *, readdir, (DIR * folder), (folder), NULL, EIO)
CALL(void *, mmap,
     (void *address, size_t size, int protection, int flags, int descriptor, off_t offset),
     (address, size, protection, flags, descriptor, offset), MAP_FAILED, ENOMEM)

int open(const char *path, int flags, ...)
{
    REAL(int (*)(const char *, int, ...), "open");
    va_list rest;
    va_start(rest, flags);
    const int mode = (flags & O_CREAT) != 0 ? va_arg(rest, int) : 0;
    va_end(rest);
    return FAILS(EMFILE) ? -1 : real(path, flags, mode);
}

int fclose(FILE *file)
{
    REAL(int (*)(FILE *), "fclose");
    const bool fails = FAILS(EIO);
    const int result = real(file);
    if (fails) {
        errno = EIO;
        return EOF;
    }
    return result;
}

/* ---- streams: they must keep their error state ----------------------------------------------- */

/* Redirects all further output and input of the stream to this file. */
static void divert(FILE *file, const char *path, int flags)
{
    REAL(int (*)(const char *, int, ...), "open");
    const int descriptor = real(path, flags);
    if (descriptor >= 0) {
        dup2(descriptor, fileno(file));
        close(descriptor);
    }
}

static bool is_terminal(FILE *file)
{
    return file == stdout || file == stderr;
}

/* Simulates a full disk from now on. */
static void fill(FILE *file)
{
    REAL(int (*)(FILE *), "fflush");
    divert(file, "/dev/full", O_WRONLY);
    real(file); // fails if data was pending
    errno = ENOSPC;
}

size_t fwrite(const void *restrict data, size_t size, size_t n, FILE *restrict file)
{
    REAL(size_t(*)(const void *restrict, size_t, size_t, FILE *restrict), "fwrite");
    const bool fails = !is_terminal(file) && FAILS(ENOSPC);
    const size_t written = real(data, size, n, file);
    if (fails) {
        fill(file);
        return 0;
    }
    return written;
}

int fputs(const char *restrict text, FILE *restrict file)
{
    REAL(int (*)(const char *restrict, FILE *restrict), "fputs");
    const bool fails = !is_terminal(file) && FAILS(ENOSPC);
    const int result = real(text, file);
    if (fails) {
        fill(file);
        return EOF;
    }
    return result;
}

int fflush(FILE *file)
{
    REAL(int (*)(FILE *), "fflush");
    if (!is_terminal(file) && FAILS(ENOSPC)) {
        fill(file);
        return EOF;
    }
    return real(file);
}

/* Fails like reading a folder. */
size_t fread(void *restrict data, size_t size, size_t n, FILE *restrict file)
{
    REAL(size_t(*)(void *restrict, size_t, size_t, FILE *restrict), "fread");
    if (FAILS(EIO)) {
        divert(file, "/", O_RDONLY);
    }
    return real(data, size, n, file);
}

char *fgets(char *restrict text, int size, FILE *restrict file)
{
    REAL(char *(*)(char *restrict, int, FILE *restrict), "fgets");
    if (FAILS(EIO)) {
        divert(file, "/", O_RDONLY);
        return NULL;
    }
    return real(text, size, file);
}
