/* Whose calls a preloaded shim looks at: the program's and its libraries', not those of drivers and
 * the C library. */
#ifndef LB_TESTS_SHIM_CALLERS_H
#define LB_TESTS_SHIM_CALLERS_H

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "fail.h"

enum { MAX_RANGES = 16 };

static struct {
    uintptr_t low;
    uintptr_t high;
    bool jansson;
} ranges[MAX_RANGES];
static size_t range_count;

/* Records the code ranges of lowbend and jansson. */
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
            ranges[range_count].jansson = strstr(info->dlpi_name, "libjansson") != NULL;
            range_count++;
        }
    }
    return 0;
}

static void find_callers(void)
{
    bool first = true;
    dl_iterate_phdr(add_ranges, &first);
}

/* The index of the range with the caller, or range_count. */
static size_t range_of(const void *caller)
{
    size_t i = 0;
    while (i < range_count &&
           ((uintptr_t)caller < ranges[i].low || (uintptr_t)caller >= ranges[i].high)) {
        i++;
    }
    return i;
}

static bool calls(const void *caller)
{
    return range_of(caller) < range_count;
}

static inline bool calls_from_jansson(const void *caller)
{
    const size_t i = range_of(caller);
    return i < range_count && ranges[i].jansson;
}

__attribute__((constructor)) static void start(void)
{
    shim_start();
    find_callers();
}

__attribute__((destructor)) static void end(void)
{
    range_count = 0;
    shim_end();
}

#endif
