/*
 * lowbend as a library: include this header, or the individual ones.
 *
 * Objects. Create a context first, then a device in it, then datasets, networks and runs on the
 * device. The caller owns each object from the call that makes it (the one with an `out` pointer)
 * until its close, destroy or free, which sets the pointer to NULL and ignores NULL. Destroy
 * objects in reverse order: a device must outlive everything on it, and its context must outlive
 * the device. Functions that return a pointer without `out` lend it: it stays valid as long as the
 * object it came from, and the caller never frees it. Arguments, including strings, are read during
 * the call and stay the caller's; exceptions are stated.
 *
 * Errors. Functions return a status. On failure the context holds a text that says what failed,
 * why, and what to do; `out` pointers are NULL, and all earlier objects stay usable. The library
 * never ends the program and never prints: messages go to the context's log function, if any.
 * (OpenCL drivers and their compilers may print on their own.)
 *
 * Threads. A context and everything that depends on it may be used by one thread at a time: calls
 * on them must not overlap. Contexts are independent of each other, so each thread can have its
 * own; a context may move between threads with the usual synchronisation. Functions without a
 * context or object argument may be called from any thread. Log, progress and check callbacks run
 * on the calling thread; they must not call the library on the same context. Only the flag
 * lb_train_control.stop may be written by a signal handler during a call; another thread can stop a
 * call through the return value of its progress callback.
 *
 * Versions. LB_API_VERSION is the version of the headers that a program is built with,
 * lb_api_version() that of the library it runs with. A program runs with every library of the same
 * soname whose version is not below its own; it can call lb_api_version() to use newer features
 * optionally. To let structs grow without breaking this, structs that callers allocate and structs
 * in arrays or passed by value end in `reserved` words. Callers must pass them as zero; designated
 * initialisers and lb_train_params_default() do so. A new field takes their place, with 0 meaning
 * the previous behaviour, so the size and the other fields keep their places. Structs that only the
 * library allocates and lends by pointer (lb_progress, lb_run_info, lb_run_network) grow at their
 * end. All others never change. Enumerations get new values at their end.
 *
 * Data. Arrays are dense, row-major and little-endian, float32 unless stated otherwise; images are
 * (n, H, W, C). Each function documents sizes and units.
 *
 * Mathematics. Comments cite method.md and other documents of the folder docs of the source tree,
 * which an installation has in share/doc/lowbend/docs. method.md ends with a glossary.
 */
#ifndef LOWBEND_LOWBEND_H
#define LOWBEND_LOWBEND_H

#include <lowbend/bench.h>
#include <lowbend/context.h>
#include <lowbend/converge.h>
#include <lowbend/dataset.h>
#include <lowbend/device.h>
#include <lowbend/energy.h>
#include <lowbend/evaluate.h>
#include <lowbend/export.h>
#include <lowbend/geometry.h>
#include <lowbend/geometry_evaluation.h>
#include <lowbend/image_pairs.h>
#include <lowbend/images.h>
#include <lowbend/interpolation.h>
#include <lowbend/latent_mean.h>
#include <lowbend/latent_path.h>
#include <lowbend/means.h>
#include <lowbend/network.h>
#include <lowbend/options.h>
#include <lowbend/output.h>
#include <lowbend/picture.h>
#include <lowbend/projection.h>
#include <lowbend/ranks.h>
#include <lowbend/report.h>
#include <lowbend/run.h>
#include <lowbend/run_info.h>
#include <lowbend/self_test.h>
#include <lowbend/status.h>
#include <lowbend/tensor.h>
#include <lowbend/train.h>
#include <lowbend/trainer.h>
#include <lowbend/tune.h>

#endif
