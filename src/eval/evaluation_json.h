/* Reads eval.json. */
#ifndef LB_EVAL_EVALUATION_JSON_H
#define LB_EVAL_EVALUATION_JSON_H

#include <lowbend/evaluate.h>

#include "run/run.h"

/**
 * The metrics in RUN/eval.json, without the samples behind them; missing ones are NAN or empty.
 * LB_ERR_NOT_FOUND, LB_ERR_IO, LB_ERR_FORMAT, LB_ERR_MEMORY; free it also on failure.
 */
enum lb_status lb_run_read_evaluation(struct lb_run *run, struct lb_evaluation *out);

#endif
