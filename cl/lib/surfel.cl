/*
 * Pictures of a user's mesh: surfels in a tree of spheres, seen in perspective along -z.
 * src/geometry/surfel.h describes them, and lb_surfels_pack() their layout in `data`:
 *
 *     (nodes, kernel radius, -, -)
 *     per node    (centre, radius) (skip, first surfel, surfels of a leaf or 0, -)
 *     per surfel  (position, share) (normal, -) (colour, -)
 *
 * Surfel i covers tau_i = OPACITY share_i |f_i| side(f_i) K_i of the pixel p: f_i is the cosine at
 * which it is seen (|f| rounded off at 0), side prefers the outside, and K_i = (1 - |p - c_i|^2 /
 * r_i^2)^4 within the radius r_i of the surfel in the picture.
 *
 * Depth is divided into LAYERS. Each surfel is distributed to the two nearest layers by a blend
 * that is C^2 in its depth. Layers occlude each other, and surfels within a layer are mixed:
 *
 *     pixel = sum_l T_l (1 - exp(-t_l)) c_l + T_LAYERS white,    T_l = exp(-sum_{k < l} t_k),
 *     t_l = sum tau_i over the layer's shares,    c_l = sum tau_i colour_i light_i / t_l
 *
 * c_l needs no quotient, as (1 - exp(-t)) / t is smooth: everywhere the picture changes over the
 * width of the kernels, even where one part emerges from behind another. With weights that grow
 * exponentially towards the viewer, the outermost rim of a kernel would win instead: a sharp edge.
 * The tree only serves to skip surfels that cover no pixel.
 */
/* The host defines SURFEL_SPHERE, the radius of the sphere around the object. */
#ifndef LIB_SURFEL_CL
#define LIB_SURFEL_CL

#include "lib/quaternion.cl"
#include "lib/vfloat.cl"

#define SURFEL_EYE     3.0f /* distance of the viewer; the picture shows [-1,1]^2 at the centre */
#define SURFEL_OPACITY 4.0f
#define SURFEL_LAYERS  12
#define SURFEL_ROUND   0.1f  /* of |f| */
#define SURFEL_INSIDE  0.4f  /* coverage by the side that faces away */
/* Perspective stretches a sphere by less than this: 1 / cos of its angle to the axis. */
#define SURFEL_STRETCH 1.06f

/* Sums over the surfels of one layer in one row of a strip. */
struct surfel_sums {
    vfloat cover;
    vfloat red;
    vfloat green;
    vfloat blue;
};

/* The layers of a strip; bit l of `used` is set if layer l is not empty. */
struct surfel_layers {
    struct surfel_sums sums[SURFEL_LAYERS][STRIP_ROWS];
    int used;
};

float3 surfel_rotate(const float *matrix, float4 v)
{
    return (float3)(matrix[0] * v.x + matrix[1] * v.y + matrix[2] * v.z,
                    matrix[3] * v.x + matrix[4] * v.y + matrix[5] * v.z,
                    matrix[6] * v.x + matrix[7] * v.y + matrix[8] * v.z);
}

/* A part of the picture: x and y of its outermost pixels. */
struct surfel_window {
    float left;
    float right;
    float bottom;
    float top;
};

int surfel_outside(struct surfel_window window, float x, float y, float radius)
{
    return x + radius < window.left || x - radius > window.right || y + radius < window.bottom ||
           y - radius > window.top;
}

/* On a GPU the sums of all layers are in registers, which cannot be indexed, so every layer adds
 * its share of each surfel, which is mostly 0. */
#if VECTOR_WIDTH == 1
#define SURFEL_IN_REGISTERS
#endif

/* Marks all layers as empty. */
INLINE void surfel_clear(struct surfel_layers *layers)
{
#ifdef SURFEL_IN_REGISTERS
    layers->used = ~0;
#pragma unroll
    for (int i = 0; i < SURFEL_LAYERS * STRIP_ROWS; i++) {
        const struct surfel_sums none = {0.0f, 0.0f, 0.0f, 0.0f};
        layers->sums[i / STRIP_ROWS][i % STRIP_ROWS] = none;
    }
#else
    layers->used = 0;
#endif
}

INLINE void surfel_add_share(struct surfel_sums *sums, vfloat share, float4 color)
{
    sums->cover += share;
    sums->red += color.x * share;
    sums->green += color.y * share;
    sums->blue += color.z * share;
}

/* Adds tau to a row of two layers: the fraction `behind` to the next layer, the rest to `layer`. */
INLINE void surfel_add_row(struct surfel_layers *layers, int layer, int row, vfloat tau,
                           float behind, float4 color)
{
    const vfloat back = behind * tau;
    const vfloat front = tau - back;
#ifdef SURFEL_IN_REGISTERS
#pragma unroll
    for (int l = 0; l < SURFEL_LAYERS; l++) {
        surfel_add_share(&layers->sums[l][row],
                         l == layer ? front : l == layer + 1 ? back : 0.0f, color);
    }
#else
    surfel_add_share(&layers->sums[layer][row], front, color);
    surfel_add_share(&layers->sums[layer + 1][row], back, color);
#endif
}

void surfel_use_layer(struct surfel_layers *layers, int layer)
{
#ifndef SURFEL_IN_REGISTERS
    if ((layers->used & 1 << layer) == 0) {
        layers->used |= 1 << layer;
        for (int k = 0; k < STRIP_ROWS; k++) {
            layers->sums[layer][k].cover = 0.0f;
            layers->sums[layer][k].red = 0.0f;
            layers->sums[layer][k].green = 0.0f;
            layers->sums[layer][k].blue = 0.0f;
        }
    }
#endif
}

/* Adds one surfel to the rows of a strip: row k is at window.top - k * height. */
INLINE void surfel_add(__global const float4 *surfel, const float *matrix, float kernel_radius,
                       struct surfel_window window, float height, vfloat px,
                       struct surfel_layers *layers)
{
    const float4 place = surfel[0];
    const float3 at = surfel_rotate(matrix, place);
    const float scale = SURFEL_EYE / (SURFEL_EYE - at.z);
    const float x = scale * at.x;
    const float y = scale * at.y;
    const float radius = scale * kernel_radius;
    if (surfel_outside(window, x, y, radius)) {
        return;
    }
    const float3 n = surfel_rotate(matrix, surfel[1]);
    const float3 view = (float3)(-at.x, -at.y, SURFEL_EYE - at.z);
    const float cosine = dot(n, view) * rsqrt(dot(view, view));
    const float length = sqrt(cosine * cosine + SURFEL_ROUND * SURFEL_ROUND);
    const float side = 0.5f * (1.0f + SURFEL_INSIDE + (1.0f - SURFEL_INSIDE) * cosine / length);
    const float cover = SURFEL_OPACITY * place.w * length * side;
    /* Light from the upper left, in front. */
    const float light = 0.6f + 0.4f * (-0.5f * n.x + 0.6f * n.y + 0.62f * n.z);
    const float4 color = light * surfel[2];
    const float depth =
        clamp((SURFEL_SPHERE - at.z) * (0.5f * (SURFEL_LAYERS - 1) / SURFEL_SPHERE), 0.0f,
              SURFEL_LAYERS - 1.001f);
    const int layer = (int)depth;
    const float u = depth - layer;
    const float behind = u * u * u * (10.0f + u * (6.0f * u - 15.0f));
    surfel_use_layer(layers, layer);
    surfel_use_layer(layers, layer + 1);
    const float inverse = 1.0f / radius;
    const vfloat dx = (px - x) * inverse;
    const vfloat rest = 1.0f - dx * dx;
#ifdef SURFEL_IN_REGISTERS
    const int first = 0;
    const int last = STRIP_ROWS - 1;
#pragma unroll
#else
    const int first = max(0, (int)ceil((window.top - y - radius) / height));
    const int last = min(STRIP_ROWS - 1, (int)floor((window.top - y + radius) / height));
#endif
    for (int k = first; k <= last; k++) {
        const float dy = (window.top - k * height - y) * inverse;
        const vfloat inside = fmax(rest - dy * dy, 0.0f);
        const vfloat square = inside * inside;
        const vfloat tau = cover * square * square;
        surfel_add_row(layers, layer, k, tau, behind, color);
    }
}

/* One row of the layers over white: red, green, blue. */
INLINE void surfel_compose(const struct surfel_layers *layers, int row, vfloat *pixel)
{
    vfloat clear = 1.0f;
    vfloat red = 0.0f;
    vfloat green = 0.0f;
    vfloat blue = 0.0f;
#ifdef SURFEL_IN_REGISTERS
#pragma unroll
#endif
    for (int l = 0; l < SURFEL_LAYERS; l++) {
        if ((layers->used & 1 << l) != 0) {
            const struct surfel_sums *sums = &layers->sums[l][row];
            const vfloat passed = vexp(-sums->cover);
            const vfloat share = clear * (1.0f - passed) / (sums->cover + 1e-20f);
            red += share * sums->red;
            green += share * sums->green;
            blue += share * sums->blue;
            clear *= passed;
        }
    }
    pixel[0] = red + clear;
    pixel[1] = green + clear;
    pixel[2] = blue + clear;
}

/* The pixels of STRIP_ROWS rows from first_row on, and VECTOR_WIDTH columns from first_column on:
 * pixel[3 k], [3 k + 1], [3 k + 2] are red, green and blue of row k. */
INLINE void surfel_strip(const float *matrix, __global const float4 *data, int first_row,
                         int first_column, vfloat *pixel)
{
    const int nodes = (int)data[0].x;
    const float kernel_radius = data[0].y;
    __global const float4 *surfels = data + 1 + 2 * nodes;
    const float height = 2.0f / HEIGHT;
    const float width = 2.0f / WIDTH;
    const vfloat px = (to_vfloat(first_column + VECTOR_LANES) + 0.5f) * width - 1.0f;
    struct surfel_window window;
    window.left = (first_column + 0.5f) * width - 1.0f;
    window.right = window.left + (VECTOR_WIDTH - 1) * width;
    window.top = 1.0f - (first_row + 0.5f) * height;
    window.bottom = window.top - (STRIP_ROWS - 1) * height;
    struct surfel_layers layers;
    surfel_clear(&layers);
    int node = 0;
    while (node < nodes) {
        const float4 sphere = data[1 + 2 * node];
        const float4 links = data[2 + 2 * node];
        const float3 at = surfel_rotate(matrix, sphere);
        const float scale = SURFEL_EYE / (SURFEL_EYE - at.z);
        const float nearest = SURFEL_EYE / (SURFEL_EYE - at.z - sphere.w);
        const float radius = nearest * (SURFEL_STRETCH * sphere.w + kernel_radius);
        if (surfel_outside(window, scale * at.x, scale * at.y, radius)) {
            node = (int)links.x;
            continue;
        }
        const int first = (int)links.y;
        const int count = (int)links.z;
        for (int i = first; i < first + count; i++) {
            surfel_add(surfels + 3 * i, matrix, kernel_radius, window, height, px, &layers);
        }
        node++;
    }
#ifdef SURFEL_IN_REGISTERS
#pragma unroll
#endif
    for (int k = 0; k < STRIP_ROWS; k++) {
        surfel_compose(&layers, k, pixel + 3 * k);
    }
}

#endif
