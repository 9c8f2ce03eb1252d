/* Properties defined by a dataset's source: sizes, radius, names. */
#ifndef LB_GEOMETRY_DATASET_FACTS_H
#define LB_GEOMETRY_DATASET_FACTS_H

#include "base/text.h"
#include "geometry/dataset.h"

enum { LB_MAX_EXTENT = 1 << 15 }; // limit of a dataset's constants

enum { LB_FACT_INTEGERS = 9, LB_FACT_REALS = 4 }; // written by `describe` of describe.cl

/** Rejects impossible sizes if the text alone determines them: a compiler would take minutes for an
 * image of 99999 channels. LB_ERR_BUILD; `name` is for the message. */
enum lb_status lb_dataset_check_text(struct lb_dataset *dataset, const char *name);

/**
 * Fills `info` and other properties that the source defines, from the text itself if it is simple
 * enough, else with a kernel; rejects impossible properties and unsupported options.
 */
enum lb_status lb_dataset_read_facts(struct lb_dataset *dataset,
                                     const struct lb_dataset_params *params);

/** Appends the lists of properties reported by the kernel `describe`, as macros for a prelude. */
void lb_dataset_add_fact_lists(struct lb_text *prelude);

#endif
