/* Preloaded: the n-th malloc(), calloc() or realloc() of lowbend and jansson returns NULL. */
#define _GNU_SOURCE
#include <errno.h>

#include "callers.h"

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void __libc_free(void *memory);

/* ---- what the program holds ------------------------------------------------------------------ */

/* A hash table of addresses: linear search from the place that the address hashes to. */
enum { PLACES = 1 << 20 };

static void *held[PLACES];
static atomic_flag busy = ATOMIC_FLAG_INIT;
static char taken[1]; // marks a place whose address was freed: the search goes on behind it

static size_t place_of(const void *address)
{
    return (size_t)((uint64_t)(uintptr_t)address * UINT64_C(11400714819323198485) >> 44);
}

static void hold(void *address)
{
    if (address == NULL) {
        return;
    }
    while (atomic_flag_test_and_set(&busy)) {
    }
    size_t at = place_of(address);
    while (held[at] != NULL && held[at] != taken) {
        at = (at + 1) % PLACES;
    }
    held[at] = address;
    atomic_fetch_add(&shim_live, 1);
    atomic_flag_clear(&busy);
}

static void let_go(const void *address)
{
    if (address == NULL) {
        return;
    }
    while (atomic_flag_test_and_set(&busy)) {
    }
    size_t at = place_of(address);
    while (held[at] != NULL && held[at] != address) {
        at = (at + 1) % PLACES;
    }
    if (held[at] == address) {
        held[at] = taken;
        atomic_fetch_sub(&shim_live, 1);
    }
    atomic_flag_clear(&busy);
}

/* ---------------------------------------------------------------------------------------------- */

/* Where jansson's lexer cannot lengthen its buffer (to a power of two from 32 on) it goes on with a
 * token cut short, and may then assert or read beyond it: no fault of lowbend's, which cannot help.
 */
static bool is_spared(size_t size, const void *caller)
{
    return size >= 32 && (size & (size - 1)) == 0 && calls_from_jansson(caller);
}

static bool fails(void)
{
    errno = ENOMEM;
    return shim_fails();
}

void *malloc(size_t size)
{
    const void *caller = __builtin_return_address(0);
    const bool ours = calls(caller);
    void *memory = ours && !is_spared(size, caller) && fails() ? NULL : __libc_malloc(size);
    if (ours) {
        hold(memory);
    }
    return memory;
}

void *calloc(size_t n, size_t size)
{
    const bool ours = calls(__builtin_return_address(0));
    void *memory = ours && fails() ? NULL : __libc_calloc(n, size);
    if (ours) {
        hold(memory);
    }
    return memory;
}

void *realloc(void *old, size_t size)
{
    const bool ours = calls(__builtin_return_address(0));
    if (ours && fails()) {
        return NULL;
    }
    let_go(old); // before another thread can be handed the same address
    void *memory = __libc_realloc(old, size);
    if (ours) {
        hold(memory != NULL ? memory : old);
    }
    return memory;
}

void free(void *memory)
{
    let_go(memory);
    __libc_free(memory);
}
