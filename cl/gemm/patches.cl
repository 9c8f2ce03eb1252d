/*
 * Products in which A, or its transpose, is the matrix of patches of images: like panel.cl, with
 * regions of the images in local memory (region.cl) instead of A.
 *
 * W and ROWS: see tile.cl; f, kind and options: see store.cl. REGION_FLOATS, PANEL_FLOATS:
 * capacity of the local buffers for a region and for panels of B. BLOCK: maximum patches per block.
 * LINE: maximum patches per call of fill_line().
 *
 * Patches of a piece (region.cl) are contiguous in a region, but for the ends of their rows. A
 * product with few columns would leave lanes of its vectors empty; there `group` neighbours are
 * computed as one patch:
 *
 *     patches of a row           0 1 2 3 ...        columns  j
 *     groups of two            (0 1)(2 3) ...       columns  j of the left one, then j of the right
 *     a row of a group's patch      run + shift numbers, `shift` = distance of neighbours
 *     B of a group                  B for the left columns; B, `shift` rows further down, for the
 *                                   right ones; 0 elsewhere
 *
 * The zeros cost fewer multiplications than the empty lanes: a kernel of 3 x 3 with 8 columns and W
 * = 16 takes 3 x 4 steps for two patches instead of 3 x 3 for each. Sums get the same terms in the
 * same order as without groups, and zeros. Rows of C and its slope are contiguous, so those of a
 * group are one row.
 */
#include "gemm/patches_direct.cl"
#include "gemm/patches_transposed.cl"
