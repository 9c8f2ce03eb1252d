/*
 * Loss and gradient of a batch of pairs for small networks on CPU devices: each work-item processes
 * its share of the pairs, PAIRS at a time, through forward pass, loss and backward pass, so that
 * all data of a block stays in its core's cache. Work-groups of one.
 *
 *     W, ROWS, elementwise(): see gemm/tile.cl and gemm/store.cl; the last layer is linear
 *
 * In `work` each work-item has, per layer (all row-major, columns in whole vectors):
 *
 *     input      H (block rows, in + 1), the last column 1
 *     gradient   of the layer's output: first H' of the last layer or stored act', then dZ
 *     weight     W and b as one matrix (in + 1, out): H' = act(H W)
 *     transpose  W^T (out, in), except for the first layer
 *     dweight    (in + 1, out), summed over the work-item's pairs
 *
 * except for layers `in_place`, whose W and b have this layout in the parameter block: these need
 * neither weight nor dweight. Rows of a block: PAIRS x, PAIRS y, PAIRS averages. Missing pairs are
 * rows of zeros with gradient 0.
 */
#include "loss/pair_loss.cl"
#include "gemm/tile.cl"
#include "lib/inline.cl"

#define BLOCK (3 * PAIRS)

/* Like struct lb_fused_layer: sizes, and offsets in the parameter block and in `work`, in
 * floats. */
struct layer {
    int in;
    int out;
    int parameter_weight;
    int parameter_bias;
    int input;
    int input_stride;
    int gradient;
    int gradient_stride;
    int weight;
    int transpose;
    int dweight;
    int in_place;
};

/* n rounded up to whole vectors. */
int whole(const int n)
{
    return (n + W - 1) / W * W;
}

/* The product op(A) B: A's element (i,l) is a[i a_row + l a_step], B is (k, n) in whole vectors. */
struct product {
    global const float *a;
    int a_row;
    int a_step;
    global const float *b;
    int b_step;
    int m;
    int n;
    int k;
};

/* How a tile's numbers z are stored at c. */
#define USE_STORE    0 /* c = z */
#define USE_ADD      1 /* c += z */
#define USE_ACTIVATE 2 /* c = act(z) */
#define USE_SCALE    3 /* c = act' z */

/* act' comes from act(z) at `slope` if possible; else forward() stores it there for backward(). */

INLINE void use_vector(FLOATW z, const int use, global float *c, global float *slope)
{
    if (use == USE_ADD) {
        z += LOAD(0, c);
#ifdef SLOPE_OF_VALUE
    } else if (use == USE_ACTIVATE) {
        FLOATW unused;
        z = elementwise(z, &unused);
    } else if (use == USE_SCALE) {
        const FLOATW value = LOAD(0, slope);
        z *= SLOPE_OF_VALUE(value);
    }
#else
    } else if (use == USE_ACTIVATE) {
        FLOATW s;
        z = elementwise(z, &s);
        STORE(s, 0, slope);
    } else if (use == USE_SCALE) {
        z *= LOAD(0, slope);
    }
#endif
    STORE(z, 0, c);
}

#define POINT(r)                 row[r] = p.a + min(i + r, p.m - 1) * p.a_row;
#define ELEMENT(r)               row[r][at]
#define MULTIPLY_ADD_LEFT(r)     sum[r][0] = sum[r][0] + ELEMENT(r) * left;
#define MULTIPLY_ADD_BELOW(r)                                                                      \
    MULTIPLY_ADD_LEFT(r)                                                                           \
    sum[r][1] = sum[r][1] + row[r][at + below] * left;
#define USE_LEFT(r)                                                                                \
    if (i + r < p.m) {                                                                             \
        use_vector(sum[r][0], use, c + r * c_stride, slope + r * slope_stride);                    \
    }
#define USE_BELOW(r)                                                                               \
    USE_LEFT(r)                                                                                    \
    use_vector(sum[r][1], use, c + (r + ROWS) * c_stride, slope + (r + ROWS) * slope_stride);
#define USE_BOTH(r)                                                                                \
    if (i + r < p.m) {                                                                             \
        use_vector(sum[r][0], use, c + r * c_stride, slope + r * slope_stride);                    \
        use_vector(sum[r][1], use, c + r * c_stride + W, slope + r * slope_stride + W);            \
    }

#define STEP_TALL(b)                                                                               \
    const FLOATW left = LOAD(0, b);                                                                \
    EACH_ROW(MULTIPLY_ADD_BELOW)
#define STEP_SMALL(b)                                                                              \
    const FLOATW left = LOAD(0, b);                                                                \
    EACH_ROW(MULTIPLY_ADD_LEFT)

/*
 * Tiles of the product at row i and column j, to which c and slope point: tile_wide() has ROWS x 2W
 * numbers; if at most W columns are left, tile_tall() has 2 ROWS x W, and tile_small() ROWS x W.
 */
#define DEFINE_TILE(name, STEP_K, USE)                                                             \
    INLINE void name(const struct product p, const int i, const int j, const int use,              \
                     global float *c, const int c_stride, global float *slope,                     \
                     const int slope_stride)                                                       \
    {                                                                                              \
        const int below = ROWS * p.a_row;                                                          \
        global const float *row[ROWS];                                                             \
        global const float *b = p.b + j;                                                           \
        FLOATW sum[ROWS][2];                                                                       \
        int at = 0;                                                                                \
        EACH_ROW(POINT)                                                                            \
        EACH_ROW(CLEAR)                                                                            \
        for (int l = 0; l < p.k; l++) {                                                            \
            STEP_K(b)                                                                              \
            at += p.a_step;                                                                        \
            b += p.b_step;                                                                         \
        }                                                                                          \
        EACH_ROW(USE)                                                                              \
    }

DEFINE_TILE(tile_wide, STEP, USE_BOTH)
DEFINE_TILE(tile_tall, STEP_TALL, USE_BELOW)
DEFINE_TILE(tile_small, STEP_SMALL, USE_LEFT)

/* `use` is a constant in every call. */
INLINE void multiply(const struct product p, const int use, global float *c, const int c_stride,
                     global float *slope, const int slope_stride)
{
    for (int j = 0; j < p.n; j += COLUMNS) {
        int i = 0;
        while (i < p.m) {
            global float *to = c + i * c_stride + j;
            global float *slope_to = slope + i * slope_stride + j;
            if (j + W < p.n) {
                tile_wide(p, i, j, use, to, c_stride, slope_to, slope_stride);
                i += ROWS;
            } else if (i + 2 * ROWS <= p.m) {
                tile_tall(p, i, j, use, to, c_stride, slope_to, slope_stride);
                i += 2 * ROWS;
            } else {
                tile_small(p, i, j, use, to, c_stride, slope_to, slope_stride);
                i += ROWS;
            }
        }
    }
}

/* to (columns in whole vectors) = from (n), then zeros. */
INLINE void copy_row(global const float *from, const int n, global float *to)
{
    int j = 0;
    for (; j + W <= n; j += W) {
        STORE(LOAD(0, from + j), 0, to + j);
    }
    for (; j < n; j++) {
        to[j] = from[j];
    }
    for (; j < whole(n); j++) {
        to[j] = 0.0f;
    }
}

/* to (W, to_stride) = the transpose of from (W, from_stride), W columns each. */
INLINE void transpose_square(global const float *from, const int from_stride, global float *to,
                             const int to_stride)
{
    union {
        FLOATW vector;
        float lane[W];
    } row[W];
    union {
        FLOATW vector;
        float lane[W];
    } column;
#pragma unroll
    for (int r = 0; r < W; r++) {
        row[r].vector = LOAD(0, from + r * from_stride);
    }
#pragma unroll
    for (int c = 0; c < W; c++) {
#pragma unroll
        for (int r = 0; r < W; r++) {
            column.lane[r] = row[r].lane[c];
        }
        STORE(column.vector, 0, to + c * to_stride);
    }
}

/* to (out, whole(in)) = the transpose of weight (in, out), followed by zeros. */
void transpose_weight(global const float *weight, const int in, const int out, global float *to)
{
    const int stride = whole(in);
    for (int i = 0; i < stride; i += W) {
        int j = 0;
        for (; i + W <= in && j + W <= out; j += W) {
            transpose_square(weight + i * out + j, out, to + j * stride + i, stride);
        }
        for (; j < out; j++) {
            for (int k = i; k < i + W; k++) {
                to[j * stride + k] = k < in ? weight[k * out + j] : 0.0f;
            }
        }
    }
}

/* W and b as one matrix, and the location of their gradient. */
global const float *weight_of(const struct layer layer, global const float *parameters,
                              global const float *work)
{
    return layer.in_place ? parameters + layer.parameter_weight : work + layer.weight;
}

global float *dweight_of(const struct layer layer, global float *gradient, global float *work)
{
    return layer.in_place ? gradient + layer.parameter_weight : work + layer.dweight;
}

/* Creates the work-item's copies, and sets dweight to 0. */
void load_layer(const struct layer layer, global const float *parameters, global float *gradient,
                global float *work)
{
    const int columns = whole(layer.out);
    global const float *from = parameters + layer.parameter_weight;
    global float *weight = work + layer.weight;
    global float *dweight = dweight_of(layer, gradient, work);
    if (!layer.in_place) {
        for (int i = 0; i < layer.in; i++) {
            copy_row(from + i * layer.out, layer.out, weight + i * columns);
        }
        copy_row(parameters + layer.parameter_bias, layer.out, weight + layer.in * columns);
    }
    for (int j = 0; j < (layer.in + 1) * columns; j += W) {
        STORE((FLOATW)(0.0f), 0, dweight + j);
    }
}

void store_layer(const struct layer layer, global const float *work, global float *gradient)
{
    for (int i = 0; i <= layer.in; i++) {
        global const float *from = work + layer.dweight + i * whole(layer.out);
        global float *to = gradient + (i < layer.in ? layer.parameter_weight + i * layer.out
                                                    : layer.parameter_bias);
        for (int j = 0; j < layer.out; j++) {
            to[j] = from[j];
        }
    }
}

/* Loads the images of pairs first to first + count - 1 of n. */
void load_images(const struct layer layer, global const float *images, const int n, const int first,
                 const int count, global float *work)
{
    for (int row = 0; row < BLOCK; row++) {
        const int pair = row % PAIRS;
        global const float *from =
            images + (ulong)(row / PAIRS * n + first + min(pair, count - 1)) * layer.in;
        global float *to = work + layer.input + row * layer.input_stride;
        for (int j = 0; j < layer.in; j++) {
            to[j] = pair < count ? from[j] : 0.0f;
        }
    }
}

/* Appends the column of ones to a layer's input. */
void append_ones(const struct layer layer, global float *work)
{
    for (int row = 0; row < BLOCK; row++) {
        work[layer.input + row * layer.input_stride + layer.in] = 1.0f;
    }
}

void forward(global const struct layer *layers, const int count, global const float *parameters,
             global float *work)
{
    for (int k = 0; k < count; k++) {
        const struct layer layer = layers[k];
        const struct product product = {
            work + layer.input, layer.input_stride, 1,
            weight_of(layer, parameters, work),
            whole(layer.out), BLOCK, whole(layer.out), layer.in + 1,
        };
        global float *gradient = work + layer.gradient;
        append_ones(layer, work);
        if (k + 1 < count) {
            multiply(product, USE_ACTIVATE, work + layers[k + 1].input, layers[k + 1].input_stride,
                     gradient, layer.gradient_stride);
        } else {
            multiply(product, USE_STORE, gradient, layer.gradient_stride, gradient,
                     layer.gradient_stride);
        }
    }
}

/* Starts from dZ of the last layer. */
void backward(global const struct layer *layers, const int count, global float *dparameters,
              global float *work)
{
    for (int k = count - 1; k >= 0; k--) {
        const struct layer layer = layers[k];
        global float *gradient = work + layer.gradient;
        const int columns = whole(layer.out);
        const struct product weight = {
            work + layer.input,
            1,
            layer.input_stride,
            gradient,
            layer.gradient_stride,
            layer.in + 1,
            columns,
            BLOCK,
        };
        multiply(weight, USE_ADD, dweight_of(layer, dparameters, work), columns, gradient, 0);
        if (k > 0) {
            const struct product input = {
                gradient, layer.gradient_stride, 1,         work + layer.transpose, whole(layer.in),
                BLOCK,    whole(layer.in),       layer.out,
            };
            const struct layer before = layers[k - 1];
#ifdef SLOPE_OF_VALUE
            global float *slope = work + layer.input;
            const int slope_stride = layer.input_stride;
#else
            global float *slope = work + before.gradient;
            const int slope_stride = before.gradient_stride;
#endif
            multiply(input, USE_SCALE, work + before.gradient, before.gradient_stride, slope,
                     slope_stride);
        }
    }
}

/* The block's loss terms; replaces the last layer's output by its gradient. */
float4 block_loss(const struct layer layer, global const float *distance, const int n,
                  const int count, const float lambda, const float c_squared, const float least,
                  global float *work)
{
    float4 terms = (float4)(0.0f);
    for (int i = 0; i < PAIRS; i++) {
        global float *x = work + layer.gradient + i * layer.gradient_stride;
        global float *y = x + PAIRS * layer.gradient_stride;
        global float *m = y + PAIRS * layer.gradient_stride;
        if (i < count) {
            terms += pair_loss(x, y, m, distance[i], n, layer.out, lambda, c_squared, least,
                               x, y, m);
        } else {
            for (int k = 0; k < layer.out; k++) {
                x[k] = 0.0f;
                y[k] = 0.0f;
                m[k] = 0.0f;
            }
        }
    }
    return terms;
}

/*
 * images (3 n, in), distance (n): the batch. Work-item i processes `share` pairs, uses
 * `work_size` floats of `work`, and stores its part of the gradient in row i of gradients (items,
 * parameter_count), and of the loss terms in terms[first_term + i].
 */
kernel void fused_gradient(global const float *images, global const float *distance,
                           global const float *parameters, global const struct layer *layers,
                           const int layer_count, const int n, const int share, const float lambda,
                           const float c_squared, const float least, global float *all_work,
                           const int work_size, global float *gradients,
                           const int parameter_count, global float4 *terms, const int first_term)
{
    const int item = get_global_id(0);
    const int start = item * share;
    const int end = min(start + share, n);
    global float *work = all_work + (ulong)item * work_size;
    global float *gradient = gradients + (ulong)item * parameter_count;
    /* Never true. Without it, PoCL 7.1 splits loops that all work-items are sure to run by its own
     * barriers, and then runs parts of them for a second work-item in a group of one. */
    if (start >= n) {
        return;
    }
    for (int k = 0; k < layer_count; k++) {
        load_layer(layers[k], parameters, gradient, work);
        if (k > 0) {
            transpose_weight(parameters + layers[k].parameter_weight, layers[k].in, layers[k].out,
                             work + layers[k].transpose);
        }
    }
    float4 sum = (float4)(0.0f);
    for (int first = start; first < end; first += PAIRS) {
        const int count = min(PAIRS, end - first);
        load_images(layers[0], images, n, first, count, work);
        forward(layers, layer_count, parameters, work);
        sum += block_loss(layers[layer_count - 1], distance + first, n, count, lambda, c_squared,
                          least, work);
        backward(layers, layer_count, gradient, work);
    }
    for (int k = 0; k < layer_count; k++) {
        if (!layers[k].in_place) {
            store_layer(layers[k], work, gradient);
        }
    }
    terms[first_term + item] = sum;
}

/*
 * Means of the loss over steps: result[first + i] from the work-items' terms (steps, items), one
 * work-item per step.
 */
kernel void fused_terms(global const float4 *terms, const int steps, const int items,
                        const int pairs, global float4 *result, const int first)
{
    const int step = get_global_id(0);
    if (step < steps) {
        float4 sum = (float4)(0.0f);
        for (int item = 0; item < items; item++) {
            sum += terms[step * items + item];
        }
        result[first + step] = sum / pairs;
    }
}
