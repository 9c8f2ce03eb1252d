/* One row per setting, used by the command line, config.json and the check on resuming. */
#ifndef LB_RUN_SETTINGS_TABLE_H
#define LB_RUN_SETTINGS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include <lowbend/train.h>

#include "base/text.h"

enum lb_setting_kind {
    LB_INTEGER,       ///< int
    LB_COUNT_OR_AUTO, ///< int, where the word choices[0] means 0
    LB_SEED,          ///< uint64_t below 2^63
    LB_REAL,          ///< double
    LB_CHOICE,        ///< enum, by the index of its name
    LB_LAYERS,        ///< text of a network, or choices[0]; see `widths`
    LB_TEXT,          ///< a path of at least `minimum` characters
    LB_MODE,          ///< flag that sets mode to `minimum`
    LB_SWITCH,        ///< flag: bool
};

/** Who determines a setting. */
enum lb_stated_by {
    LB_STATED_BY_ALL,    ///< recipes may set it
    LB_STATED_BY_DATA,   ///< likewise, and it depends on the dataset
    LB_STATED_BY_CALLER, ///< it identifies the data or the task, or does not change the result
};

struct lb_setting {
    const char *name;
    const char *placeholder;
    const char *help;
    enum lb_setting_kind kind;
    size_t offset;
    double minimum;
    double maximum;
    bool above; ///< excludes the minimum itself
    const char *const *choices;
    bool widths;    ///< LB_LAYERS: dense layers are stored in hidden and hidden_count
    bool transient; ///< replaced by other settings once the images are known; never stored in files
    bool automatic; ///< LB_REAL: a negative value means a default that depends on other settings
    /**
     * Meaning of a config.json without this key, in the form that lb_setting_parse() accepts: the
     * default when the setting was added. It stays when the default of new runs changes. NULL: see
     * below.
     */
    const char *absent;
    enum lb_stated_by stated_by;
    bool required; ///< must not be missing; else without `absent` a flag is off, and min-distance
                   ///< follows from epsilon
};

extern const struct lb_setting lb_settings[];
extern const size_t lb_settings_count;

/** Sets the field from text (ignored for flags); false, with the reason in `why`, if the text is
 * invalid. */
bool lb_setting_parse(const struct lb_setting *setting, struct lb_train_params *params,
                      const char *text, struct lb_text *why);

/** Appends the field's value in the form that lb_setting_parse() accepts ("1" or "0" for flags). */
void lb_setting_add_value(struct lb_text *text, const struct lb_setting *setting,
                          const struct lb_train_params *params);

#endif
