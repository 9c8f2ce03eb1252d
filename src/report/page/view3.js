/* The latent codes in three of their principal components, to turn by pointer or keys. */

const REACH = 14; // pixels from a point at which it is meant

function multiply(a, b) {
    return a.map(([x, y, z]) => [0, 1, 2].map((j) => x * b[0][j] + y * b[1][j] + z * b[2][j]));
}

/* A turn round axis 0, 1 or 2. */
function turn(axis, angle) {
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    const [i, j] = [(axis + 1) % 3, (axis + 2) % 3];
    const matrix = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
    matrix[i][i] = c;
    matrix[j][j] = c;
    matrix[i][j] = -s;
    matrix[j][i] = s;
    return matrix;
}

class LatentView {
    constructor(run) {
        this.view = run.view;
        this.paths = run.paths;
        this.count = this.view.codes.length / this.view.components;
        this.sprite = this.view.images ? new Sprite(this.view.images) : null;
        this.axes = [0, 1, 2];
        this.showLines = true;
        this.path = null; // set by the path view
        this.at = -1;
        this.onEnd = null;
        this.modes = colorModes(this.view, this.count);
        this.build(run.label);
        this.chooseMode(this.modes[0]);
        this.reset();
    }

    /* ---- colours ---- */

    chooseMode(mode) {
        this.mode = mode;
        this.key.replaceChildren();
        if (mode.values) {
            const stops = RAMP.map((color) => `rgb(${color.join(",")})`).join(",");
            this.key.append(numberText(mode.low, 3),
                element("span", { class: "ramp",
                    style: `background:linear-gradient(90deg,${stops})` }),
                numberText(mode.high, 3), ` ${mode.words}; grey: at a boundary`);
        } else {
            this.key.append(mode.words);
        }
        this.colors = Array.from({ length: this.count }, (_, i) => mode.color(i));
        this.draw();
    }

    /* ---- the panel ---- */

    build(label) {
        const component = (k) => element("option", { value: k },
            `${k + 1} (${(100 * this.view.share[k]).toFixed(1)} %)`);
        const all = Array.from({ length: this.view.components }, (_, k) => k);
        const axisSelect = (axis) => {
            const select = element("select", { "aria-label": `component along axis ${axis + 1}`,
                change: (event) => {
                    this.axes[axis] = Number(event.target.value);
                    this.measure();
                    this.draw();
                } }, ...all.map(component));
            select.value = axis;
            return select;
        };
        const modeSelect = element("select", { class: "mode",
            change: (event) => this.chooseMode(this.modes[event.target.selectedIndex]) },
        ...this.modes.map((mode) => element("option", null, mode.name)));
        const button = (text, words, action) => element("button", { type: "button", title: words,
            "aria-label": words, click: action }, text);
        this.canvas = element("canvas", { tabindex: 0, role: "img",
            "aria-label": `Latent codes of ${label} as a cloud of ${this.count} points in three `
                + "principal components. Arrow keys turn it, plus and minus zoom, n and p go from "
                + "point to point, 0 resets." });
        this.tip = element("div", { class: "tip", "aria-live": "polite", hidden: true });
        this.key = element("div", { class: "key" });
        const lines = element("input", { type: "checkbox", checked: true,
            change: (event) => {
                this.showLines = event.target.checked;
                this.draw();
            } });
        this.root = element("div", { class: "panel" },
            element("div", { class: "stage" }, this.canvas, this.tip),
            element("div", { class: "controls" },
                element("label", null, "colour ", modeSelect),
                element("span", { class: "axes" }, "components", axisSelect(0), axisSelect(1),
                    axisSelect(2)),
                ...(this.view.lines && this.view.lines.length
                    ? [element("label", null, lines, "coordinate lines")] : []),
                element("span", null, button("+", "closer", () => this.zoomBy(1.25)), " ",
                    button("\u2212", "farther", () => this.zoomBy(0.8)), " ",
                    button("reset", "first view", () => this.reset()))),
            this.key,
            element("p", { class: "how" }, "Each dot is the code of one image, each curve a "
                + "coordinate line of the manifold: smooth, evenly spaced curves without folds are "
                + "a good embedding. Drag to turn, point at a dot to see its image, click a letter "
                + "to start a path there."));
        this.listen();
    }

    listen() {
        let held = null;
        const { canvas } = this;
        canvas.addEventListener("pointerdown", (event) => {
            held = { x: event.clientX, y: event.clientY, moved: 0 };
            canvas.setPointerCapture(event.pointerId);
            canvas.classList.add("held");
        });
        canvas.addEventListener("pointermove", (event) => {
            if (held === null) {
                this.point(event);
                return;
            }
            const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
            held = { x: event.clientX, y: event.clientY,
                moved: held.moved + Math.abs(dx) + Math.abs(dy) };
            this.rotate(0.01 * dy, 0.01 * dx);
        });
        canvas.addEventListener("pointerup", (event) => {
            if (held !== null && held.moved < 4) {
                this.click(event);
            }
            held = null;
            canvas.classList.remove("held");
        });
        canvas.addEventListener("pointercancel", () => {
            held = null;
            canvas.classList.remove("held");
        });
        canvas.addEventListener("pointerleave", () => this.showPoint(-1));
        canvas.addEventListener("wheel", (event) => {
            if (event.ctrlKey || document.activeElement === canvas) { // else the page scrolls
                event.preventDefault();
                this.zoomBy(Math.exp(-0.002 * event.deltaY));
            }
        }, { passive: false });
        canvas.addEventListener("keydown", (event) => this.press(event));
    }

    press(event) {
        const step = 0.12;
        const actions = {
            ArrowLeft: () => this.rotate(0, -step),
            ArrowRight: () => this.rotate(0, step),
            ArrowUp: () => this.rotate(-step, 0),
            ArrowDown: () => this.rotate(step, 0),
            "+": () => this.zoomBy(1.25),
            "=": () => this.zoomBy(1.25),
            "-": () => this.zoomBy(0.8),
            0: () => this.reset(),
            n: () => this.showPoint((this.at + 1) % this.count),
            p: () => this.showPoint((this.at + this.count - 1) % this.count),
            Escape: () => this.showPoint(-1),
        };
        if (event.key in actions && !event.ctrlKey && !event.metaKey && !event.altKey) {
            event.preventDefault();
            actions[event.key]();
        }
    }

    /* ---- where things are ---- */

    reset() {
        const flat = this.view.share[2] < 0.03; // then the third component shows nothing from aside
        this.rotation = multiply(turn(0, flat ? -0.5 : -1.1), turn(2, 0.5));
        this.zoom = 1;
        this.measure();
        this.draw();
    }

    rotate(up, right) {
        this.rotation = multiply(multiply(turn(0, up), turn(1, right)), this.rotation);
        this.draw();
    }

    zoomBy(factor) {
        this.zoom = Math.min(Math.max(this.zoom * factor, 0.3), 20);
        this.draw();
    }

    /* The sphere round zero, the codes' mean, that holds all codes. */
    measure() {
        let largest = 1e-30;
        for (let i = 0; i < this.count; i++) {
            const [x, y, z] = this.axes.map((k) => this.view.codes[i * this.view.components + k]);
            largest = Math.max(largest, x * x + y * y + z * z);
        }
        this.radius = Math.sqrt(largest);
    }

    /* Screen place and depth in [-1,1] of the i-th code of a list. */
    project(codes, i) {
        const from = i * this.view.components;
        const [x, y, z] = this.axes.map((k) => codes[from + k]);
        const [r0, r1, r2] = this.rotation;
        const scale = (0.46 * this.zoom * Math.min(this.width, this.height)) / this.radius;
        return [this.width / 2 + scale * (r0[0] * x + r0[1] * y + r0[2] * z),
            this.height / 2 - scale * (r1[0] * x + r1[1] * y + r1[2] * z),
            (r2[0] * x + r2[1] * y + r2[2] * z) / this.radius];
    }

    /* ---- drawing ---- */

    draw() {
        if (this.pending || !this.rotation) {
            return;
        }
        this.pending = true;
        requestAnimationFrame(() => {
            this.pending = false;
            this.paint();
        });
    }

    paint() {
        if (this.canvas.clientWidth === 0) {
            return;
        }
        const { context, width, height } = fitCanvas(this.canvas);
        Object.assign(this, { context, width, height });
        context.clearRect(0, 0, width, height);
        this.places = Array.from({ length: this.count },
            (_, i) => this.project(this.view.codes, i));
        const items = this.places.map((place, i) => ({ depth: place[2], point: i }));
        if (this.showLines && this.view.lines) {
            this.collectLines(items);
        }
        items.sort((a, b) => a.depth - b.depth);
        for (const item of items) {
            context.globalAlpha = 0.3 + 0.7 * Math.min(Math.max((item.depth + 1) / 2, 0), 1);
            if (item.line) {
                this.stroke(item.line, item.color, 1.3);
            } else {
                this.dot(this.places[item.point], this.colors[item.point], 2.4);
            }
        }
        context.globalAlpha = 1;
        this.paintPath();
        if (this.at >= 0) {
            context.strokeStyle = themeColor("--ink");
            context.lineWidth = 2;
            context.beginPath();
            context.arc(this.places[this.at][0], this.places[this.at][1], 7, 0, 7);
            context.stroke();
        }
    }

    collectLines(items) {
        const { lines, lineColors, frames, components } = this.view;
        const total = lines.length / components;
        let before = null;
        for (let i = 0; i < total; i++) {
            const place = this.project(lines, i);
            if (i % frames > 0) {
                items.push({ depth: (before[2] + place[2]) / 2, line: [before, place],
                    color: `#${lineColors.slice(6 * i, 6 * i + 6)}` });
            }
            before = place;
        }
    }

    stroke(places, color, width, dash = []) {
        const { context } = this;
        context.strokeStyle = color;
        context.lineWidth = width;
        context.setLineDash(dash);
        context.beginPath();
        places.forEach(([x, y], i) => (i === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
        context.stroke();
        context.setLineDash([]);
    }

    dot([x, y], color, radius) {
        this.context.fillStyle = color;
        this.context.beginPath();
        this.context.arc(x, y, radius, 0, 7);
        this.context.fill();
    }

    /* The places of codes, `components` numbers each. */
    placesOf(codes) {
        const n = codes.length / this.view.components;
        return Array.from({ length: n }, (_, i) => this.project(codes, i));
    }

    /* The chosen ends, the curves between them, and where the slider is on each. */
    paintPath() {
        const { context, paths } = this;
        if (!paths) {
            return;
        }
        const ink = themeColor("--ink");
        if (this.path) {
            const { from, to, curve, bent } = this.path;
            const [a, b] = [this.places[from], this.places[to]];
            this.stroke([a, b], themeColor("--focus"), 3);
            this.stroke(this.placesOf(bent), themeColor("--accent"), 3);
            this.stroke(this.placesOf(curve), ink, 2, [5, 4]);
        }
        context.font = "600 13px system-ui, sans-serif";
        context.textAlign = "center";
        context.textBaseline = "middle";
        paths.ends.forEach((end, k) => {
            const [x, y] = this.places[end];
            const chosen = this.path && (end === this.path.from || end === this.path.to);
            context.fillStyle = chosen ? ink : themeColor("--panel");
            context.strokeStyle = ink;
            context.lineWidth = 1.2;
            context.beginPath();
            context.arc(x, y, 9, 0, 7);
            context.fill();
            context.stroke();
            context.fillStyle = chosen ? themeColor("--panel") : ink;
            context.fillText(String.fromCharCode(65 + k), x, y + 1);
        });
        if (this.path) { // a ring, so that the letters at the ends can still be read
            const { from, to, t, frame, bent } = this.path;
            const [a, b] = [this.places[from], this.places[to]];
            this.ring([a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])],
                themeColor("--focus"));
            if (bent.length) {
                this.ring(this.project(bent, frame), themeColor("--accent"));
            }
        }
    }

    ring([x, y], color) {
        const { context } = this;
        context.strokeStyle = color;
        context.lineWidth = 4;
        context.beginPath();
        context.arc(x, y, 11, 0, 7);
        context.stroke();
    }

    /* ---- points ---- */

    nearest(event, indices) {
        const frame = this.canvas.getBoundingClientRect();
        const [x, y] = [event.clientX - frame.left, event.clientY - frame.top];
        let best = -1;
        let merit = Infinity;
        for (const i of indices) {
            const [px, py, depth] = this.places[i];
            const away = Math.hypot(px - x, py - y);
            if (away < REACH && away - 4 * depth < merit) { // of two, the one in front
                merit = away - 4 * depth;
                best = i;
            }
        }
        return best;
    }

    point(event) {
        if (this.places) {
            this.showPoint(this.nearest(event, this.places.keys()));
        }
    }

    click(event) {
        if (this.paths && this.places) {
            const end = this.nearest(event, this.paths.ends);
            if (end >= 0 && this.onEnd) {
                this.onEnd(this.paths.ends.indexOf(end));
            }
        }
    }

    showPoint(i) {
        if (i === this.at) {
            return;
        }
        this.at = i;
        this.tip.hidden = i < 0;
        this.draw();
        if (i < 0) {
            return;
        }
        const size = this.view.points ? this.view.points.length / this.count : 0;
        const point = size ? this.view.points.slice(size * i, size * i + size) : [];
        this.tip.replaceChildren(element("b", null, `point ${i + 1}`));
        if (this.sprite) {
            const canvas = element("canvas", { role: "img", "aria-label": "image of this point" });
            this.sprite.draw(canvas, i);
            this.tip.append(canvas);
        }
        if (size) {
            this.tip.append(element("div", null,
                `(${point.map((value) => numberText(value, 3)).join(", ")})`));
        }
        for (const mode of this.modes) {
            if (mode.values && Number.isFinite(mode.values[i])) {
                const text = `${mode.name} ${numberText(mode.values[i], 3)}`;
                this.tip.append(element("div", null, text));
            }
        }
        const [x, y] = this.places[i];
        const across = this.tip.offsetWidth + 14;
        const rightwards = x > this.width / 2 ? x + across <= this.width : x < across;
        const left = rightwards ? x + 14 : x - across;
        const top = y - this.tip.offsetHeight / 2;
        this.tip.style.left = `${Math.max(left, 0)}px`;
        this.tip.style.top = `${Math.min(Math.max(top, 0), this.height - this.tip.offsetHeight)}px`;
    }
}
