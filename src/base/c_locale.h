/* The C locale for the calling thread alone, whatever locale the program has set. */
#ifndef LB_BASE_C_LOCALE_H
#define LB_BASE_C_LOCALE_H

/** The locale to return to. */
struct lb_c_locale {
    void *before; ///< NULL: there is nothing to restore
};

/**
 * Switches only the calling thread to the C locale, for functions and libraries that read or write
 * numbers. No user callback may run before lb_c_locale_leave(), which takes the result.
 */
struct lb_c_locale lb_c_locale_enter(void);
void lb_c_locale_leave(struct lb_c_locale locale);

#endif
