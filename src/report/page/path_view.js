/* Latent paths between two chosen points, straight and along the latent manifold, beside the
 * geodesic and the pixel blend. */

let pathViewNumber = 0;

/* Numbers instead of an image: bars from the middle line, all on one scale. */
function drawBars(canvas, values, scale) {
    const { context, width, height } = fitCanvas(canvas);
    context.clearRect(0, 0, width, height);
    const step = width / values.length;
    context.fillStyle = themeColor("--accent");
    values.forEach((value, k) => {
        const length = (0.46 * height * value) / scale;
        context.fillRect(k * step + 0.1 * step, height / 2 - Math.max(length, 0), 0.8 * step,
            Math.abs(length));
    });
    context.fillStyle = themeColor("--soft");
    context.fillRect(0, height / 2, width, 1);
}

class PathView {
    constructor(run, view) {
        this.paths = run.paths;
        this.view = view;
        this.images = Boolean(this.paths.truth);
        if (this.images) {
            this.truth = new Sprite(this.paths.truth);
            this.decoded = new Sprite(this.paths.decoded);
            if (this.paths.followed) {
                this.followed = new Sprite(this.paths.followed);
            }
        } else if (this.paths.truthNumbers) {
            const all = this.paths.truthNumbers.concat(this.paths.decodedNumbers,
                this.paths.followedNumbers ?? []);
            this.size = this.paths.truthNumbers.length / this.paths.decodedError.length;
            this.scale = Math.max(...all.map(Math.abs), 1e-30);
        }
        this.from = 0;
        this.to = Math.min(1, this.paths.ends.length - 1);
        this.last = this.paths.frames - 1;
        this.frame = 0;
        this.next = "from";
        this.build();
        view.onEnd = (end) => this.choose(end);
        this.update();
        if (this.images) {
            Promise.all([this.truth, this.decoded, this.followed].map((sprite) => sprite?.ready))
                .then(() => this.update());
        }
        if (view.sprite) {
            view.sprite.ready.then(() => this.drawEnds());
        }
    }

    /* ---- the panel ---- */

    build() {
        const number = ++pathViewNumber;
        const letter = (k) => String.fromCharCode(65 + k);
        const row = (side) => element("fieldset", null, element("legend", null, side),
            ...this.paths.ends.map((_, k) => element("label", { class: "end" },
                element("input", { type: "radio", name: `${side}${number}`, value: k,
                    "aria-label": `${side} point ${letter(k)}`,
                    change: () => this.set(side, k) }),
                ...(this.view.sprite ? [element("canvas", { "aria-hidden": "true" })] : []),
                letter(k))));
        this.rows = { from: row("from"), to: row("to") };
        this.slider = element("input", { type: "range", min: 0, max: this.last, step: 1, value: 0,
            "aria-label": "position along the path", input: (event) => {
                this.frame = Number(event.target.value);
                this.update();
            } });
        this.position = element("output", null, "");
        this.player = element("button", { type: "button", click: () => this.play() }, "walk");
        this.figures = [];
        const figure = (name, kind, error) => {
            const canvas = element("canvas", { role: "img", "aria-label": name });
            const note = element("small");
            this.figures.push({ kind, canvas, note, error });
            return element("figure", null, canvas, element("figcaption", null, name, note));
        };
        const shown = [];
        if (this.paths.geodesic) {
            shown.push(figure("true geodesic", "truth", null));
        }
        if (this.paths.decoder) {
            shown.push(figure("decoded latent line", "decoded", this.paths.decodedError));
        }
        if (this.paths.latentGeodesic) {
            shown.push(figure("decoded latent geodesic", "followed", this.paths.followedError));
        }
        shown.push(figure("blended pixels", "blend", this.paths.blendError));
        this.summary = element("p", { class: "summary", "aria-live": "polite" });
        const pictures = this.images || this.size
            ? [element("div", { class: "frames" }, ...shown)]
            : [element("p", { class: "note" }, "The images are too many numbers to show.")];
        this.root = element("div", { class: "panel" }, this.rows.from, this.rows.to,
            element("div", { class: "slide" }, this.player, this.slider, this.position),
            ...pictures, this.summary,
            element("p", { class: "how" }, "Choose two points and move the slider: the decoded "
                + "images of the straight latent line should look like the true images on the way, "
                + "where blended pixels only show one image fading into the other."
                + (this.paths.latentGeodesic ? " The latent geodesic bends with the surface of "
                    + "the codes, so that it does so for points far apart as well." : "")));
    }

    drawEnds() {
        for (const row of Object.values(this.rows)) {
            row.querySelectorAll("canvas").forEach((canvas, k) => {
                this.view.sprite.draw(canvas, this.paths.ends[k]);
            });
        }
    }

    /* ---- choosing ---- */

    /* By a click in the view: first one end, then the other. */
    choose(end) {
        const side = this.next;
        this.next = side === "from" ? "to" : "from";
        this.set(side, end);
    }

    set(side, end) {
        const other = side === "from" ? "to" : "from";
        if (this[other] === end) { // a path needs two points
            this[other] = this[side];
        }
        this[side] = end;
        this.update();
    }

    play() {
        if (this.timer) {
            this.stop();
            return;
        }
        this.player.textContent = "stop";
        let direction = this.frame >= this.last ? -1 : 1;
        this.timer = setInterval(() => {
            if (this.frame + direction < 0 || this.frame + direction > this.last) {
                direction = -direction;
            }
            this.frame += direction;
            this.update();
        }, 220);
    }

    stop() {
        clearInterval(this.timer);
        this.timer = null;
        this.player.textContent = "walk";
    }

    /* Number of the pair with the lower letter first, as the data has it. */
    pair() {
        const n = this.paths.ends.length;
        const [a, b] = [Math.min(this.from, this.to), Math.max(this.from, this.to)];
        return a * n - (a * (a + 1)) / 2 + (b - a - 1);
    }

    /* ---- showing ---- */

    update() {
        const { paths, last } = this;
        const pair = this.pair();
        const backwards = this.from > this.to;
        const frame = backwards ? last - this.frame : this.frame;
        for (const [side, row] of Object.entries(this.rows)) {
            row.querySelectorAll("input").forEach((input, k) => {
                input.checked = k === this[side];
            });
        }
        const index = pair * paths.frames + frame;
        const size = paths.frames * this.view.view.components;
        this.slider.value = this.frame;
        const t = this.frame / last;
        const text = `t = ${numberText(t, 3)}`;
        this.slider.setAttribute("aria-valuetext", text);
        this.position.textContent = text;
        this.draw(pair, frame);
        for (const { note, error } of this.figures) {
            note.textContent = error && Number.isFinite(error[index] ?? NaN)
                ? `squared error ${numberText(error[index], 2)}` : "\u00a0";
        }
        this.summary.textContent = this.describe(pair);
        const of = (codes) => codes.slice(pair * size, (pair + 1) * size);
        const bent = of(paths.latentGeodesic ?? []);
        this.view.path = { from: paths.ends[this.from], to: paths.ends[this.to], t, frame,
            curve: of(paths.curve), bent };
        this.view.draw();
    }

    describe(pair) {
        const { paths } = this;
        const inner = (errors) => {
            const from = pair * paths.frames;
            const values = errors.slice(from + 1, from + this.last);
            return values.reduce((sum, value) => sum + value, 0) / values.length;
        };
        const parts = [];
        const d = paths.distance[pair];
        if (d !== null) {
            parts.push(`True distance ${numberText(d, 3)}, ${numberText(d / paths.epsilon, 3)} `
                + "times the sampling radius.");
            if (paths.decoder) {
                const bent = paths.latentGeodesic
                    ? `latent geodesic ${numberText(inner(paths.followedError), 2)}, ` : "";
                parts.push(`Mean squared error on the way: latent line `
                    + `${numberText(inner(paths.decodedError), 2)}, ${bent}blend `
                    + `${numberText(inner(paths.blendError), 2)}.`);
            }
        } else {
            parts.push("For user pairs the true images in between are unknown.");
        }
        return parts.join(" ");
    }

    draw(pair, frame) {
        const first = pair * this.paths.frames;
        const end = first + this.last;
        const share = frame / this.last;
        for (const { kind, canvas } of this.figures) {
            if (kind === "blend") {
                this.blend(canvas, first, end, share);
            } else {
                this.show(canvas, kind, first + frame);
            }
        }
    }

    numbers(list, i) {
        return list.slice(i * this.size, (i + 1) * this.size);
    }

    show(canvas, kind, i) {
        if (this.images) {
            this[kind].draw(canvas, i);
        } else if (this.size) {
            drawBars(canvas, this.numbers(this.paths[`${kind}Numbers`], i), this.scale);
        }
    }

    blend(canvas, first, end, share) {
        if (this.images) {
            this.truth.draw(canvas, first);
            this.truth.draw(canvas, end, share);
        } else if (this.size) {
            const [a, b] = [first, end].map((i) => this.numbers(this.paths.truthNumbers, i));
            drawBars(canvas, a.map((value, k) => (1 - share) * value + share * b[k]), this.scale);
        }
    }
}
