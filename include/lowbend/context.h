/* The context: error text, logging and the place of the kernels. Everything hangs on one. */
#ifndef LOWBEND_CONTEXT_H
#define LOWBEND_CONTEXT_H

#include <stdint.h>

#include <lowbend/status.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lb_context;

enum lb_log_level {
    LB_LOG_ERROR,
    LB_LOG_WARNING,
    LB_LOG_INFO,
    LB_LOG_DEBUG, ///< kernel build logs, tuning: what --verbose shows
};

/** Receives one message without a final newline. Called from the thread that made the call. */
typedef void (*lb_log_fn)(void *user, enum lb_log_level level, const char *text);

struct lb_context_params {
    lb_log_fn log;      ///< NULL (default): silence
    void *log_user;     ///< handed to log, default NULL
    const char *cl_dir; ///< folder of the .cl files; NULL (default): LOWBEND_CL_DIR, then the
                        ///< installed data, then the source tree. Copied.
    const char *self_test_program; ///< the helper of lb_device_self_test(); NULL (default):
                                   ///< LOWBEND_SELF_TEST_PROGRAM, then the installed one, then that
                                   ///< of the build folder. Copied.
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[7];
};

/**
 * Creates a context.
 *
 * @param out    receives the context, owned by the caller; NULL on failure
 * @param params NULL for the defaults
 * @return LB_OK or LB_ERR_MEMORY
 *
 * A context and all that is made from it belong to one thread at a time.
 */
LB_API enum lb_status lb_context_create(struct lb_context **out,
                                        const struct lb_context_params *params);

/** Frees a context and sets *ctx to NULL. Devices made from it must be gone. NULL and &NULL: no-op.
 */
LB_API void lb_context_destroy(struct lb_context **ctx);

/**
 * Text of the last failed call: "WHAT: WHY (WHAT TO DO)", one line, but for kernel build failures,
 * which add at most 2000 bytes. Empty if nothing failed. Valid until the next call on this context.
 */
LB_API const char *lb_context_error(const struct lb_context *ctx);

/** "0.1.0": the program version. */
LB_API const char *lb_version(void);

/**
 * The version of the public headers: an integer that rises by one with every release in which they
 * differ from the last one's. 1 is the first version that has it.
 */
#define LB_API_VERSION 1

/** LB_API_VERSION of the headers that the library was built with, see lowbend.h. */
LB_API int lb_api_version(void);

/** Build facts in one line: compiler, OpenCL target, CLBlast, kernel folder. Never NULL. */
LB_API const char *lb_build_facts(void);

#ifdef __cplusplus
}
#endif

#endif
