/* Products with patches of images, by cl/gemm/patches.cl: division into blocks. */
#include "device/profile.h"
#include "device/vector.h"
#include "gemm/gemm.h"
#include "gemm/panel.h"

/* Elements of longer patches processed at a time, so that their rows of B stay in the caches. */
#define MAX_STEPS 512

/* Blocks of patches do not get smaller than this to create more work-items. */
#define MIN_BLOCK 64

/* Most patches in a block of narrow products. */
#define NARROW_BLOCK 1024

/* As in cl/gemm/tile.cl. */
#define NARROW 4

/* Limits on dividing k into parts: number of parts, patches per part, and floats of all sums. None
 * depends on the number of cores. */
#define MAX_PARTS    64
#define PART_PATCHES 1024
#define PARTS_FLOATS ((size_t)4 << 20)

/* As struct layout in cl/gemm/region.cl, where the fields are explained. */
struct layout {
    cl_int images;
    cl_int image_height;
    cl_int image_row;
    cl_int top;
    cl_int left;
    cl_int stride;
    cl_int step;
    cl_int rows;
    cl_int columns;
    cl_int kernel_height;
    cl_int run;
    cl_int piece_rows;
    cl_int piece_length;
    cl_int block_images;
    cl_int block_rows;
    cl_int block_columns;
    cl_int pixel_height;
    cl_int pixel_width;
    cl_int pixel_step;
    cl_int pixel_top;
    cl_int pixel_left;
    cl_int group;
    cl_int shift;
};

/* Largest equal share of n things up to `limit`; at least 1. */
static size_t share(size_t n, size_t limit)
{
    return limit < 1 ? 1 : lb_divide_up(n, lb_divide_up(n, lb_smaller(n, limit)));
}

bool lb_panel_needs_patches(const struct lb_gemm_call *call)
{
    const bool dense = call->patches.height == 0;
    return call->pixels.height > 0 ||
           (!dense && (call->transpose_a || !lb_patches_are_images(&call->patches)));
}

/* Layout of the call. A plain matrix is treated as images with one patch per pixel, possibly
 * followed by unused numbers. */
static struct layout find_layout(const struct lb_gemm_call *call)
{
    struct lb_patches patches = call->patches;
    struct lb_pixels pixels = call->pixels;
    if (patches.height == 0) {
        patches = (struct lb_patches){
            .height = pixels.rows,
            .width = pixels.columns,
            .channels = (int)call->a.stride,
            .kernel_height = 1,
            .stride = 1,
            .rows = pixels.rows,
            .columns = pixels.columns,
        };
    }
    if (pixels.height == 0) {
        pixels = (struct lb_pixels){
            .height = patches.rows,
            .width = patches.columns,
            .step = 1,
        };
    }
    const int count = call->transpose_a ? call->k : call->m;
    return (struct layout){
        .images = count / (patches.rows * patches.columns),
        .image_height = patches.height,
        .image_row = patches.width * patches.channels,
        .top = patches.top,
        .left = patches.left * patches.channels,
        .stride = patches.stride,
        .step = patches.stride * patches.channels,
        .rows = patches.rows,
        .columns = patches.columns,
        .kernel_height = patches.kernel_height,
        .run = (call->transpose_a ? call->m : call->k) / patches.kernel_height,
        .pixel_height = pixels.height,
        .pixel_width = pixels.width,
        .pixel_step = pixels.step,
        .pixel_top = pixels.top,
        .pixel_left = pixels.left,
        .group = 1,
    };
}

/* Most elements of a patch processed at a time. */
static size_t most_steps(const struct lb_panel *panel)
{
    return lb_smaller(MAX_STEPS, panel->panel_floats / panel->columns);
}

/* Combines as many neighbouring patches of a row as their n columns fit into a vector: see
 * patches.cl. Rows of C must be contiguous. */
static void group_patches(struct layout *layout, size_t n, size_t width)
{
    const cl_int run = layout->run;
    const cl_int step = layout->step;
    cl_int group = 1;
    while (2 * (size_t)group * n <= width && layout->columns % (2 * group) == 0) {
        group *= 2;
    }
    if (group == 1 || step >= run) { // without overlap, zeros would replace all empty lanes
        return;
    }
    layout->run = run + (group - 1) * step;
    layout->step = group * step;
    layout->columns /= group;
    layout->pixel_width /= group;
    layout->group = group;
    layout->shift = step;
}

/* Numbers of a patch. */
static size_t patch_numbers(const struct layout *layout)
{
    return (size_t)layout->kernel_height * (size_t)layout->run;
}

/* Layout for patches_direct, with groups if the kernel completes whole lines of one piece. */
static struct layout find_direct_layout(const struct lb_panel *panel,
                                        const struct lb_gemm_call *call, bool lines)
{
    const struct layout single = find_layout(call);
    struct layout layout = single;
    if (call->pixels.height == 0 && lines) {
        group_patches(&layout, (size_t)call->n, panel->width);
    }
    const size_t steps = patch_numbers(&layout);
    const size_t both = (steps + patch_numbers(&single)) * panel->columns;
    return steps <= most_steps(panel) && both <= panel->panel_floats ? layout : single;
}

/* Divides patches into pieces of at most `limit` numbers. Returns the number of pieces. */
static size_t divide_patch(struct layout *layout, size_t limit)
{
    const size_t height = (size_t)layout->kernel_height;
    const size_t run = (size_t)layout->run;
    const size_t rows = share(height, limit / run);
    const size_t length = share(run, limit);
    layout->piece_rows = (cl_int)rows;
    layout->piece_length = (cl_int)length;
    return lb_divide_up(height, rows) * lb_divide_up(run, length);
}

/* Divides images into blocks of at most `limit` patches whose regions have at most `floats`, with a
 * multiple of `unit` rows. Returns the number of blocks. */
static size_t divide_images(struct layout *layout, size_t limit, size_t floats, size_t unit)
{
    const size_t images = (size_t)layout->images;
    const size_t height = (size_t)layout->rows;
    const size_t width = (size_t)layout->columns;
    const size_t piece_rows = (size_t)layout->piece_rows;
    const size_t length = (size_t)layout->piece_length;
    const size_t step = (size_t)layout->step;
    const size_t stride = (size_t)layout->stride;
    const size_t fit_across = (floats / piece_rows - length) / step + 1;
    const size_t columns = share(width, lb_smaller(limit, fit_across));
    const size_t pitch = (columns - 1) * step + length;
    const size_t fit_down = (floats / pitch - piece_rows) / stride + 1;
    const size_t rows = unit * share(height / unit, lb_smaller(limit / columns, fit_down) / unit);
    const size_t region = ((rows - 1) * stride + piece_rows) * pitch;
    const bool whole = rows == height && columns == width;
    const size_t together = lb_smaller(limit / (rows * columns), floats / region);
    const size_t depth = whole ? share(images, together) : 1;
    layout->block_columns = (cl_int)columns;
    layout->block_rows = (cl_int)rows;
    layout->block_images = (cl_int)depth;
    return lb_divide_up(images, depth) * lb_divide_up(height, rows) * lb_divide_up(width, columns);
}

/* Two whole rows must fit into a block, their region into local memory, and each row into a
 * line. */
bool lb_panel_pools(const struct lb_gemm *gemm, const struct lb_gemm_call *call)
{
    const struct lb_panel *panel = gemm->state;
    if (!lb_panel_needs_patches(call)) { // panel.cl is used
        return false;
    }
    const struct layout layout = find_layout(call);
    const size_t pitch = (size_t)(layout.columns - 1) * (size_t)layout.step + (size_t)layout.run;
    const size_t region_rows = (size_t)layout.stride + (size_t)layout.kernel_height;
    return (size_t)call->n <= panel->columns && (size_t)call->k <= most_steps(panel) &&
           layout.columns <= LB_LINE_PATCHES && region_rows * pitch <= panel->region_floats;
}

static enum lb_status run_direct(struct lb_gemm *gemm, const struct lb_gemm_call *call)
{
    const struct lb_panel *panel = gemm->state;
    const struct lb_epilogue_args epilogue = lb_epilogue_args(call);
    struct layout layout = find_direct_layout(panel, call, epilogue.lines);
    const cl_int n = layout.group * call->n;
    const size_t groups = (size_t)(call->m / layout.group);
    const size_t unit = call->pooled ? 2 : 1; // rows of patches
    const size_t items = lb_panel_wanted_items(gemm);
    const size_t panels = lb_divide_up((size_t)n, panel->columns);
    const size_t few = panels / items < 1 ? 1 : lb_smaller(panels / items, LB_PANEL_SET);
    const size_t across = lb_divide_up(panels, few);
    const size_t each = lb_divide_up(groups, lb_divide_up(items, across));
    const size_t least = call->pooled ? 2 * LB_LINE_PATCHES : MIN_BLOCK;
    const size_t limit = each < least ? least : lb_smaller(each, LB_BLOCK_PATCHES);
    const cl_int pieces = (cl_int)divide_patch(&layout, most_steps(panel));
    const size_t block_count = divide_images(&layout, limit, panel->region_floats, unit);
    const size_t own = lb_divide_up(block_count, lb_divide_up(items, across));
    const cl_int blocks = (cl_int)block_count;
    const cl_int own_blocks = (cl_int)own;
    const cl_int own_panels = (cl_int)few;
    const cl_ulong a_offset = call->a.offset;
    const cl_ulong b_offset = call->b.offset;
    const cl_int b_stride = (cl_int)call->b.stride;
    const struct lb_ndrange grid = lb_panel_items(lb_divide_up(block_count, own) * across);
    cl_kernel kernel = NULL;
    LB_TRY(lb_panel_kernel(gemm, &kernel, LB_PATCHES_DIRECT));
    lb_profile_expect(gemm->device, 2.0 * call->m * call->n * call->k, lb_gemm_bytes(call));
    return lb_launch(gemm->device, kernel, grid, LB_ARG(call->a.mem), LB_ARG(a_offset),
                     LB_ARG(layout), LB_ARG(call->b.mem), LB_ARG(b_offset), LB_ARG(b_stride),
                     LB_ARG(call->c.mem), LB_ARG(epilogue.c_offset), LB_ARG(epilogue.c_stride),
                     LB_ARG(epilogue.bias), LB_ARG(epilogue.bias_offset), LB_ARG(epilogue.slope),
                     LB_ARG(epilogue.slope_offset), LB_ARG(epilogue.slope_stride), LB_ARG(n),
                     LB_ARG(blocks), LB_ARG(own_blocks), LB_ARG(own_panels), LB_ARG(pieces),
                     LB_ARG(epilogue.kind), LB_ARG(epilogue.options));
}

/* Whether vectors run along patches instead of columns, because there are too few columns. */
static bool is_narrow(const struct lb_panel *panel, const struct lb_gemm_call *call)
{
    const size_t k = (size_t)call->k;
    return call->n <= NARROW && !call->pooled && call->patches.height > 0 &&
           call->patches.stride == 1 && k <= panel->region_floats &&
           NARROW * k + 2 * panel->region_floats + 3 * panel->width <= panel->local_floats;
}

static enum lb_status run_narrow(struct lb_gemm *gemm, const struct lb_gemm_call *call)
{
    const struct lb_panel *panel = gemm->state;
    struct layout layout = find_layout(call);
    const size_t items = lb_panel_wanted_items(gemm);
    const size_t each = lb_divide_up((size_t)call->m, items);
    const size_t limit = each < MIN_BLOCK ? MIN_BLOCK : lb_smaller(each, NARROW_BLOCK);
    divide_patch(&layout, (size_t)call->k);
    const size_t block_count = divide_images(&layout, limit, panel->region_floats, 1);
    const size_t own = lb_divide_up(block_count, items);
    const cl_int blocks = (cl_int)block_count;
    const cl_int own_blocks = (cl_int)own;
    const struct lb_epilogue_args epilogue = lb_epilogue_args(call);
    const cl_ulong a_offset = call->a.offset;
    const cl_ulong b_offset = call->b.offset;
    const cl_int b_stride = (cl_int)call->b.stride;
    const struct lb_ndrange grid = lb_panel_items(lb_divide_up(block_count, own));
    cl_kernel kernel = NULL;
    LB_TRY(lb_panel_kernel(gemm, &kernel, LB_PATCHES_NARROW));
    lb_profile_expect(gemm->device, 2.0 * call->m * call->n * call->k, lb_gemm_bytes(call));
    return lb_launch(gemm->device, kernel, grid, LB_ARG(call->a.mem), LB_ARG(a_offset),
                     LB_ARG(layout), LB_ARG(call->b.mem), LB_ARG(b_offset), LB_ARG(b_stride),
                     LB_ARG(call->c.mem), LB_ARG(epilogue.c_offset), LB_ARG(epilogue.c_stride),
                     LB_ARG(epilogue.bias), LB_ARG(epilogue.bias_offset), LB_ARG(epilogue.slope),
                     LB_ARG(epilogue.slope_offset), LB_ARG(epilogue.slope_stride), LB_ARG(call->n),
                     LB_ARG(blocks), LB_ARG(own_blocks), LB_ARG(epilogue.kind),
                     LB_ARG(epilogue.options));
}

static enum lb_status sum_parts(struct lb_gemm *gemm, const struct lb_gemm_call *call,
                                const struct layout *layout, cl_int parts, cl_int part_floats)
{
    const struct lb_panel *panel = gemm->state;
    const struct lb_epilogue_args epilogue = lb_epilogue_args(call);
    const bool sums = call->b_sums.mem != NULL;
    const cl_mem sums_mem = sums ? call->b_sums.mem : call->c.mem;
    const cl_ulong sums_offset = call->b_sums.offset;
    const struct lb_ndrange grid = lb_panel_items((size_t)call->m + (sums ? 1 : 0));
    cl_kernel kernel = NULL;
    LB_TRY(lb_panel_kernel(gemm, &kernel, LB_SUM_PARTS));
    lb_profile_expect(gemm->device, 0.0, sizeof(float) * (double)part_floats * (parts + 1));
    return lb_launch(gemm->device, kernel, grid, LB_ARG(panel->scratch), LB_ARG(parts),
                     LB_ARG(part_floats), LB_ARG(*layout), LB_ARG(sums_mem), LB_ARG(sums_offset),
                     LB_ARG(call->c.mem), LB_ARG(epilogue.c_offset), LB_ARG(epilogue.c_stride),
                     LB_ARG(epilogue.bias), LB_ARG(epilogue.bias_offset), LB_ARG(epilogue.slope),
                     LB_ARG(epilogue.slope_offset), LB_ARG(epilogue.slope_stride), LB_ARG(call->m),
                     LB_ARG(call->n), LB_ARG(epilogue.kind), LB_ARG(epilogue.options));
}

static size_t most_parts_of(size_t part_floats, size_t patches)
{
    return lb_smaller(MAX_PARTS, lb_smaller(PARTS_FLOATS / part_floats, patches / PART_PATCHES));
}

/* An upper bound, because the shape does not tell how much groups of patches overlap. */
double lb_panel_patch_bytes(const struct lb_device *device, const struct lb_gemm_shape *shape,
                            bool copied)
{
    (void)copied;
    const size_t m = (size_t)shape->m;
    const size_t n = (size_t)shape->n;
    const size_t width = (size_t)lb_vector_width(device);
    const size_t group = n > NARROW && n < width ? width / n : 1;
    const size_t parts = most_parts_of((m + 1) * n, (size_t)shape->k);
    const size_t stored = parts < 1 && group > 1 ? 1 : parts;
    return shape->transpose_a
               ? sizeof(float) * (double)(group * m + 1) * (double)(group * n) * (double)stored
               : 0.0;
}

static enum lb_status run_transposed(struct lb_gemm *gemm, const struct lb_gemm_call *call)
{
    struct lb_panel *panel = gemm->state;
    struct layout layout = find_layout(call);
    if (call->n > NARROW && !call->transpose_b && call->b.stride == (size_t)call->n) {
        group_patches(&layout, (size_t)call->n, panel->width);
    }
    const cl_int n = layout.group * call->n;
    const size_t part_floats = (patch_numbers(&layout) + 1) * (size_t)n;
    const cl_int pieces = (cl_int)divide_patch(&layout, MAX_STEPS);
    const size_t limit = lb_smaller(LB_BLOCK_PATCHES, panel->panel_floats / panel->columns);
    const size_t block_count = divide_images(&layout, limit, panel->region_floats, 1);
    const size_t most_parts = most_parts_of(part_floats, (size_t)(call->k / layout.group));
    const size_t own = lb_divide_up(block_count, most_parts < 1 ? 1 : most_parts);
    const cl_int parts = (cl_int)lb_divide_up(block_count, own);
    const cl_int blocks = (cl_int)block_count;
    const cl_int own_blocks = (cl_int)own;
    const bool divided = parts > 1 || layout.group > 1 || call->epilogue.kind != LB_EPILOGUE_NONE;
    struct lb_gemm_call part = *call;
    if (divided) {
        LB_TRY(lb_panel_reserve(gemm->device, panel, (size_t)parts * part_floats));
        part.c = (struct lb_matrix){panel->scratch, 0, (size_t)n};
        part.beta = 0.0f;
        part.epilogue.kind = LB_EPILOGUE_NONE;
        if (call->b_sums.mem != NULL) {
            part.b_sums.mem = panel->scratch;
            part.b_sums.offset = part_floats - (size_t)n;
        }
    }
    const struct lb_epilogue_args to = lb_epilogue_args(&part);
    const cl_int distance = (cl_int)part_floats;
    const cl_ulong a_offset = call->a.offset;
    const cl_ulong b_offset = call->b.offset;
    const cl_int b_stride = layout.group * (cl_int)call->b.stride;
    const struct lb_ndrange grid = lb_panel_items((size_t)parts * (size_t)pieces);
    cl_kernel kernel = NULL;
    LB_TRY(lb_panel_kernel(gemm, &kernel, LB_PATCHES_TRANSPOSED));
    lb_profile_expect(gemm->device, 2.0 * call->m * call->n * call->k, lb_gemm_bytes(call));
    LB_TRY(lb_launch(gemm->device, kernel, grid, LB_ARG(call->a.mem), LB_ARG(a_offset),
                     LB_ARG(layout), LB_ARG(call->b.mem), LB_ARG(b_offset), LB_ARG(b_stride),
                     LB_ARG(part.c.mem), LB_ARG(to.c_offset), LB_ARG(to.c_stride), LB_ARG(to.slope),
                     LB_ARG(to.slope_offset), LB_ARG(distance), LB_ARG(n), LB_ARG(blocks),
                     LB_ARG(own_blocks), LB_ARG(pieces), LB_ARG(to.options)));
    return divided ? sum_parts(gemm, call, &layout, parts, distance) : LB_OK;
}

enum lb_status lb_panel_run_patches(struct lb_gemm *gemm, const struct lb_gemm_call *call)
{
    if (call->transpose_a) {
        return run_transposed(gemm, call);
    }
    return is_narrow(gemm->state, call) ? run_narrow(gemm, call) : run_direct(gemm, call);
}
