#include "measuring.h"

#include <string.h>

#include "signals.h"

bool measuring_show(void *measuring, const char *part, int done, int total)
{
    struct measuring *m = measuring;
    if (signals_received() != 0) {
        return false;
    }
    if (m->part == NULL || strcmp(m->part, part) != 0) {
        cli_note(m->cli, "measuring %s (%d of %d)", part, done + 1, total);
        m->part = part;
    }
    return true;
}
