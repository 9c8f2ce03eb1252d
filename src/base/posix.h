/* Makes the system's headers declare POSIX, which C11 alone does not. Only files of this room
 * include it, before any other header: the rest of the library is compiled without POSIX. */
#ifndef LB_BASE_POSIX_H
#define LB_BASE_POSIX_H

#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700 // NOLINT(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
#endif

#endif
