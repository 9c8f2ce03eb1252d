/* What the system says about an error. */
#ifndef LB_BASE_ERRNO_TEXT_H
#define LB_BASE_ERRNO_TEXT_H

/** Text of an errno value. strerror() may keep its text in memory shared by all threads. */
struct lb_errno_text {
    char text[128];
};
struct lb_errno_text lb_errno_text(int code);

#endif
