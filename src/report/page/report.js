/* Brings the page to life. */
function start() {
    const data = JSON.parse(document.getElementById("data").textContent);
    document.querySelectorAll(".chart").forEach((box) => {
        new Chart(box, data.charts[Number(box.dataset.chart)]);
    });
    const redraw = [];
    document.querySelectorAll(".explorer").forEach((box) => {
        const run = data.runs[Number(box.dataset.run)];
        const view = new LatentView(run);
        box.append(view.root);
        redraw.push(() => view.draw());
        if (run.paths) {
            const pathView = new PathView(run, view);
            box.append(pathView.root);
            redraw.push(() => pathView.update());
            pathView.update(); // now that its canvases have a size
        }
        view.draw();
    });
    const all = () => redraw.forEach((draw) => draw());
    window.addEventListener("resize", all);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
}

start();
