/*
 * Writes patches of images as rows of a matrix (count, size): rows `first` onwards of the matrix
 * defined by struct lb_patches in src/gemm/product.h. One work-item per column, of which there are
 * `size`, and `run` consecutive rows.
 */
kernel void write_patches(global const float *images, const ulong offset, const int height,
                          const int width, const int channels, const int kernel_width,
                          const int stride, const int top, const int left, const int rows,
                          const int columns, const int first, const int count, const int size,
                          const int run, global float *to)
{
    const int j = get_global_id(0);
    const int start = get_global_id(1) * run;
    if (j >= size || start >= count) {
        return;
    }
    const int channel = j % channels;
    const int v = j / channels % kernel_width - left;
    const int u = j / channels / kernel_width - top;
    int x = (first + start) % columns;
    int y = (first + start) / columns % rows;
    int image = (first + start) / columns / rows;
    const int end = min(start + run, count);
    for (int i = start; i < end; i++) {
        const int row = stride * y + u;
        const int column = stride * x + v;
        float value = 0.0f;
        if (row >= 0 && row < height && column >= 0 && column < width) {
            value = images[offset + ((image * height + row) * width + column) * channels + channel];
        }
        to[i * size + j] = value;
        x++;
        if (x == columns) {
            x = 0;
            y++;
            if (y == rows) {
                y = 0;
                image++;
            }
        }
    }
}
