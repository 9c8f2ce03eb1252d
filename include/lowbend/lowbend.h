/*
 * lowbend as a library: include this header, or the parts.
 *
 * Objects. A context comes first, then a device on it, then datasets, networks and runs on the
 * device. Each belongs to the caller from the call that makes it (that with the `out` pointer) to
 * its close, destroy or free, which sets the pointer to NULL and leaves NULL alone. What was made
 * last goes first: a device must outlive all that is on it, and its context must outlive it.
 * Functions that return a pointer without `out` lend it: it stays valid as long as the object it is
 * asked of, and is never freed by the caller. What callers hand over is read during the call and
 * stays theirs, strings included; exceptions are stated.
 *
 * Failures. Functions return a status. What failed, why, and what to do is then the text of the
 * context. `out` pointers are NULL then, and all that was made earlier stays usable. The library
 * never ends the program and never prints: messages go to the log function of the context, if any.
 * (OpenCL drivers and their compilers may print by themselves.)
 *
 * Threads. A context and all that hangs on it belong to one thread at a time: no two calls on them
 * may overlap. Contexts are independent of each other, so a thread may have its own; programs may
 * hand one over between threads, with the usual barriers. Functions without a context or an object
 * may be called from everywhere. Log, progress and check functions run in the calling thread; they
 * must not call the library on the same context. The flag at lb_train_control.stop is the one thing
 * that a signal handler may write during a call; another thread can stop it by what its progress
 * function returns.
 *
 * Versions. LB_API_VERSION is the version of the headers that a program is built with,
 * lb_api_version() that of the library it runs with. A program runs with every library of the same
 * soname whose version is not below its own, and asks for lb_api_version() where it can do without
 * something newer. So that structs can grow without breaking that, those that callers allocate and
 * those that come in arrays or by value end in `reserved` words. They must be zero in what callers
 * hand over, as initialisers by name and lb_train_params_default() leave them. A new field takes
 * their place and means "as before" when it is 0, so that a struct keeps its size and its other
 * fields their places. Structs that the library alone allocates, and lends by pointer (lb_progress,
 * lb_run_info, lb_run_network), grow at their end. All others never change.
 * Enumerations get new values at their end.
 *
 * Data. Arrays are dense, row-major and little endian, float32 unless said otherwise; images are
 * (n, H, W, C). Sizes and units stand at each function.
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
