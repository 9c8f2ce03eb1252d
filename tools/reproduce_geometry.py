"""Writes the section of docs/results.md about geodesics of the latent manifold."""

import math
import statistics

TITLES = {"ours": "", "curved": ", λ = 0.01, no code noise"}
POINTS_LENGTH, IMAGES_LENGTH = 0.02, 0.05  # largest relative errors of lengths
HALF = 4                                   # times epsilon: the distance at which the line's error must be halved
HOLONOMY = 0.05                            # largest difference between an angle and its triangle's area


def measured(study, row, variant):
    """Contents of geometry.json of the runs that have one, ordered by seed."""
    records = [record for record in study.done["runs"].values()
               if record["row"] == row.name and record["variant"] == variant
               and "geometry" in record]
    return [record["geometry"] for record in sorted(records, key=lambda record: record["seed"])]


def mean_of(runs, table, key, k):
    """Mean and standard error over seeds, each with the same number of pairs."""
    values = [run[table][key][k] for run in runs]
    errors = [run[table][f"{key}_stderr"][k] for run in runs]
    if any(value is None for value in values + errors):
        return math.nan, math.nan
    return statistics.fmean(values), math.hypot(*errors) / len(errors)


def text_of(value, error, digits=2):
    return "" if math.isnan(value) else f"{value:.{digits}g} ± {error:.1g}"


def verdict(row, variant, runs, k):
    """The goals missed at one distance."""
    multiple = round(runs[0]["geodesic"]["d"][k] / row.epsilon)
    missed = []
    lengths = [run["geodesic"]["length_over_d"][k] for run in runs]
    limit = IMAGES_LENGTH if row.size else POINTS_LENGTH
    worst = max(lengths, key=lambda length: abs(length - 1))
    if abs(worst - 1) > limit:
        missed.append(f"length {worst:.3f} of a seed")
    geodesic, geodesic_error = mean_of(runs, "geodesic", "image_mse", k)
    line, line_error = mean_of(runs, "geodesic", "line_mse", k)
    if geodesic > line + 2 * math.hypot(geodesic_error, line_error):
        missed.append("not below the line")
    if variant == "curved" and multiple == HALF and geodesic > 0.5 * line:
        missed.append("not half of the line's")
    return "**missed**: " + ", ".join(missed) if missed else "met"


def rows_of(study, row, variant):
    runs = measured(study, row, variant)
    if not runs:
        return
    for k, d in enumerate(runs[0]["geodesic"]["d"]):
        yield [f"`{row.name}`{TITLES[variant]}", f"{round(d / row.epsilon)}ε",
               text_of(*mean_of(runs, "geodesic", "length_over_d", k), 4),
               *(text_of(*mean_of(runs, "geodesic", key, k))
                 for key in ("path_error", "image_mse", "line_mse", "blend_mse")),
               text_of(*mean_of(runs, "exponential", "error", k)),
               text_of(*mean_of(runs, "transport", "angle_error", k)),
               text_of(*mean_of(runs, "mean", "error", k)),
               len(runs), verdict(row, variant, runs, k)]


def holonomy_lines(study, rows):
    for row in rows:
        for variant, title in TITLES.items():
            angles = [(area, angle) for run in measured(study, row, variant)
                      for area, angle in zip(*(run.get("holonomy", {}).get(key, [])
                                               for key in ("area", "angle")))]
            if not angles:
                continue
            if all(area == 0 for area, _ in angles):
                yield (f"- `{row.name}`{title}, flat: {statistics.fmean(a for _, a in angles):.2g} "
                       f"instead of 0 on average, {max(a for _, a in angles):.2g} at most "
                       f"({len(angles)} triangles)")
                continue
            off = sorted(abs(angle / area - 1) for area, angle in angles)
            total = sum(angle for _, angle in angles) / sum(area for area, _ in angles)
            yield (f"- `{row.name}`{title}: {total:.3f} of the total area of {len(off)} triangles; "
                   f"single triangles deviate by {statistics.median(off):.1%} in the median and "
                   f"{off[-1]:.1%} at most, {sum(x <= HOLONOMY for x in off)} of {len(off)} by at "
                   f"most {HOLONOMY:.0%}")


def text_lines(study, rows, table):
    """The lines of the section; none if no run was measured."""
    rows = [row for row in rows if row.geometry]
    cells = [cells for row in rows for variant in TITLES for cells in rows_of(study, row, variant)]
    if not cells:
        return
    yield "\n## Geodesics of the latent manifold\n"
    yield ("`lowbend geometry` after each training: 32 pairs of points at each distance below the "
           "injectivity radius, 16 segments; means over seeds, standard errors over pairs. Lengths are "
           "divided by (scale · d). The errors of path, exponential and mean are in latent units, "
           "against codes of true points; image errors are per pixel, against true images. Goals: "
           "for each seed, the length within 2 % for points and 5 % for images; the image error "
           "not above that of the straight line by more than two standard errors, and at most half of "
           "it at 4ε on curved manifolds.")
    yield from table(["dataset", "d", "length", "path error", "image error", "of the line",
                      "of the blend", "exponential", "transport, radians", "mean", "seeds",
                      "goals"], cells)
    lines = list(holonomy_lines(study, rows))
    if lines:
        yield "The angle by which a vector turns when it is transported around geodesic triangles, "\
              "compared with their area over the squared radius:\n"
        yield from lines
