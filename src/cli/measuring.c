#include "measuring.h"

#include <string.h>
#include <time.h>

#include "system.h"

bool measuring_show(void *measuring, const char *part, int done, int total)
{
    struct measuring *m = measuring;
    if (signals_received() != 0) {
        return false;
    }
    const bool other = m->part == NULL || strcmp(m->part, part) != 0;
    if (other || (m->done != done && difftime(time(NULL), m->said) >= 1.0)) {
        cli_note(m->cli, "measuring %s (%d of %d)", part, done + 1, total);
        m->part = part;
        m->done = done;
        m->said = time(NULL);
    }
    return true;
}
