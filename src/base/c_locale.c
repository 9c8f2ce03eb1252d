#include "base/posix.h"

#include "base/c_locale.h"

#include <locale.h>
#include <pthread.h>
#include <stddef.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static locale_t c_locale; // kept until the process ends; 0 if it could not be allocated

static void create(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

struct lb_c_locale lb_c_locale_enter(void)
{
    pthread_once(&once, create);
    return (struct lb_c_locale){c_locale != (locale_t)0 ? (void *)uselocale(c_locale) : NULL};
}

void lb_c_locale_leave(struct lb_c_locale locale)
{
    if (locale.before != NULL) {
        uselocale((locale_t)locale.before);
    }
}
