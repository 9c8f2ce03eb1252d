/*
 * Patches of images in local memory, for patches.cl: a block of neighbouring patches shares one
 * padded region of the images, in which each patch is rows of contiguous numbers, so that numbers
 * shared by patches are copied only once.
 *
 * The numbers of a patch, kernel_height rows of `run`, are processed in pieces: whole rows, or a
 * part of one row. A block consists of whole images, or of rows and columns of patches of one
 * image.
 */
#include "gemm/pack.cl"

/* Like struct layout in panel_patches.c. Images are contiguous. */
struct layout {
    int images;
    int image_height;
    int image_row; /* floats */
    int top;
    int left;   /* floats */
    int stride; /* rows from patch to patch */
    int step;   /* floats from patch to patch */
    int rows;   /* patches of an image */
    int columns;
    int kernel_height;
    int run; /* floats of a row of a patch */
    int piece_rows;
    int piece_length; /* less than `run` only if piece_rows is 1 */
    int block_images; /* more than 1 only if the block has all patches of an image */
    int block_rows;
    int block_columns;
    int pixel_height; /* rows of C: see struct lb_pixels */
    int pixel_width;
    int pixel_step;
    int pixel_top;
    int pixel_left;
    int group; /* neighbouring patches that count as one here: see patches.cl */
    int shift; /* floats from one to the next */
};

struct piece {
    int start; /* number of a patch that it begins with */
    int rows;
    int length;
    int first_row;
    int first; /* float of its row */
};

struct piece find_piece(const struct layout *layout, const int number)
{
    const int across = (layout->run + layout->piece_length - 1) / layout->piece_length;
    struct piece piece;
    piece.first_row = number / across * layout->piece_rows;
    piece.first = number % across * layout->piece_length;
    piece.rows = min(layout->piece_rows, layout->kernel_height - piece.first_row);
    piece.length = min(layout->piece_length, layout->run - piece.first);
    piece.start = piece.first_row * layout->run + piece.first;
    return piece;
}

struct block {
    int image; /* its first patch */
    int y;
    int x;
    int images;
    int rows;
    int columns;
};

struct block find_block(const struct layout *layout, const int number)
{
    const int across = (layout->columns + layout->block_columns - 1) / layout->block_columns;
    const int down = (layout->rows + layout->block_rows - 1) / layout->block_rows;
    struct block block;
    block.x = number % across * layout->block_columns;
    block.y = number / across % down * layout->block_rows;
    block.image = number / across / down * layout->block_images;
    block.columns = min(layout->block_columns, layout->columns - block.x);
    block.rows = min(layout->block_rows, layout->rows - block.y);
    block.images = min(layout->block_images, layout->images - block.image);
    return block;
}

/* Floats from one row of a region to the next. */
int region_pitch(const struct layout *layout, const struct piece *piece, const struct block *block)
{
    return (block->columns - 1) * layout->step + piece->length;
}

void fill_zeros(local float *to, const int count)
{
    int i = 0;
    for (; i + W <= count; i += W) {
        STORE((FLOATW)(0.0f), 0, to + i);
    }
    for (; i < count; i++) {
        to[i] = 0.0f;
    }
}

void copy_run(local float *to, global const float *from, const int count)
{
    int i = 0;
    for (; i + W <= count; i += W) {
        STORE(LOAD(0, from + i), 0, to + i);
    }
    for (; i < count; i++) {
        to[i] = from[i];
    }
}

/* Copies the part of the images that the block's patches cover with this piece. */
void pack_region(local float *to, global const float *a, const struct layout *layout,
                 const struct piece *piece, const struct block *block)
{
    const int pitch = region_pitch(layout, piece, block);
    const int first = block->x * layout->step + piece->first - layout->left;
    const int before = clamp(-first, 0, pitch);
    const int end = clamp(layout->image_row - first, before, pitch);
    const int first_row = block->y * layout->stride + piece->first_row - layout->top;
    const int end_row = first_row + (block->rows - 1) * layout->stride + piece->rows;
    for (int image = block->image; image < block->image + block->images; image++) {
        for (int row = first_row; row < end_row; row++) {
            if (row < 0 || row >= layout->image_height || end == before) {
                fill_zeros(to, pitch);
            } else {
                const int at = (image * layout->image_height + row) * layout->image_row + first;
                fill_zeros(to, before);
                copy_run(to + before, a + (at + before), end - before);
                fill_zeros(to + end, pitch - end);
            }
            to += pitch;
        }
    }
}

/* Where the block's patches start in its region, and their rows of C. Returns their number. */
int list_patches(local int *place, local int *pixel, const struct layout *layout,
                 const struct piece *piece, const struct block *block)
{
    const int pitch = region_pitch(layout, piece, block);
    const int region_rows = (block->rows - 1) * layout->stride + piece->rows;
    int i = 0;
    for (int image = 0; image < block->images; image++) {
        for (int y = 0; y < block->rows; y++) {
            const int from = (image * region_rows + y * layout->stride) * pitch;
            const int row = (block->image + image) * layout->pixel_height + layout->pixel_top +
                            (block->y + y) * layout->pixel_step;
            const int to = row * layout->pixel_width + layout->pixel_left;
            for (int x = 0; x < block->columns; x++) {
                place[i] = from + x * layout->step;
                pixel[i] = to + (block->x + x) * layout->pixel_step;
                i++;
            }
        }
    }
    return i;
}
