/*
 * Detects and skips steps with non-finite numbers without the host: guard[0] is 1 during such a
 * step, and adam_update() then changes nothing; guard[1] counts them.
 */

/* Checks the first one or two numbers of slot `slot` of a loss; the first loss opens the step. */
__kernel void guard_loss(__global const float4 *slots, int slot, int terms, int opens,
                         __global int *guard)
{
    if (get_global_id(0) == 0) {
        const bool good = isfinite(slots[slot].x) && (terms < 2 || isfinite(slots[slot].y));
        guard[0] = (!opens && guard[0]) || !good;
    }
}

/* gradient (n), one work-item per RUN numbers; all that find a non-finite number write the same
 * value. */
__kernel void guard_gradient(__global const float *gradient, int n, __global int *guard)
{
    const int first = get_global_id(0) * RUN;
    const int last = min(first + RUN, n);
    bool good = true;
    for (int i = first; i < last; i++) {
        good = good && isfinite(gradient[i]);
    }
    if (!good) {
        guard[0] = 1;
    }
}

/* Closes a step. */
__kernel void guard_count(__global int *guard)
{
    if (get_global_id(0) == 0) {
        guard[1] += guard[0];
    }
}
