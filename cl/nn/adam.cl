/*
 * Adam (Kingma and Ba 2015) and AdamW (Loshchilov and Hutter 2019) over one parameter block of n
 * floats, one work-item a parameter:
 *
 *     p <- decay p;  m <- b1 m + (1-b1) g;  v <- b2 v + (1-b2) g^2
 *     p <- p - rate m / (root sqrt(v) + epsilon)
 *
 * with rate = lr / (1 - b1^t), root = 1 / sqrt(1 - b2^t) and decay = 1 - lr * weight_decay (1 for
 * Adam). 1-b1 and 1-b2 come from the host: 1 - 0.999f loses four digits.
 */
__kernel void adam_update(__global float *parameter, __global const float *gradient,
                          __global float *moment1, __global float *moment2, int n, float beta1,
                          float one_minus_beta1, float beta2, float one_minus_beta2, float rate,
                          float root, float epsilon, float decay)
{
    const int i = get_global_id(0);
    if (i < n) {
        const float g = gradient[i];
        const float m = beta1 * moment1[i] + one_minus_beta1 * g;
        const float v = beta2 * moment2[i] + one_minus_beta2 * (g * g);
        moment1[i] = m;
        moment2[i] = v;
        parameter[i] = decay * parameter[i] - rate * m / (root * sqrt(v) + epsilon);
    }
}
