/* Status codes of the library's functions. */
#ifndef LOWBEND_STATUS_H
#define LOWBEND_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define LB_API __attribute__((visibility("default")))
#else
#define LB_API
#endif

/**
 * Result of a call. LB_OK is 0. Any other value means that the call had no lasting effect, unless
 * its comment says otherwise, and that lb_context_error() holds a readable text.
 */
enum lb_status {
    LB_OK = 0,
    LB_ERR_ARGUMENT,    ///< a value outside its documented range
    LB_ERR_NOT_FOUND,   ///< a dataset, file or tensor of this name does not exist
    LB_ERR_DEVICE,      ///< no OpenCL platform, or no device matches the selector
    LB_ERR_IO,          ///< the operating system failed to read or write
    LB_ERR_FORMAT,      ///< a file is damaged or not what was expected
    LB_ERR_MEMORY,      ///< out of memory on the host or the device
    LB_ERR_OPENCL,      ///< an OpenCL or CLBlast call failed; the text names call and code
    LB_ERR_BUILD,       ///< a .cl file does not compile, or lacks something it must define
    LB_ERR_NUMERIC,     ///< NaN or infinity where a finite number is required
    LB_ERR_EXISTS,      ///< an output already exists and may not be overwritten
    LB_ERR_INTERRUPTED, ///< the progress callback asked to stop
    LB_ERR_UNSUPPORTED, ///< not supported by this build, driver or dataset
};

#ifdef __cplusplus
}
#endif

#endif
