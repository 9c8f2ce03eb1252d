/*
 * Symmetric positive definite 2x2 matrices (S11, S12, S22), the covariances of planar Gaussians,
 * with the Bures-Wasserstein metric: for a tangent vector V = L A + A L at A
 *
 *     |V|^2 = tr(L A L),   exp_A(V) = (I + L) A (I + L) = A + V + L A L.
 *
 * The region is made finite by two bounds, smallest eigenvalue >= BURES_MIN_EIGENVALUE and trace <=
 * BURES_MAX_TRACE. It is geodesically convex: along a geodesic the trace is convex (it is E|X|^2 of
 * X = (1-t) X0 + t X1) and the root of the smallest eigenvalue concave, so midpoints stay inside.
 *
 * With t = tr S and n = (S11 - S22, 2 S12, 2 sqrt(det S)) / t, a unit vector, the map
 * S -> (sqrt t / 2) (n, sqrt 3) is isometric into R^4: with rho = sqrt t the metric is the cone
 * drho^2 + (rho/2)^2 |dn|^2 and its volume rho^2 drho dn. E* is not known.
 *
 * r u with u uniform in the orthonormal frame and r by the flat law is uniform in the tangent ball,
 * which is the geodesic ball up to O(r^2), the metric being curved.
 */
#ifndef MANIFOLD_BURES_CL
#define MANIFOLD_BURES_CL

#include "lib/ball.cl"
#include "lib/matrix2.cl"
#include "lib/sphere.cl"

#ifndef BURES_MIN_EIGENVALUE
#define BURES_MIN_EIGENVALUE 0.25f
#endif
#ifndef BURES_MAX_TRACE
#define BURES_MAX_TRACE 4.0f
#endif

#define MANIFOLD     "bures"
#define DIMENSION    3
#define POINT_SIZE   3
#define TANGENT_SIZE 3
#define EMBEDDING_SIZE 4
/* At A it is the root of A's smallest eigenvalue, the distance to the singular matrices. */
#define INJECTIVITY_RADIUS sqrt(BURES_MIN_EIGENVALUE)

int manifold_contains(const float *x)
{
    const float3 s = load3(x);
    return symmetric_eigenvalues(s).y >= BURES_MIN_EIGENVALUE &&
           symmetric_trace(s) <= BURES_MAX_TRACE;
}

/* n uniform on the smallest cap and rho^3 uniform in the interval that contain the region: at least
 * a third lies inside. The limit on the attempts ends the loop for an empty region. */
void manifold_sample(struct rng *rng, float *x)
{
    const float rim = fmax(1.0f - 2.0f * BURES_MIN_EIGENVALUE / BURES_MAX_TRACE, 0.0f);
    const float height = rim * rim / (1.0f + sqrt(1.0f - rim * rim)); // 1 - sqrt(1 - rim^2)
    const float low = pow(2.0f * BURES_MIN_EIGENVALUE, 1.5f);
    const float high = pow(BURES_MAX_TRACE, 1.5f);
    int inside = 0;
    for (int try = 0; try < 1000 && !inside; try++) {
        const float3 n = sphere_sample(rng, height);
        const float rho = cbrt(mix(low, high, rng_uniform(rng)));
        const float half_trace = 0.5f * rho * rho;
        store3(x, half_trace * (float3)(1.0f + n.x, n.y, 1.0f - n.x));
        inside = manifold_contains(x);
    }
}

float manifold_radius(struct rng *rng, float r_min, float r_max)
{
    return flat_radius(rng, r_min, r_max, DIMENSION);
}

/* In the eigenbasis e, f of x: L = e e' / sqrt(larger), f f' / sqrt(smaller), and
 * (e f' + f e') / sqrt(trace); V = L A + A L. */
void manifold_frame(const float *x, float *frame)
{
    const float3 s = load3(x);
    const float2 root = sqrt(symmetric_eigenvalues(s));
    const float2 way = (float2)(0.5f * (s.x - s.z), s.y);
    const float size = hypot(way.x, way.y);
    /* Cosine and sine of twice the angle of e; arbitrary if the eigenvalues are equal */
    const float2 twice = size > 1e-12f ? way / size : (float2)(1.0f, 0.0f);
    store3(frame, root.x * (float3)(1.0f + twice.x, twice.y, 1.0f - twice.x));
    store3(frame + 3, root.y * (float3)(1.0f - twice.x, -twice.y, 1.0f + twice.x));
    store3(frame + 6, sqrt(symmetric_trace(s)) * (float3)(-twice.y, twice.x, twice.y));
}

void manifold_exponential(const float *x, const float *v, float *y)
{
    const float3 a = load3(x);
    const float3 tangent = load3(v);
    const float3 l = symmetric_lyapunov(a, tangent);
    store3(y, a + (tangent + symmetric_sandwich(l, a)));
}

/* sqrt(det A det B), and the root of tr(AB) + 2 sqrt(det A det B), the trace of (AB)^(1/2). */
float2 bures_roots(float3 a, float3 b)
{
    const float determinant = sqrt(symmetric_determinant(a) * symmetric_determinant(b));
    const float trace = a.x * b.x + 2.0f * a.y * b.y + a.z * b.z;
    return (float2)(determinant, sqrt(trace + 2.0f * determinant));
}

/* d^2 = tr A + tr B - 2 tr (AB)^(1/2), without its cancellation: with A0 the part of trace 0,
 * d^2 = (4 (sqrt det A - sqrt det B)^2 + 2 |A0 - B0|^2) / (tr A + tr B + 2 tr (AB)^(1/2)). */
float manifold_distance(const float *x, const float *y)
{
    const float3 a = load3(x);
    const float3 b = load3(y);
    const float3 d = a - b;
    const float root = (determinant_difference(a, b)) /
                       (sqrt(symmetric_determinant(a)) + sqrt(symmetric_determinant(b)));
    const float2 free_part = (float2)(d.x - d.z, 2.0f * d.y);
    const float sum = symmetric_trace(a) + symmetric_trace(b) + 2.0f * bures_roots(a, b).y;
    return sqrt((4.0f * root * root + dot(free_part, free_part)) / sum);
}

/* (A + B + (AB)^(1/2) + (BA)^(1/2)) / 4, where M^(1/2) = (M + sqrt(det M) I) / tr M^(1/2). */
void manifold_midpoint(const float *x, const float *y, float *midpoint)
{
    const float3 a = load3(x);
    const float3 b = load3(y);
    const float2 roots = bures_roots(a, b);
    const float3 product = (float3)(2.0f * (a.x * b.x + a.y * b.y + roots.x),
                                    a.y * symmetric_trace(b) + b.y * symmetric_trace(a),
                                    2.0f * (a.z * b.z + a.y * b.y + roots.x));
    store3(midpoint, 0.25f * (a + b + product / roots.y));
}

/* (sqrt t / 2) (n, sqrt 3): isometric. */
void manifold_embedding(const float *x, float *z)
{
    const float3 s = load3(x);
    const float root = sqrt(symmetric_trace(s));
    z[0] = 0.5f * (s.x - s.z) / root;
    z[1] = s.y / root;
    z[2] = sqrt(symmetric_determinant(s)) / root;
    z[3] = 0.866025404f * root;
}

/* On the faces of largest and of middle trace GRID_SPOKES lines of constant axes and GRID_RINGS
 * circles of constant eigenvalues; then scalings, at GRID_SPOKES axes and of multiples of I. */
#define GRID_SPOKES 8
#define GRID_RINGS  3
#define GRID_FACE   (GRID_SPOKES + GRID_RINGS)
#define GRID_LINES  (2 * GRID_FACE + GRID_SPOKES + 1)

/* The largest |n.xy| = (larger - smaller eigenvalue) / trace; slightly inside, to allow for
 * rounding. */
float bures_rim(float trace)
{
    return 0.9999f * (1.0f - 2.0f * BURES_MIN_EIGENVALUE / trace);
}

void manifold_grid(int line, float t, float *x)
{
    const float largest = 0.9999f * BURES_MAX_TRACE;
    const float middle = 0.5f * (largest + 2.0f * BURES_MIN_EIGENVALUE);
    float turn = 0.0f; // of the axes, which return after half a turn
    float size;        // |n.xy|
    float trace;
    if (line < 2 * GRID_FACE) {
        const int place = line % GRID_FACE;
        trace = line < GRID_FACE ? largest : middle;
        turn = place < GRID_SPOKES ? place * (1.0f / GRID_SPOKES) : t;
        size = bures_rim(trace) *
               (place < GRID_SPOKES ? t : (place - GRID_SPOKES + 1) * (1.0f / GRID_RINGS));
    } else {
        const int spoke = line - 2 * GRID_FACE; // the last: multiples of I
        turn = spoke * (1.0f / GRID_SPOKES);
        size = spoke < GRID_SPOKES ? 0.5f * bures_rim(largest) : 0.0f;
        trace = mix(2.0001f * BURES_MIN_EIGENVALUE / (1.0f - size), largest, t);
    }
    const float2 n = size * (float2)(cospi(2.0f * turn), sinpi(2.0f * turn));
    store3(x, 0.5f * trace * (float3)(1.0f + n.x, n.y, 1.0f - n.x));
}

#define COLOR_HUE       "long axis, twice its angle"
#define COLOR_LIGHTNESS "trace"

void manifold_color(const float *x, float *color)
{
    const float3 s = load3(x);
    const float low = 2.0f * BURES_MIN_EIGENVALUE;
    const float place = (symmetric_trace(s) - low) / (BURES_MAX_TRACE - low);
    const float2 n = (float2)(s.x - s.z, 2.0f * s.y) / symmetric_trace(s);
    store3(color, (float3)(0.8f * n, 1.2f * place - 0.6f));
}

#endif
