/* What the two forms of lowbend interpolate share, and geodesic and exponential with the second. */
#ifndef LB_CLI_COMMAND_INTERPOLATE_H
#define LB_CLI_COMMAND_INTERPOLATE_H

#include "image_options.h"

struct interpolate_options {
    const char *run;
    const char *images; ///< NULL: the dataset's own geodesics
    const char *out;

    /* Without images. */
    const char *distances;
    struct option_list compare;
    long long pairs; ///< 0: not given
    double multiples[LB_INTERPOLATION_DISTANCES];
    size_t count;
    struct lb_run_files files;

    /* With images, or those of fresh points. */
    double distance;    ///< of those; 0: images are those of a file
    const char *metric; ///< of geodesics; NULL: euclidean
    const char *picture;
    const char *between;
    long long frames; ///< 0: not given
    bool loop;
    struct image_options reading;
    bool geodesic;    ///< lines are geodesics on the latent manifold
    long long beyond; ///< frames more, behind their end
};

/** Checks the options of the form with images, and runs it. */
int interpolate_images(struct cli *cli, const struct interpolate_options *o);

#endif
