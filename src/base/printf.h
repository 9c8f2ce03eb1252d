/* Lets the compiler check the arguments of printf()-like functions. */
#ifndef LB_BASE_PRINTF_H
#define LB_BASE_PRINTF_H

#if defined(__GNUC__)
#define LB_PRINTF(index, first) __attribute__((format(printf, index, first)))
#else
#define LB_PRINTF(index, first)
#endif

#endif
