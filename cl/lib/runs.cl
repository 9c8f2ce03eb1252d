/*
 * Parts of a parameter block: a table of runs, each with the block's numbers x to y, for
 * lb_runs_grid() of src/optim/runs.h. On CPU devices a work-item processes a run, elsewhere GROUP
 * work-items share it.
 */
#ifndef LIB_RUNS_CL
#define LIB_RUNS_CL

#if VECTOR_WIDTH > 1
#define LANES 1
#else
#define LANES GROUP
#endif

/* Defines `run`, and `i`, the work-item's first number in it; the following ones are VECTOR_WIDTH *
 * LANES apart. Returns from the kernel if there is no run. */
#define FIND_RUN(runs, count)                                                                      \
    const int id = get_global_id(0);                                                               \
    if (id >= count * LANES) {                                                                     \
        return;                                                                                    \
    }                                                                                              \
    const int4 run = runs[id / LANES];                                                             \
    int i = run.x + id % LANES;

/* ONE_STEP(T, LOAD_AT, STORE_AT) for numbers i to end. */
#define EACH_OF_RUN(ONE_STEP, end)                                                                 \
    for (; i + VECTOR_WIDTH <= end; i += VECTOR_WIDTH * LANES) {                                   \
        ONE_STEP(vfloat, LOAD_VFLOAT, STORE_VFLOAT);                                               \
    }                                                                                              \
    for (; i < end; i++) {                                                                         \
        ONE_STEP(float, LOAD_ONE, STORE_ONE);                                                      \
    }
#define LOAD_ONE(p)     (*(p))
#define STORE_ONE(x, p) (*(p) = (x))

#endif
