/* How arrays of images in files are to be understood. */
#ifndef LOWBEND_IMAGES_H
#define LOWBEND_IMAGES_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Order of the axes of one image in an array of rank 4. */
enum lb_layout {
    LB_LAYOUT_GUARD, ///< height, width, channels; refused where the shape looks like LB_LAYOUT_CHW
    LB_LAYOUT_HWC,   ///< height, width, channels, whatever it looks like
    LB_LAYOUT_CHW,   ///< channels, height, width
};

/** What shows through the transparent parts of a picture. */
enum lb_background {
    LB_BACKGROUND_WHITE,
    LB_BACKGROUND_BLACK,
};

/** Starts as {0}, the defaults. */
struct lb_image_options {
    /** Values of arrays are divided by it; 1 takes any values as they are. 0 (default): uint16
     * stands for 0..65535, other values are taken as they are too, but images (not points: one
     * pixel has any values) must be in [0,1], with half of that room on both sides. Bytes and bool
     * always stand for 0..1 and take none. */
    double scale;
    enum lb_layout layout; ///< default LB_LAYOUT_GUARD
    /** Pictures, and arrays (n,H,W) and (n,H,W,C), are brought to size x size pixels, by linear
     * interpolation that averages where they shrink; 0 (default): as they are. */
    int size;
    enum lb_background background; ///< default LB_BACKGROUND_WHITE
    bool recursive;                ///< the pictures of a folder's sub-folders too; default false
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[5];
};

#ifdef __cplusplus
}
#endif

#endif
