/* The context: error text, logging and the kernel folder. Every other object depends on one. */
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
    LB_LOG_DEBUG, ///< kernel build logs and tuning, as shown by --verbose
};

/** Receives one message without a final newline. Called on the thread that called the library. */
typedef void (*lb_log_fn)(void *user, enum lb_log_level level, const char *text);

struct lb_context_params {
    lb_log_fn log;      ///< NULL (default): no log
    void *log_user;     ///< passed to log; default NULL
    const char *cl_dir; ///< folder of the .cl files; NULL (default): LOWBEND_CL_DIR, then the
                        ///< installed files, then the source tree. Copied.
    const char *self_test_program; ///< helper program of lb_device_self_test(); NULL (default):
                                   ///< LOWBEND_SELF_TEST_PROGRAM, then the installed program, then
                                   ///< the one in the build folder. Copied.
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[7];
};

/**
 * Creates a context.
 *
 * @param out    receives the context, owned by the caller; NULL on failure
 * @param params NULL for the defaults
 * @return LB_OK or LB_ERR_MEMORY
 *
 * Only one thread at a time may use a context and the objects made from it.
 */
LB_API enum lb_status lb_context_create(struct lb_context **out,
                                        const struct lb_context_params *params);

/** Frees a context and sets *ctx to NULL. Close its devices first. NULL and &NULL: no-op. */
LB_API void lb_context_destroy(struct lb_context **ctx);

/**
 * Text of the last failed call: "WHAT: WHY (WHAT TO DO)", in one line. A kernel build failure adds
 * at most 2000 bytes. Empty if nothing has failed. Valid until the next call on this context.
 */
LB_API const char *lb_context_error(const struct lb_context *ctx);

/** The program version, such as "0.2.0". */
LB_API const char *lb_version(void);

/**
 * Version of the public headers: an integer that each release raises by one if it changes them. 1
 * is the first version that defines it.
 */
#define LB_API_VERSION 1

/** LB_API_VERSION of the headers that the library was built with (see lowbend.h). */
LB_API int lb_api_version(void);

/** Build information in one line: compiler, OpenCL target, CLBlast, kernel folder. Never NULL. */
LB_API const char *lb_build_facts(void);

#ifdef __cplusplus
}
#endif

#endif
