/*
 * Steps with numbers that are not finite, found and left out without the host: guard[0] is 1 during
 * such a step, and adam_update() then changes nothing; guard[1] counts them.
 */

/* Opens a step: looks at slot `slot` of the loss terms, energy.xy and error.x where used. */
__kernel void guard_loss(__global const float4 *energy, __global const float4 *error, int slot,
                         int has_energy, int has_error, __global int *guard)
{
    if (get_global_id(0) == 0) {
        const bool energy_good = isfinite(energy[slot].x) && isfinite(energy[slot].y);
        const bool error_good = isfinite(error[slot].x);
        guard[0] = (has_energy && !energy_good) || (has_error && !error_good);
    }
}

/* gradient (n), one work-item for RUN numbers; all that find one write the same. */
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
