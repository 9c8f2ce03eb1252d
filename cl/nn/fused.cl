/*
 * Loss and gradient of a batch of pairs for small networks on CPU devices: each work-item takes its
 * share of the pairs, PAIRS at a time, through forward pass, loss and backward pass, so that
 * everything of a block stays in its core's cache. Work-groups of one.
 *
 *     W, ROWS, ACTIVATION: see gemm/tile.cl and gemm/finish.cl; the last layer is linear
 *
 * In `work` each work-item has, per layer (all row-major, columns in whole vectors):
 *
 *     input      H (block rows, in + 1), the last column 1
 *     gradient   of the layer's output: first H' of the last layer or act' of others, then dZ
 *     weight     W and b as one matrix (in + 1, out): H' = act(H W)
 *     transpose  W^T (out, in)
 *     dweight    (in + 1, out), summed over the work-item's pairs
 *
 * Rows of a block: PAIRS x, PAIRS y, PAIRS averages. Missing pairs are rows of zeros whose gradient
 * is 0.
 */
#include "geometry/pair_loss.cl"
#include "gemm/tile.cl"

#define PAIRS 16 /* as in fused.c; 3 * PAIRS is a multiple of ROWS */
#define BLOCK (3 * PAIRS)

/* As struct lb_fused_layer: sizes, places in the parameter block and in `work`, in floats. */
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
};

/* n rounded up to whole vectors. */
int whole(const int n)
{
    return (n + W - 1) / W * W;
}

/* The product op(A) B: A's element (i,l) at a[i a_row + l a_step], B (k, n) in whole vectors. */
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

#define POINT(r)             row[r] = p.a + min(first_row + r, p.m - 1) * p.a_row;
#define ELEMENT(r)           row[r][at]
#define MULTIPLY_ADD_LEFT(r) sum[r][0] = sum[r][0] + ELEMENT(r) * left;

/* ROWS x 2W numbers of the product, or ROWS x W where no more are left. */
void multiply_tile(const struct product p, const int first_row, const int first_column,
                   FLOATW tile[ROWS][2])
{
    global const float *row[ROWS];
    EACH_ROW(POINT)
    global const float *b = p.b + first_column;
    FLOATW sum[ROWS][2];
    EACH_ROW(CLEAR)
    int at = 0;
    if (first_column + W < p.n) {
        for (int l = 0; l < p.k; l++) {
            STEP(b)
            at += p.a_step;
            b += p.b_step;
        }
    } else {
        for (int l = 0; l < p.k; l++) {
            const FLOATW left = LOAD(0, b);
            EACH_ROW(MULTIPLY_ADD_LEFT)
            at += p.a_step;
            b += p.b_step;
        }
    }
    EACH_ROW(KEEP)
}

/* What becomes of a tile's numbers z at c. */
#define USE_STORE    0 /* c = z */
#define USE_ADD      1 /* c += z */
#define USE_SCALE    2 /* c *= z */
#define USE_ACTIVATE 3 /* c = act(z), slope = act'(z) */

void use_vector(FLOATW z, const int use, global float *c, global float *slope)
{
    if (use == USE_ADD) {
        z += LOAD(0, c);
    } else if (use == USE_SCALE) {
        z *= LOAD(0, c);
    } else if (use == USE_ACTIVATE) {
        FLOATW s;
        z = wide_both(z, &s);
        STORE(s, 0, slope);
    }
    STORE(z, 0, c);
}

/* `use` is a constant wherever this is called. */
void multiply(const struct product p, const int use, global float *c, const int c_stride,
              global float *slope, const int slope_stride)
{
    for (int j = 0; j < p.n; j += COLUMNS) {
        for (int i = 0; i < p.m; i += ROWS) {
            FLOATW tile[ROWS][2];
            multiply_tile(p, i, j, tile);
            const int rows = min(ROWS, p.m - i);
            for (int r = 0; r < rows; r++) {
                global float *to = c + (i + r) * c_stride + j;
                global float *slope_to = slope + (i + r) * slope_stride + j;
                use_vector(tile[r][0], use, to, slope_to);
                if (j + W < p.n) {
                    use_vector(tile[r][1], use, to + W, slope_to + W);
                }
            }
        }
    }
}

/* The work-item's copies of W and b, and dweight at 0. */
void load_layer(const struct layer layer, global const float *parameters, global float *work)
{
    const int columns = whole(layer.out);
    const int rows = whole(layer.in);
    for (int i = 0; i <= layer.in; i++) {
        global const float *from =
            parameters +
            (i < layer.in ? layer.parameter_weight + i * layer.out : layer.parameter_bias);
        global float *weight = work + layer.weight + i * columns;
        global float *dweight = work + layer.dweight + i * columns;
        for (int j = 0; j < columns; j++) {
            weight[j] = j < layer.out ? from[j] : 0.0f;
            dweight[j] = 0.0f;
        }
    }
    for (int j = 0; j < layer.out; j++) {
        global const float *from = parameters + layer.parameter_weight + j;
        global float *transpose = work + layer.transpose + j * rows;
        for (int i = 0; i < rows; i++) {
            transpose[i] = i < layer.in ? from[i * layer.out] : 0.0f;
        }
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

/* The images of the pairs first to first + count - 1 of n. */
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

/* The column of ones behind a layer's input. */
void append_ones(const struct layer layer, global float *work)
{
    for (int row = 0; row < BLOCK; row++) {
        work[layer.input + row * layer.input_stride + layer.in] = 1.0f;
    }
}

void forward(global const struct layer *layers, const int count, global float *work)
{
    for (int k = 0; k < count; k++) {
        const struct layer layer = layers[k];
        const struct product product = {
            work + layer.input, layer.input_stride, 1, work + layer.weight, whole(layer.out), BLOCK,
            whole(layer.out),   layer.in + 1,
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

/* From dZ of the last layer. */
void backward(global const struct layer *layers, const int count, global float *work)
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
        multiply(weight, USE_ADD, work + layer.dweight, columns, gradient, 0);
        if (k > 0) {
            const struct product input = {
                gradient, layer.gradient_stride, 1,         work + layer.transpose, whole(layer.in),
                BLOCK,    whole(layer.in),       layer.out,
            };
            multiply(input, USE_SCALE, work + layers[k - 1].gradient, layers[k - 1].gradient_stride,
                     gradient, 0);
        }
    }
}

/* The block's loss terms; the last layer's output becomes its gradient. */
float4 block_loss(const struct layer layer, global const float *distance, const int n,
                  const int count, const float lambda, const float c_squared, global float *work)
{
    float4 terms = (float4)(0.0f);
    for (int i = 0; i < PAIRS; i++) {
        global float *x = work + layer.gradient + i * layer.gradient_stride;
        global float *y = x + PAIRS * layer.gradient_stride;
        global float *m = y + PAIRS * layer.gradient_stride;
        if (i < count) {
            terms += pair_loss(x, y, m, distance[i], n, layer.out, lambda, c_squared, x, y, m);
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
 * images (3 n, in), distance (n): the batch. Work-item i takes `share` pairs, works in `work_size`
 * floats of `work`, and leaves its share of the gradient in row i of gradients (items,
 * parameter_count), and of the loss terms in terms (items, 4).
 */
kernel void fused_gradient(global const float *images, global const float *distance,
                           global const float *parameters, global const struct layer *layers,
                           const int layer_count, const int n, const int share, const float lambda,
                           const float c_squared, global float *all_work, const int work_size,
                           global float *gradients, const int parameter_count, global float4 *terms)
{
    const int item = get_global_id(0);
    const int start = item * share;
    const int end = min(start + share, n);
    global float *work = all_work + (ulong)item * work_size;
    for (int k = 0; k < layer_count; k++) {
        load_layer(layers[k], parameters, work);
    }
    float4 sum = (float4)(0.0f);
    for (int first = start; first < end; first += PAIRS) {
        const int count = min(PAIRS, end - first);
        load_images(layers[0], images, n, first, count, work);
        forward(layers, layer_count, work);
        sum += block_loss(layers[layer_count - 1], distance + first, n, count, lambda, c_squared,
                          work);
        backward(layers, layer_count, work);
    }
    for (int k = 0; k < layer_count; k++) {
        store_layer(layers[k], work, gradients + (ulong)item * parameter_count);
    }
    terms[item] = sum;
}

/*
 * gradient (n) = the sum of gradients (items, n), in order, one work-item for W numbers, n a
 * multiple of W. The first work-item makes means of the loss terms, into result[slot].
 */
kernel void fused_sum(global const float *gradients, const int items, const int n,
                      global float *gradient, global const float4 *terms, const int pairs,
                      global float4 *result, const int slot)
{
    const int i = get_global_id(0);
    if (i * W < n) {
        FLOATW sum = 0.0f;
        for (int item = 0; item < items; item++) {
            sum += LOAD(i, gradients + (ulong)item * n);
        }
        STORE(sum, i, gradient);
    }
    if (i == 0) {
        float4 sum = (float4)(0.0f);
        for (int item = 0; item < items; item++) {
            sum += terms[item];
        }
        result[slot] = sum / pairs;
    }
}
