/* Byte images as numbers in [0,1]: values[i] = bytes[i] / 255. One work-item per number. */
__kernel void unpack(__global const uchar *bytes, int n, __global float *values)
{
    const int i = get_global_id(0);
    if (i < n) {
        values[i] = convert_float(bytes[i]) / 255.0f;
    }
}
