/*
 * load_whole_N(p), store_whole_N(x, p): unaligned vectors of N = 4, 8 or 16 floats, with one
 * instruction each if the device has it. PoCL builds vload16() and vstore16() from smaller parts,
 * which its compiler rejoins only sometimes. Files that datasets include must not include this:
 * their properties are read from the source, which `__clang__` prevents.
 */
#ifndef LIB_WHOLE_CL
#define LIB_WHOLE_CL

/* For a vfloat of several floats. */
#define WHOLE_OF_(name, n)  name##n
#define WHOLE_OF(name, n)   WHOLE_OF_(name, n)
#define LOAD_WHOLE(p)       WHOLE_OF(load_whole_, VECTOR_WIDTH)(p)
#define STORE_WHOLE(x, p)   WHOLE_OF(store_whole_, VECTOR_WIDTH)(x, p)

#define load_whole_4(p)     vload4(0, p)
#define store_whole_4(x, p) vstore4(x, 0, p)

#ifdef __clang__ /* supports overloading by address space */
#define OVERLOADED __attribute__((overloadable, always_inline))
#define DEFINE_WHOLE(N, SPACE)                                                                     \
    OVERLOADED float##N load_whole_##N(const SPACE float *p)                                       \
    {                                                                                              \
        return ((const SPACE struct packed_##N *)p)->whole;                                        \
    }                                                                                              \
    OVERLOADED void store_whole_##N(const float##N x, SPACE float *p)                              \
    {                                                                                              \
        ((SPACE struct packed_##N *)p)->whole = x;                                                 \
    }
#define DEFINE_WHOLE_OF_EACH(N)                                                                    \
    struct __attribute__((packed)) packed_##N                                                      \
    {                                                                                              \
        float##N whole;                                                                            \
    };                                                                                             \
    DEFINE_WHOLE(N, global)                                                                        \
    DEFINE_WHOLE(N, local)                                                                         \
    DEFINE_WHOLE(N, private)
DEFINE_WHOLE_OF_EACH(8)
DEFINE_WHOLE_OF_EACH(16)
#else
#define load_whole_8(p)      vload8(0, p)
#define store_whole_8(x, p)  vstore8(x, 0, p)
#define load_whole_16(p)     vload16(0, p)
#define store_whole_16(x, p) vstore16(x, 0, p)
#endif

#endif
