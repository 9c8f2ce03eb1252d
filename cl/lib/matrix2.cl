/*
 * Symmetric 2x2 matrices as float3 (S11, S12, S22).
 */
#ifndef LIB_MATRIX2_CL
#define LIB_MATRIX2_CL

float symmetric_trace(float3 s)
{
    return s.x + s.z;
}

/* ab - c^2 to 1.5 ulp (Kahan): a fused multiply-add yields the rounding error of c^2. */
float symmetric_determinant(float3 s)
{
    const float square = s.y * s.y;
    const float error = fma(-s.y, s.y, square);
    return fma(s.x, s.z, -square) + error;
}

/* det a - det b from differences of the entries, exact to rounding for neighbours. */
float determinant_difference(float3 a, float3 b)
{
    const float3 d = a - b;
    const float3 middle = 0.5f * (a + b);
    return d.x * middle.z + d.z * middle.x - 2.0f * d.y * middle.y;
}

/* m s m */
float3 symmetric_sandwich(float3 m, float3 s)
{
    const float2 first = (float2)(m.x * s.x + m.y * s.y, m.x * s.y + m.y * s.z);
    const float2 second = (float2)(m.y * s.x + m.z * s.y, m.y * s.y + m.z * s.z);
    return (float3)(first.x * m.x + first.y * m.y, first.x * m.y + first.y * m.z,
                    second.x * m.y + second.y * m.z);
}

/* The l with l a + a l = v: (det a v + adj a v adj a) / (2 tr a det a). */
float3 symmetric_lyapunov(float3 a, float3 v)
{
    const float determinant = symmetric_determinant(a);
    const float3 adjugate = (float3)(a.z, -a.y, a.x);
    return (determinant * v + symmetric_sandwich(adjugate, v)) /
           (2.0f * symmetric_trace(a) * determinant);
}

/* (larger, smaller) eigenvalue of a positive definite matrix; the smaller one without
 * cancellation. */
float2 symmetric_eigenvalues(float3 s)
{
    const float larger = 0.5f * symmetric_trace(s) + hypot(0.5f * (s.x - s.z), s.y);
    return (float2)(larger, symmetric_determinant(s) / larger);
}

#endif
