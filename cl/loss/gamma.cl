/*
 * gamma_c(s) = (s^2 - 1)^2 / (s^2 + c^2) and d gamma / d s^2 = (s^2-1)(s^2+2c^2+1)/(s^2+c^2)^2
 * (method.md, section 1), with s^2 at least `least` in both.
 */
float2 gamma_and_slope(const float s_squared, const float c_squared, const float least)
{
    const float s = fmax(s_squared, least);
    const float quotient = (s - 1.0f) / (s + c_squared);
    const float gamma = quotient * (s - 1.0f);
    const float slope = quotient * ((s + 2.0f * c_squared + 1.0f) / (s + c_squared));
    return (float2)(gamma, slope);
}
