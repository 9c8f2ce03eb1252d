#include "base/random.h"

#include <math.h>

#define TURN 6.28318530717958647692

struct lb_random lb_random_start(uint64_t seed, enum lb_stream stream, uint32_t step,
                                 uint32_t index)
{
    return (struct lb_random){
        .counter = {0, index, step, (uint32_t)stream},
        .key = {(uint32_t)seed, (uint32_t)(seed >> 32)},
        .used = 4,
    };
}

/* The next 32 random bits. */
static uint32_t next_bits(struct lb_random *random)
{
    if (random->used == 4) {
        lb_philox4x32(random->counter, random->key, random->block);
        random->counter[0]++;
        random->used = 0;
    }
    return random->block[random->used++];
}

double lb_random_uniform(struct lb_random *random)
{
    const uint64_t high = next_bits(random) >> 6;
    const uint64_t low = next_bits(random) >> 6;
    /* 52 bits, so that adding one half is exact and 1 is never reached */
    return ((double)(high << 26 | low) + 0.5) * 0x1p-52;
}

void lb_random_direction(struct lb_random *random, int n, double *direction)
{
    const double angle = TURN * lb_random_uniform(random);
    double radius = 1.0;
    if (n == 3) { // height is uniform (Archimedes)
        const double depth = 2.0 * lb_random_uniform(random);
        radius = sqrt(depth * (2.0 - depth));
        direction[2] = 1.0 - depth;
    }
    direction[0] = radius * cos(angle);
    direction[1] = radius * sin(angle);
}
