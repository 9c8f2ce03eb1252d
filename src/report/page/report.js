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
        if (run.walk) {
            const walk = new Walk(run, view);
            box.append(walk.root);
            redraw.push(() => walk.update());
            walk.update(); // now that its canvases have a size
        }
        view.draw();
    });
    const all = () => redraw.forEach((draw) => draw());
    window.addEventListener("resize", all);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
}

start();
