"use strict";

/* An element with attributes (functions are listeners) and children. */
function element(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
        if (typeof value === "function") {
            node.addEventListener(name, value);
        } else if (value === true) {
            node.setAttribute(name, "");
        } else if (value !== false && value !== null && value !== undefined) {
            node.setAttribute(name, value);
        }
    }
    node.append(...children);
    return node;
}

/* A number to read: 4 digits, "-" if there is none. */
function numberText(value, digits = 4) {
    if (value === null || !Number.isFinite(value)) {
        return "-";
    }
    const size = Math.abs(value);
    if (size !== 0 && (size < 1e-3 || size >= 1e6)) {
        return value.toExponential(digits - 2);
    }
    return String(Number(value.toPrecision(digits)));
}

function themeColor(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/* Makes a canvas as fine as the screen; gives its size in CSS pixels. */
function fitCanvas(canvas) {
    const ratio = window.devicePixelRatio || 1;
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    const pixels = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) {
        [canvas.width, canvas.height] = pixels;
    }
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    return { context, width, height };
}

/* Many small images in one: {src, width, height, columns}. */
class Sprite {
    constructor(data) {
        this.data = data;
        this.image = new Image();
        this.ready = new Promise((resolve) => this.image.addEventListener("load", resolve));
        this.image.src = data.src;
    }

    /* Draws image i over the whole canvas, with this opacity. */
    draw(canvas, i, alpha = 1) {
        const { width, height, columns } = this.data;
        if (canvas.width !== width || canvas.height !== height) {
            canvas.width = width;
            canvas.height = height;
        }
        const context = canvas.getContext("2d");
        context.globalAlpha = alpha;
        context.drawImage(this.image, (i % columns) * width, Math.floor(i / columns) * height,
            width, height, 0, 0, width, height);
        context.globalAlpha = 1;
    }
}
