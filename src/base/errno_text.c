#include "base/posix.h"

#include "base/errno_text.h"

#include <stdio.h>
#include <string.h>

struct lb_errno_text lb_errno_text(int code)
{
    struct lb_errno_text out = {{0}};
    if (strerror_r(code, out.text, sizeof out.text) != 0) {
        snprintf(out.text, sizeof out.text, "error %d", code);
    }
    return out;
}
