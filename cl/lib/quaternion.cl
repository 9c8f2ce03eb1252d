/*
 * Unit quaternions as rotations. In memory a quaternion is (w,x,y,z); in registers a float4 whose
 * w is the real part and xyz the vector part. q and -q are the same rotation v -> q v q*.
 */
#ifndef LIB_QUATERNION_CL
#define LIB_QUATERNION_CL

#include "lib/turn.cl"

float4 quaternion_load(const float *q)
{
    return (float4)(q[1], q[2], q[3], q[0]);
}

void quaternion_store(float *q, float4 value)
{
    q[0] = value.w;
    q[1] = value.x;
    q[2] = value.y;
    q[3] = value.z;
}

float4 quaternion_product(float4 p, float4 q)
{
    const float3 vector = p.w * q.xyz + q.w * p.xyz + cross(p.xyz, q.xyz);
    return (float4)(vector, p.w * q.w - dot(p.xyz, q.xyz));
}

/* The rotation about the axis of v by the angle |v|. */
float4 quaternion_of_vector(float3 v)
{
    const float half_angle = 0.5f * length(v);
    /* sin(t) / t by its series where the quotient would be 0/0 */
    const float2 point = turn_radians(half_angle);
    const float sinc =
        half_angle < 1e-3f ? 1.0f - half_angle * half_angle / 6.0f : point.y / half_angle;
    return (float4)(0.5f * sinc * v, point.x);
}

/* The rotation matrix, row-major. Quadratic in q: a rounding error of its length scales it. */
void quaternion_matrix(float4 q, float *matrix)
{
    const float3 square = q.xyz * q.xyz;
    const float real = q.w * q.w;
    const float3 product = 2.0f * q.xyz * q.yzx; // 2 (xy, yz, zx)
    const float3 turn = 2.0f * q.w * q.xyz;
    matrix[0] = real + square.x - square.y - square.z;
    matrix[1] = product.x - turn.z;
    matrix[2] = product.z + turn.y;
    matrix[3] = product.x + turn.z;
    matrix[4] = real - square.x + square.y - square.z;
    matrix[5] = product.y - turn.x;
    matrix[6] = product.z - turn.y;
    matrix[7] = product.y + turn.x;
    matrix[8] = real - square.x - square.y + square.z;
}

#endif
