/*
 * Random numbers: Philox4x32-10 (Salmon et al. 2011), a pure function of counter and key, without
 * state between launches. src/base/philox.c implements the same on the host.
 *
 *     struct rng rng = rng_start(seed, stream, step, index);
 *     float u = rng_uniform(&rng);
 *
 * The stream separates uses of one seed, the step iterations, the index work-items.
 */
#ifndef LIB_PHILOX_CL
#define LIB_PHILOX_CL

#include "lib/inline.cl"
#include "lib/turn.cl"

/* The high word of a product. PoCL's mul_hi() computes four products of halves for it. */
#define HIGH_WORD(a, b) ((uint)(((ulong)(a) * (b)) >> 32))

/* Ten rounds. */
static INLINE uint4 philox4x32(uint4 counter, uint2 key)
{
    uint a = counter.x;
    uint b = counter.y;
    uint c = counter.z;
    uint d = counter.w;
#pragma unroll
    for (uint round = 0; round < 10; round++) {
        const uint high0 = HIGH_WORD(0xD2511F53u, a);
        const uint high1 = HIGH_WORD(0xCD9E8D57u, c);
        const uint low0 = 0xD2511F53u * a;
        const uint low1 = 0xCD9E8D57u * c;
        a = high1 ^ b ^ (key.x + round * 0x9E3779B9u);
        b = low1;
        c = high0 ^ d ^ (key.y + round * 0xBB67AE85u);
        d = low0;
    }
    return (uint4)(a, b, c, d);
}

struct rng {
    uint4 counter; // (blocks drawn, index, step, stream)
    uint2 key;     // the seed: low word, high word
    uint4 block;   // the last block drawn
    int used;      // used words of the block
};

static struct rng rng_start(ulong seed, uint stream, uint step, uint index)
{
    struct rng rng;
    rng.counter = (uint4)(0u, index, step, stream);
    rng.key = (uint2)((uint)seed, (uint)(seed >> 32));
    rng.block = (uint4)(0u);
    rng.used = 4;
    return rng;
}

/* The next 32 random bits. */
static INLINE uint rng_bits(struct rng *rng)
{
    if (rng->used == 4) {
        rng->block = philox4x32(rng->counter, rng->key);
        rng->counter.x += 1u;
        rng->used = 0;
    }
    const int word = rng->used;
    rng->used = word + 1;
    const uint2 half_block = word < 2 ? rng->block.xy : rng->block.zw;
    return (word & 1) == 0 ? half_block.x : half_block.y;
}

/* Uniform in (0,1): the top 23 bits plus one half, times 2^-23, exact in float32. */
static INLINE float rng_uniform(struct rng *rng)
{
    return ((float)(rng_bits(rng) >> 9) + 0.5f) * 0x1p-23f;
}

/* The direction of rng_normal(), on the unit circle, from as many bits. */
static INLINE float2 rng_direction(struct rng *rng)
{
    rng_bits(rng);
    return turn(rng_uniform(rng));
}

/* Two independent standard normal numbers (Box and Muller 1958); at most 5.8 in size. */
static float2 rng_normal(struct rng *rng)
{
    const float radius = sqrt(-2.0f * log(rng_uniform(rng)));
    return radius * turn(rng_uniform(rng));
}

#endif
