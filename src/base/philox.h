/* Philox4x32-10 (Salmon et al. 2011) on the host; cl/lib/philox.cl implements the same on the
 * device. */
#ifndef LB_BASE_PHILOX_H
#define LB_BASE_PHILOX_H

#include <stdint.h>

/**
 * Independent random streams: the fourth counter word. Training, evaluation and samples never share
 * numbers, and a number is a pure function of (seed, stream, step, index), so a resumed run needs
 * no stored state.
 */
enum lb_stream {
    LB_STREAM_PAIRS,        ///< training pairs of the encoder, by step
    LB_STREAM_IMAGES,       ///< training images of the decoder, by step
    LB_STREAM_FINAL_PAIRS,  ///< evaluation at the end of a phase, by batch
    LB_STREAM_FINAL_IMAGES, ///< the same for the decoder
    LB_STREAM_USER_POINTS,  ///< lb_dataset_points()
    LB_STREAM_USER_PAIRS,   ///< lb_dataset_pairs()
    LB_STREAM_ENCODER_WEIGHTS,
    LB_STREAM_DECODER_WEIGHTS,
    LB_STREAM_MEASURE_PAIRS,   ///< lb_run_evaluate(), by batch of pairs
    LB_STREAM_MEASURE_POINTS,  ///< the same, by set of points
    LB_STREAM_MEASURE_PATHS,   ///< geodesics to interpolate along, by index of the distance
    LB_STREAM_POINT_SET,       ///< the fixed points of --samples
    LB_STREAM_PAIR_ORDER,      ///< order of fixed pairs in training, by epoch
    LB_STREAM_IMAGE_ORDER,     ///< the same for single images
    LB_STREAM_HELD_OUT,        ///< which user pairs are held out
    LB_STREAM_ANALYTIC_PAIRS,  ///< lb_analytic_converge(), by attempt
    LB_STREAM_ANALYTIC_POINTS, ///< the same, for all pairs of one sample
    LB_STREAM_GRAPH_PAIRS,     ///< which pairs of a neighbour graph are written
    LB_STREAM_CODE_NOISE,      ///< noise on the codes that train a decoder or projection, by step
    LB_STREAM_PROJECTION_WEIGHTS,
};

/** out = Philox4x32-10(counter, key). */
void lb_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/** A uniform number in (0,1), exact in float32: the top 23 bits plus one half, times 2^-23. */
static inline double lb_philox_uniform(uint32_t bits)
{
    return ((double)(bits >> 9) + 0.5) / 8388608.0;
}

#endif
