/* Preloaded: the n-th malloc(), calloc() or realloc() of lowbend and jansson returns NULL. */
#define _GNU_SOURCE
#include <errno.h>

#include "callers.h"

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void __libc_free(void *memory);

/* ---- memory that the program holds ----------------------------------------------------------- */

/* A hash table of addresses with linear probing. */
enum { PLACES = 1 << 20 };

static void *held[PLACES];
static atomic_flag busy = ATOMIC_FLAG_INIT;
static char taken[1]; // marks a slot whose address was freed: probing continues after it

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

/* If jansson's lexer cannot enlarge its buffer (to a power of two, at least 32), it continues with
 * a truncated token and may then assert or read beyond it. lowbend cannot prevent this. */
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
    let_go(old); // before another thread can get the same address
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
