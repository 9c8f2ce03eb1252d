/* The context's private side: error text and log. */
#ifndef LB_BASE_CONTEXT_H
#define LB_BASE_CONTEXT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <lowbend/context.h>

#include "base/printf.h"

#define LB_ERROR_BYTES 4096

struct lb_ranks;

struct lb_context {
    char error[LB_ERROR_BYTES];
    lb_log_fn log;
    void *log_user;
    char *cl_dir;            ///< as given to lb_context_create(), or NULL
    char *self_test_program; ///< likewise
    uint64_t *said;          ///< hashes of the messages that lb_log_once() has sent
    size_t said_count;
    struct lb_ranks *ranks; ///< ranks that the process has joined, see ranks/ranks.h; NULL: none
};

/** Stores an error message and returns status, so that callers can write `return lb_fail(...)`. */
enum lb_status lb_fail(struct lb_context *ctx, enum lb_status status, const char *format, ...)
    LB_PRINTF(3, 4);

/** Message for a failed host allocation; `what` names the object ("the point sample"). */
enum lb_status lb_fail_memory(struct lb_context *ctx, const char *what);

#if defined(__clang_analyzer__)
/* The analyser sees one file at a time and must know that a failure is never LB_OK. */
static inline enum lb_status lb_failed(enum lb_status status)
{
    return status != LB_OK ? status : LB_ERR_ARGUMENT;
}
#define lb_fail(...)              lb_failed(lb_fail(__VA_ARGS__))
#define lb_fail_memory(ctx, what) lb_failed(lb_fail_memory(ctx, what))
#endif

/** Sends a formatted message to the log callback, if there is one. */
void lb_log(struct lb_context *ctx, enum lb_log_level level, const char *format, ...)
    LB_PRINTF(3, 4);

/** The same, unless this context has already sent the same message. For messages about a file that
 * may be opened several times. Compares at most 1023 bytes. */
void lb_log_once(struct lb_context *ctx, enum lb_log_level level, const char *format, ...)
    LB_PRINTF(3, 4);

#define LB_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/** Returns from the calling function if the call failed. */
#define LB_TRY(call)                                                                               \
    do {                                                                                           \
        const enum lb_status lb_try_status = (call);                                               \
        if (lb_try_status != LB_OK) {                                                              \
            return lb_try_status;                                                                  \
        }                                                                                          \
    } while (0)

/** Jumps to `fail` with `status` set if the call failed. */
#define LB_CHECK(call)                                                                             \
    do {                                                                                           \
        status = (call);                                                                           \
        if (status != LB_OK) {                                                                     \
            goto fail;                                                                             \
        }                                                                                          \
    } while (0)

#endif
