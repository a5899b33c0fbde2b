// Low rank: what is left of a trained difference when it is a product of two thin matrices.
import { drawing, element, list, slider, written } from "./dom.js";

const LEVELS = 12; // of opacity
const GAP = 1; // between the matrices of a drawing, in cells

// The product of the first `rank` columns of a and rows of b.
export function product(a, b, rank) {
  return a.map((row) => b[0].map((_, column) => {
    let sum = 0;
    for (let index = 0; index < rank; index += 1) sum += row[index] * b[index][column];
    return sum;
  }));
}

// Share of the matrix's sum of squares that the approximation keeps.
export function kept(matrix, approximation) {
  let lost = 0;
  let all = 0;
  matrix.forEach((row, index) => row.forEach((value, column) => {
    lost += (value - approximation[index][column]) ** 2;
    all += value ** 2;
  }));
  return 1 - lost / all;
}

// Weights of the whole difference, and of the two thin matrices.
export function counts(rows, columns, rank) {
  return { full: rows * columns, thin: rank * (rows + columns) };
}

const percent = (share) => `${written(Number((100 * share).toFixed(1)))} %`;
const largest = (matrix) => Math.max(...matrix.map((row) => Math.max(...row.map(Math.abs))));

// Squares for the numbers: one color a sign, the more opaque the larger.
function cells(matrix, left, top, limit = largest(matrix)) {
  const paths = new Map();
  matrix.forEach((row, y) => row.forEach((value, x) => {
    const level = Math.min(LEVELS, Math.round(LEVELS * Math.abs(value) / limit));
    if (level === 0) return;
    const key = `${value > 0 ? "w-plus" : "w-minus"} ${level}`;
    paths.set(key, `${paths.get(key) ?? ""}M${left + x} ${top + y}h1v1h-1z`);
  }));
  const frame = drawing("rect", {
    class: "w-frame", x: left, y: top, width: matrix[0].length, height: matrix.length });
  return [...[...paths].map(([key, d]) => {
    const [sign, level] = key.split(" ");
    return drawing("path", { "class": sign, d, "fill-opacity": level / LEVELS });
  }), frame];
}

export function mount(root, state) {
  const settings = { kernel: state.kernel, rank: state.rank };
  const form = element("form", { "class": "w-body", "data-lm-suppress-shortcuts": "true" });
  const title = element("p", { class: "w-title", role: "status" });
  const found = element("dl", { class: "w-counts w-aligned" });
  const whole = drawing("svg", { class: "w-whole", role: "img" });
  const thin = drawing("svg", { class: "w-thin", role: "img" });
  const caption = element("p", { class: "w-note" });

  const parts = {
    kernel: list("kernel", Object.keys(state.kernels), (value) => {
      settings.kernel = value;
      update();
    }),
    rank: slider("rank r", 1, state.ranks, (value) => { settings.rank = value; update(); }),
  };

  function update() {
    for (const [name, part] of Object.entries(parts)) part.show(settings[name]);
    const { rank, kernel } = settings;
    const { a, b } = state.kernels[kernel];
    const [rows, columns] = [a.length, b[0].length];
    const difference = product(a, b, b.length);
    const approximation = product(a, b, rank);
    const share = kept(difference, approximation);
    const { full, thin: few } = counts(rows, columns, rank);

    // A place is kept for the widest A and the highest B, so nothing jumps; one scale for both.
    const edge = state.ranks + GAP;
    for (const [svg, left] of [[whole, edge], [thin, 0]]) {
      const width = edge - left + columns + 1;
      svg.setAttribute("viewBox", `${left - 0.5} -0.5 ${width} ${edge + rows + 1}`);
      svg.style.flex = `${width} 1 0`;
    }
    whole.replaceChildren(...cells(difference, edge, edge));
    thin.replaceChildren(
      ...cells(a.map((row) => row.slice(0, rank)), state.ranks - rank, edge),
      ...cells(b.slice(0, rank), edge, state.ranks - rank),
      ...cells(approximation, edge, edge, largest(difference)),
    );
    whole.setAttribute("aria-label", `The trained difference ΔW, ${rows} rows, ${columns} columns`);
    thin.setAttribute("aria-label",
      `A with ${rank} columns, left; B with ${rank} rows, above; their product, right`);
    caption.textContent = `Left: ΔW of ${kernel}, ${rows} × ${columns}, as full fine-tuning made it. ` +
      "Right: A, left of its product with B, which stands above. Blue is positive, orange negative.";

    title.textContent = `Rank ${rank} keeps ${percent(share)} of the energy of ΔW.`;
    const row = (name, value, words) => [
      element("dt", {}, name), element("dd", { class: "w-value" }, value),
      element("dd", { class: "w-formula" }, words)];
    found.replaceChildren(
      ...row("ΔW", written(full), `m n = ${rows} · ${columns} weights`),
      ...row("A and B", written(few), `r (m + n) = ${rank} · (${rows} + ${columns}) weights`),
      ...row("trained", percent(few / full), few < full ? "of ΔW's weights"
        : "of ΔW's weights: nothing is saved"),
      ...row("energy kept", percent(share), "1 − ‖ΔW − A B‖² / ‖ΔW‖²"),
    );
  }

  form.append(
    element("div", { class: "w-controls" }, parts.kernel.node, parts.rank.node),
    element("div", { class: "w-room w-matrices" }, whole, thin),
    caption,
    element("div", { class: "w-costs" }, title, found),
  );
  form.addEventListener("submit", (event) => event.preventDefault());
  root.append(form);
  update();
}
