/* How to interpret arrays of images in files. */
#ifndef LOWBEND_IMAGES_H
#define LOWBEND_IMAGES_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Order of the axes of one image in an array of rank 4. */
enum lb_layout {
    LB_LAYOUT_DEFAULT, ///< height, width, channels; rejected if the shape looks like LB_LAYOUT_CHW
    LB_LAYOUT_HWC,     ///< height, width, channels, whatever the shape looks like
    LB_LAYOUT_CHW,     ///< channels, height, width
};

/** Background behind the transparent parts of a picture. */
enum lb_background {
    LB_BACKGROUND_WHITE,
    LB_BACKGROUND_BLACK,
};

/** Initialise with {0}, the defaults. */
struct lb_image_options {
    /** Divisor for array values; 1 accepts any values unchanged. 0 (default): uint16 means
     * 0..65535; other values are used unchanged, and images (not vectors: a single pixel may have
     * any value) must lie in [0,1], give or take half of that range on either side. Bytes and bool
     * always mean 0..1 and allow no scale. */
    double scale;
    enum lb_layout layout; ///< default LB_LAYOUT_DEFAULT
    /** Resizes pictures and arrays (n,H,W) and (n,H,W,C) to size x size pixels by linear
     * interpolation, averaging where they shrink; 0 (default): no resizing. */
    int size;
    enum lb_background background; ///< default LB_BACKGROUND_WHITE
    bool recursive;                ///< include pictures in subfolders; default false
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[5];
};

#ifdef __cplusplus
}
#endif

#endif
