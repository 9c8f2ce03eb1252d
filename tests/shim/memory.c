/* Preloaded: the n-th malloc(), calloc() or realloc() of lowbend and jansson returns NULL. */
#define _GNU_SOURCE
#include <errno.h>
#include <link.h>
#include <stdint.h>
#include <string.h>

#include "fail.h"

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t size);

enum { MAX_RANGES = 16 };

static struct {
    uintptr_t low;
    uintptr_t high;
} ranges[MAX_RANGES];
static size_t range_count;

/* The code whose allocations are counted; drivers and the C library keep theirs. */
static int add_ranges(struct dl_phdr_info *info, size_t size, void *first)
{
    (void)size;
    const bool program = *(bool *)first;
    *(bool *)first = false;
    if (!program && strstr(info->dlpi_name, "liblowbend") == NULL &&
        strstr(info->dlpi_name, "libjansson") == NULL) {
        return 0;
    }
    for (size_t i = 0; i < info->dlpi_phnum && range_count < MAX_RANGES; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        if (header->p_type == PT_LOAD && (header->p_flags & PF_X) != 0) {
            ranges[range_count].low = info->dlpi_addr + header->p_vaddr;
            ranges[range_count].high = ranges[range_count].low + header->p_memsz;
            range_count++;
        }
    }
    return 0;
}

__attribute__((constructor)) static void start(void)
{
    bool first = true;
    shim_start();
    dl_iterate_phdr(add_ranges, &first);
}

__attribute__((destructor)) static void end(void)
{
    range_count = 0;
    shim_end();
}

static bool fails(const void *caller)
{
    for (size_t i = 0; i < range_count; i++) {
        if ((uintptr_t)caller >= ranges[i].low && (uintptr_t)caller < ranges[i].high) {
            errno = ENOMEM;
            return shim_fails();
        }
    }
    return false;
}

void *malloc(size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(old, size);
}
