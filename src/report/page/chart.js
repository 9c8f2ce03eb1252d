/* Values of a chart under the pointer, and by the arrow keys. */
class Chart {
    constructor(box, data) {
        this.box = box;
        this.data = data;
        this.svg = box.querySelector("svg");
        this.tip = box.querySelector(".tip");
        this.cursor = box.querySelector(".cursor");
        let longest = [];
        for (const series of data.series) {
            longest = series.x.length > longest.length ? series.x : longest;
        }
        this.stops = longest.filter((x) => x !== null).sort((a, b) => a - b);
        this.at = -1;
        box.addEventListener("pointermove", (event) => this.follow(event));
        box.addEventListener("pointerleave", () => this.hide());
        box.addEventListener("blur", () => this.hide());
        box.addEventListener("keydown", (event) => this.key(event));
    }

    /* Value to length in the picture's own units. */
    place(axis, value, start, length) {
        const coordinate = axis.log ? Math.log10(value) : value;
        return start + (length * (coordinate - axis.low)) / (axis.high - axis.low);
    }

    follow(event) {
        const frame = this.svg.getBoundingClientRect();
        const unit = frame.width / this.svg.viewBox.baseVal.width;
        const x = (event.clientX - frame.left) / unit;
        const [left, , width] = this.data.area;
        let best = -1;
        let distance = Infinity;
        this.stops.forEach((stop, i) => {
            const away = Math.abs(this.place(this.data.x, stop, left, width) - x);
            if (away < distance) {
                distance = away;
                best = i;
            }
        });
        this.show(best);
    }

    key(event) {
        const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: 10, PageDown: -10 };
        const last = this.stops.length - 1;
        let to;
        if (event.key in steps) {
            to = this.at < 0 ? 0 : this.at + steps[event.key];
        } else if (event.key === "Home" || event.key === "End") {
            to = event.key === "Home" ? 0 : last;
        } else if (event.key === "Escape") {
            this.hide();
            return;
        } else {
            return;
        }
        event.preventDefault();
        this.show(Math.min(Math.max(to, 0), last));
    }

    /* A line's value at x, between its points by a straight line of the chart. */
    valueAt(series, x) {
        const xs = series.x;
        const exact = xs.indexOf(x);
        if (exact >= 0) {
            return { y: series.y[exact], error: series.error ? series.error[exact] : null };
        }
        for (let i = 1; i < xs.length && !series.bars; i++) {
            const [a, b] = [xs[i - 1], xs[i]];
            if ((a - x) * (b - x) <= 0 && a !== b && series.y[i] !== null &&
                series.y[i - 1] !== null) {
                const t = (x - a) / (b - a);
                const [from, to] = [series.y[i - 1], series.y[i]];
                const y = this.data.y.log ? from * Math.pow(to / from, t) : from + t * (to - from);
                return { y, error: null };
            }
        }
        return null;
    }

    show(index) {
        if (index < 0) {
            return;
        }
        const { area, x, y, series } = this.data;
        const [left, top, width, height] = area;
        const value = this.stops[index];
        this.at = index;
        this.tip.replaceChildren(element("b", null, `${x.label} ${numberText(value)}`));
        const across = this.place(x, value, left, width);
        let path = `M${across} ${top}v${height}`;
        for (const one of series) {
            const found = this.valueAt(one, value);
            if (found === null || found.y === null) {
                continue;
            }
            const error = found.error ? ` \u00b1 ${numberText(found.error, 2)}` : "";
            this.tip.append(element("div", null, `${one.label} ${numberText(found.y)}${error}`));
            const down = top + height - (this.place(y, found.y, 0, height));
            path += `M${across - 3} ${down}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0`;
        }
        this.cursor.setAttribute("d", path);
        this.tip.hidden = false;
        const unit = this.svg.getBoundingClientRect().width / this.svg.viewBox.baseVal.width;
        const room = this.box.clientWidth - this.tip.offsetWidth;
        const beside = across > left + width / 2 ? -this.tip.offsetWidth - 10 : 10;
        const wanted = across * unit + beside;
        this.tip.style.left = `${Math.min(Math.max(wanted, 0), Math.max(room, 0))}px`;
        this.tip.style.top = `${top * unit + 4}px`;
    }

    hide() {
        this.at = -1;
        this.tip.hidden = true;
        this.cursor.setAttribute("d", "");
    }
}
