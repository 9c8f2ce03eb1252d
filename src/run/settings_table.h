/* One row a setting: what the command line, config.json and the check on resuming all read. */
#ifndef LB_RUN_SETTINGS_TABLE_H
#define LB_RUN_SETTINGS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include <lowbend/train.h>

#include "base/text.h"

enum lb_setting_kind {
    LB_INTEGER,       ///< int
    LB_COUNT_OR_AUTO, ///< int, 0 by the word choices[0]
    LB_SEED,          ///< uint64_t below 2^63
    LB_REAL,          ///< double
    LB_CHOICE,        ///< enum, by the position of its name
    LB_LAYERS,        ///< text of a network, or choices[0]; see `widths`
    LB_TEXT,          ///< a path of at least `minimum` characters
    LB_MODE,          ///< flag that sets mode to `minimum`
    LB_SWITCH,        ///< flag: bool
};

/** Who knows what a setting should be. */
enum lb_stated_by {
    LB_STATED_BY_ALL,    ///< a recipe may state it
    LB_STATED_BY_DATA,   ///< so it may, and it differs between datasets
    LB_STATED_BY_CALLER, ///< it names the data or what is asked for, or changes no result
};

struct lb_setting {
    const char *name;
    const char *placeholder;
    const char *help;
    enum lb_setting_kind kind;
    size_t offset;
    double minimum;
    double maximum;
    bool above; ///< the minimum itself is not allowed
    const char *const *choices;
    bool widths;    ///< LB_LAYERS: dense layers alone are in hidden and hidden_count
    bool transient; ///< it stands for other settings until the images are known: no file has it
    bool automatic; ///< LB_REAL: a negative field stands for a default that other settings decide
    /**
     * What a config.json without this key meant, as lb_setting_parse() takes it: the default on the
     * day the setting was added. It stays when the default of new runs changes. NULL: see below.
     */
    const char *absent;
    enum lb_stated_by stated_by;
    bool required; ///< nothing can stand for it; else without `absent` a flag is off, and
                   ///< min-distance follows from epsilon
};

extern const struct lb_setting lb_settings[];
extern const size_t lb_settings_count;

/** Sets the field from text (ignored for flags); false, with what is wrong in `why`, if the text is
 * not allowed. */
bool lb_setting_parse(const struct lb_setting *setting, struct lb_train_params *params,
                      const char *text, struct lb_text *why);

/** Appends the field's value as lb_setting_parse() takes it ("1" or "0" for flags). */
void lb_setting_add_value(struct lb_text *text, const struct lb_setting *setting,
                          const struct lb_train_params *params);

#endif
