/* The facts that a dataset's text states: sizes, radius, names. */
#ifndef LB_GEOMETRY_DATASET_FACTS_H
#define LB_GEOMETRY_DATASET_FACTS_H

#include "base/text.h"
#include "geometry/dataset.h"

enum { LB_MAX_EXTENT = 1 << 15 }; // of the constants that a dataset states

enum { LB_FACT_INTEGERS = 9, LB_FACT_REALS = 4 }; // that `describe` of describe.cl writes

/** Refuses impossible sizes where the text alone tells them: a compiler would take minutes over an
 * image of 99999 channels. LB_ERR_BUILD; `name`: for the message. */
enum lb_status lb_dataset_check_text(struct lb_dataset *dataset, const char *name);

/**
 * Fills `info` and the rest that the text states, off the text itself where it is simple enough,
 * else by a kernel; refuses facts that no dataset can have and options that it did not take.
 */
enum lb_status lb_dataset_read_facts(struct lb_dataset *dataset,
                                     const struct lb_dataset_params *params);

/** Appends the lists of facts that the kernel describe reports, as macros for a prelude. */
void lb_dataset_add_fact_lists(struct lb_text *prelude);

#endif
