/* Counting calls and failing one of them: what the preloaded shims of the tests share. */
#ifndef LB_TESTS_SHIM_FAIL_H
#define LB_TESTS_SHIM_FAIL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static atomic_long shim_calls;
static atomic_long shim_live; // allocated and not yet released
static long shim_fail_at;

/* LB_FAIL_AT: the number of the failing call, from 1; 0 or unset: none. */
static void shim_start(void)
{
    const char *text = getenv("LB_FAIL_AT");
    shim_fail_at = text != NULL ? strtol(text, NULL, 10) : 0;
}

/* Whether this call fails. */
static bool shim_fails(void)
{
    return atomic_fetch_add(&shim_calls, 1) + 1 == shim_fail_at;
}

/* LB_FAIL_COUNT: the file for the number of calls and of resources still held at the end. */
static void shim_end(void)
{
    const char *path = getenv("LB_FAIL_COUNT");
    FILE *file = path != NULL ? fopen(path, "w") : NULL;
    if (file != NULL) {
        fprintf(file, "%ld %ld\n", atomic_load(&shim_calls), atomic_load(&shim_live));
        fclose(file);
    }
}

#endif
