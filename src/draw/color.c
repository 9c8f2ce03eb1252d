#include "draw/color.h"

#include <math.h>

#define TAU  6.283185307179586
#define GREY ((struct lb_color){150, 150, 150})

struct lb_color lb_color_series(size_t i)
{
    /* Okabe and Ito, Color Universal Design (2008); black comes last. */
    static const struct lb_color colors[] = {
        {0, 114, 178}, {213, 94, 0},   {0, 158, 115}, {204, 121, 167},
        {230, 159, 0}, {86, 180, 233}, {140, 90, 40}, {0, 0, 0},
    };
    return colors[i % LB_COUNT(colors)];
}

static unsigned char encode(double linear)
{
    const double x = fmin(fmax(linear, 0.0), 1.0);
    const double y = x <= 0.0031308 ? 12.92 * x : 1.055 * pow(x, 1.0 / 2.4) - 0.055; // sRGB
    return (unsigned char)(255.0 * y + 0.5);
}

/** OKLab (Ottosson 2020) with lightness in [0,1], chroma, and hue in turns. */
static struct lb_color from_oklch(double lightness, double chroma, double hue)
{
    const double a = chroma * cos(TAU * hue);
    const double b = chroma * sin(TAU * hue);
    const double l = pow(lightness + 0.3963377774 * a + 0.2158037573 * b, 3.0);
    const double m = pow(lightness - 0.1055613458 * a - 0.0638541728 * b, 3.0);
    const double s = pow(lightness - 0.0894841775 * a - 1.2914855480 * b, 3.0);
    return (struct lb_color){
        encode(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
        encode(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
        encode(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s),
    };
}

struct lb_color lb_color_ball(double x, double y, double z)
{
    if (!isfinite(x) || !isfinite(y) || !isfinite(z)) {
        return GREY;
    }
    const double chroma = 0.15 * fmin(hypot(x, y), 1.0);
    const double lightness = 0.64 + 0.20 * fmin(fmax(z, -1.0), 1.0);
    return from_oklch(lightness, chroma, atan2(y, x) / TAU);
}

static unsigned char mix(unsigned char a, unsigned char b, double t)
{
    return (unsigned char)(a + t * (b - a) + 0.5);
}

struct lb_color lb_color_mix(struct lb_color a, struct lb_color b, double t)
{
    return (struct lb_color){mix(a.red, b.red, t), mix(a.green, b.green, t),
                             mix(a.blue, b.blue, t)};
}
