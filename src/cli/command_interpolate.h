/* Shared by both forms of lowbend interpolate, geodesic and exponential. */
#ifndef LB_CLI_COMMAND_INTERPOLATE_H
#define LB_CLI_COMMAND_INTERPOLATE_H

#include "image_options.h"

struct interpolate_options {
    const char *run;
    const char *images; ///< NULL: the dataset's own geodesics
    const char *out;

    /* Form without images. */
    const char *distances;
    struct option_list compare;
    long long pairs; ///< 0: not given
    double multiples[LB_INTERPOLATION_DISTANCES];
    size_t count;
    struct lb_run_files files;

    /* Form with images of a file, or of fresh points. */
    double distance;    ///< 0: images come from a file
    const char *metric; ///< metric of geodesics; NULL: euclidean
    const char *picture;
    const char *between;
    long long frames; ///< 0: not given
    bool loop;
    struct image_options reading;
    bool geodesic;    ///< lines are geodesics on the latent manifold
    long long beyond; ///< additional frames beyond the end of a line
};

/** Checks the options of the form with images and runs it. */
int interpolate_images(struct cli *cli, const struct interpolate_options *o);

#endif
