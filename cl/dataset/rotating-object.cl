/*
 * Rotating object: a coloured, shaded object without symmetry, rotated and seen in perspective
 * along -z.
 *
 * It consists of soft balls. Ball i covers tau_i = OPACITY exp(-|p - c_i|^2 / r_i^2) of the pixel
 * p, with c_i and r_i its centre and radius in the picture, and balls in front win gradually, by
 * the weights tau_i exp(SORTING depth_i):
 *
 *     pixel = (1 - a) white + a sum weight_i colour_i light_i / sum weight_i,
 *     a = 1 - exp(-sum tau_i)
 *
 * Sharp surfaces, as in ray marching, would make the picture jump where one hides another; this one
 * is smooth in the rotation everywhere.
 *
 * With --mesh the object is the mesh, drawn by lib/surfel.cl.
 */
#include "manifold/so3.cl"
#include "lib/vfloat.cl"

#ifdef OPTION_SIZE
#define HEIGHT OPTION_SIZE
#else
#define HEIGHT 32
#endif
#define WIDTH    HEIGHT
#define CHANNELS 3
#include "lib/surfel.cl"

#define RECIPE \
    "lambda=0.3 epsilon=0.5 epsilon-start=2.5 epsilon-share=0.75 " \
    "steps=2000 decoder-steps=1200"

#define BALLS   8
#define OPACITY 9.0f
#define SORTING 12.0f
#define EYE     3.0f /* distance of the viewer; the picture shows [-1,1]^2 at the object's centre */

/* Centres and radii: a body of two, head, beak, tail, a wing on each side, a foot. */
__constant float4 balls[BALLS] = {
    (float4)(-0.05f, 0.00f, 0.00f, 0.33f), (float4)(0.22f, 0.05f, 0.02f, 0.25f),
    (float4)(0.46f, 0.24f, 0.06f, 0.18f),  (float4)(0.65f, 0.22f, 0.12f, 0.09f),
    (float4)(-0.46f, 0.18f, -0.08f, 0.16f), (float4)(0.00f, 0.12f, 0.42f, 0.18f),
    (float4)(-0.12f, -0.08f, -0.40f, 0.14f), (float4)(0.08f, -0.44f, 0.10f, 0.12f),
};
__constant float4 ball_colors[BALLS] = {
    (float4)(0.85f, 0.35f, 0.20f, 0.0f), (float4)(0.88f, 0.45f, 0.20f, 0.0f),
    (float4)(0.95f, 0.78f, 0.20f, 0.0f), (float4)(0.75f, 0.10f, 0.15f, 0.0f),
    (float4)(0.15f, 0.35f, 0.80f, 0.0f), (float4)(0.20f, 0.65f, 0.35f, 0.0f),
    (float4)(0.55f, 0.25f, 0.70f, 0.0f), (float4)(0.25f, 0.20f, 0.20f, 0.0f),
};

#define TAKES_MESH
void dataset_strip(const float *point, __global const float4 *data, int first_row,
                   int first_column, vfloat *pixel)
{
    float matrix[9];
    quaternion_matrix(quaternion_load(point), matrix);
    surfel_strip(matrix, data, first_row, first_column, pixel);
}

/*
 * A ball as the picture shows it. Beyond |p - c_i|^2 = REACH r_i^2 it changes no pixel: with b for
 * exp(-|p - c|^2 / r^2), the others are opaque by at most OPACITY sum b_j and outweigh ball i by at
 * least sum b_j exp(SORTING depth_j) / (b_i exp(SORTING depth_i)), so it contributes less than
 * OPACITY b_i exp(SORTING (depth_i - depth of the farthest ball)) <= OPACITY exp(-NEGLIGIBLE).
 */
#define NEGLIGIBLE 20.0f
enum {
    BALL_X,
    BALL_Y,
    BALL_INVERSE,
    BALL_DEPTH,
    BALL_BULGE,
    BALL_RED,
    BALL_GREEN,
    BALL_BLUE,
    BALL_REACH,
    BALL_SIZE
};
/* All balls; those that a tile shows, without REACH; and how many these are. */
#define TILE_BALLS    (BALLS * BALL_SIZE)
#define TILE_COUNT    (2 * TILE_BALLS)
#if VECTOR_WIDTH > 1
#define PREPARED_SIZE (TILE_COUNT + 1)
#else
#define PREPARED_SIZE TILE_BALLS
#endif
void dataset_prepare(const float *point, float *prepared)
{
    float matrix[9];
    float farthest = INFINITY;
    quaternion_matrix(quaternion_load(point), matrix);
#pragma unroll
    for (int i = 0; i < BALLS; i++) {
        const float4 ball = balls[i];
        const float4 color = ball_colors[i];
        float *shown = prepared + i * BALL_SIZE;
        const float x = matrix[0] * ball.x + matrix[1] * ball.y + matrix[2] * ball.z;
        const float y = matrix[3] * ball.x + matrix[4] * ball.y + matrix[5] * ball.z;
        const float z = matrix[6] * ball.x + matrix[7] * ball.y + matrix[8] * ball.z;
        const float scale = EYE / (EYE - z);
        shown[BALL_X] = scale * x;
        shown[BALL_Y] = scale * y;
        shown[BALL_INVERSE] = 1.0f / (scale * ball.w);
        shown[BALL_DEPTH] = SORTING * z;
        shown[BALL_BULGE] = SORTING * ball.w; /* the front of a ball bulges towards the viewer */
        shown[BALL_RED] = color.x;
        shown[BALL_GREEN] = color.y;
        shown[BALL_BLUE] = color.z;
        farthest = fmin(farthest, shown[BALL_DEPTH]);
    }
#pragma unroll
    for (int i = 0; i < BALLS; i++) {
        float *shown = prepared + i * BALL_SIZE;
        shown[BALL_REACH] = NEGLIGIBLE + shown[BALL_DEPTH] - farthest;
    }
}

/* Where the picture shows a row or column. */
#define PICTURE_X(column) (2.0f * ((column) + 0.5f) / WIDTH - 1.0f)
#define PICTURE_Y(row)    (1.0f - 2.0f * ((row) + 0.5f) / HEIGHT)

/* Copies the balls that reach into the tile, by the distance from its nearest point. */
#define CROPS
void dataset_crop(float *prepared, int top, int left, int rows, int columns)
{
    const float half_width = (columns - 1.0f) / WIDTH;
    const float half_height = (rows - 1.0f) / HEIGHT;
    const float x = PICTURE_X(left) + half_width;
    const float y = PICTURE_Y(top) - half_height;
    int count = 0;
    for (int i = 0; i < BALLS; i++) {
        const float *ball = prepared + i * BALL_SIZE;
        const float dx = fmax(fabs(x - ball[BALL_X]) - half_width, 0.0f) * ball[BALL_INVERSE];
        const float dy = fmax(fabs(y - ball[BALL_Y]) - half_height, 0.0f) * ball[BALL_INVERSE];
        vstore8(vload8(0, ball), 0, prepared + TILE_BALLS + count * BALL_SIZE);
        count += dx * dx + dy * dy < ball[BALL_REACH]; /* else the next ball overwrites it */
    }
    prepared[TILE_COUNT] = count;
}

/* The balls that dataset_pixel() shows. A GPU keeps values in registers only if the number is
 * constant and the loops are unrolled. */
#if VECTOR_WIDTH > 1
#define SHOWN(prepared)       ((prepared) + TILE_BALLS)
#define SHOWN_COUNT(prepared) ((int)(prepared)[TILE_COUNT])
#else
#define SHOWN(prepared)       (prepared)
#define SHOWN_COUNT(prepared) BALLS
#endif

void dataset_pixel(const float *prepared, vfloat row, vfloat column, vfloat *pixel)
{
    const vfloat px = PICTURE_X(column);
    const vfloat py = PICTURE_Y(row);
    const int count = SHOWN_COUNT(prepared);
    vfloat bump[BALLS];
    vfloat light[BALLS];
    vfloat opacity = 0.0f;
    /* White behind everything; also keeps the quotient defined where there is no ball */
    vfloat weights = 1e-6f;
    vfloat red = 1e-6f;
    vfloat green = 1e-6f;
    vfloat blue = 1e-6f;
    /* Two loops: with both exponentials in one, a step is so long a chain that a processor overlaps
     * few of them */
#if VECTOR_WIDTH == 1
#pragma unroll
#endif
    for (int i = 0; i < count; i++) {
        const float *ball = SHOWN(prepared) + i * BALL_SIZE;
        const vfloat dx = (px - ball[BALL_X]) * ball[BALL_INVERSE];
        const vfloat dy = (py - ball[BALL_Y]) * ball[BALL_INVERSE];
        const vfloat square = dx * dx + dy * dy;
        /* At least 1e-22: products of subnormal numbers take a hundred times as long */
        bump[i] = vexp(-fmin(square, 50.0f));
        /* Light from the upper left, in front: (-0.5, 0.6, 0.62) against a dome's normal. */
        light[i] = 0.6f + 0.4f * (0.62f - 0.5f * dx + 0.6f * dy) * vrsqrt(1.0f + square);
        opacity += OPACITY * bump[i];
    }
#if VECTOR_WIDTH == 1
#pragma unroll
#endif
    for (int i = 0; i < count; i++) {
        const float *ball = SHOWN(prepared) + i * BALL_SIZE;
        const vfloat weight = bump[i] * vexp(ball[BALL_DEPTH] + ball[BALL_BULGE] * bump[i]);
        const vfloat lit = weight * light[i];
        weights += weight;
        red += lit * ball[BALL_RED];
        green += lit * ball[BALL_GREEN];
        blue += lit * ball[BALL_BLUE];
    }
    const vfloat clear = vexp(-opacity);
    const vfloat share = (1.0f - clear) / weights;
    pixel[0] = clear + share * red;
    pixel[1] = clear + share * green;
    pixel[2] = clear + share * blue;
}
