/* What the dots of a latent view can be coloured by. */

const RAMP = [[31, 37, 100], [15, 66, 116], [0, 94, 128], [0, 121, 136], [30, 147, 140],
    [75, 171, 138], [123, 194, 130], [177, 213, 115], [238, 227, 97]];

function rampColor(t) {
    if (!Number.isFinite(t)) {
        return "#969696";
    }
    const at = Math.min(Math.max(t, 0), 1) * (RAMP.length - 1);
    const i = Math.min(Math.floor(at), RAMP.length - 2);
    const mixed = RAMP[i].map((low, k) => Math.round(low + (at - i) * (RAMP[i + 1][k] - low)));
    return `rgb(${mixed.join(",")})`;
}

/* Values of every point on a scale, but for the most extreme ones. */
function scaleMode(count, name, words, value) {
    const values = Array.from({ length: count }, (_, i) => value(i));
    const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
    const low = sorted[Math.floor(0.02 * (sorted.length - 1))];
    const high = sorted[Math.ceil(0.98 * (sorted.length - 1))];
    const span = high - low || 1;
    return { name, words, values, low, high,
        color: (i) => rampColor((values[i] - low) / span) };
}

/* {name, words, color(i)}, and values, low and high where there is a scale. */
function colorModes(view, count) {
    const modes = [];
    if (view.colors) {
        const words = [];
        if (view.hue) {
            words.push(`hue: ${view.hue}`, `lightness: ${view.lightness}`);
        }
        modes.push({ name: "position on the manifold", words: words.join(", "),
            color: (i) => `#${view.colors.slice(6 * i, 6 * i + 6)}` });
    }
    if (view.sigmas) {
        const m = view.dimension;
        const at = (i) => view.sigmas.slice(m * i, m * i + m);
        const mean = (i) => at(i)[0] === null ? NaN
            : Math.exp(at(i).reduce((sum, s) => sum + Math.log(s), 0) / m);
        modes.push(scaleMode(count, "local stretch", "mean singular value; 1: lengths kept", mean));
        if (m > 1) {
            modes.push(scaleMode(count, "local distortion",
                "largest over smallest singular value; 1: shapes kept",
                (i) => (at(i)[0] === null ? NaN : at(i)[0] / at(i)[m - 1])));
        }
    }
    if (modes.length === 0) {
        modes.push({ name: "one colour", words: "", color: () => themeColor("--accent") });
    }
    return modes;
}
