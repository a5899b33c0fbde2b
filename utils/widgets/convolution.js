// Drag a kernel over an image: the sum being made, the output, and what the layer costs.
import { button, choice, drawing, element, inline, list, slider, written } from "./dom.js";

const UNIT = 40; // a cell's side in the drawings

const stroke7 = (row, column, size) =>
  (row === 1 && column >= 1 && column <= size - 2) ||
  (row > 1 && row <= size - 2 && column === size - 2 - Math.floor((row - 1) / 2));

// Pixel values by name, from row, column and input_size.
const IMAGES = {
  "vertical edge": (row, column, size) => (column < Math.floor(size / 2) ? 1 : 6),
  "diagonal line": (row, column) => Math.max(0, 8 - 4 * Math.abs(row - column)),
  "checkerboard": (row, column) => ((row + column) % 2 ? 6 : 1),
  "ramp": (row, column) => column,
  "single pixel": (row, column, size) =>
    (row === Math.floor(size / 2) && column === Math.floor(size / 2) ? 1 : 0),
  "digit 7": (row, column, size) => (stroke7(row, column, size) ? 9 : 0),
};

const KERNELS = {
  "identity": (size) => square(size, (row, column) =>
    (row === Math.floor((size - 1) / 2) && column === Math.floor((size - 1) / 2) ? 1 : 0)),
  "box blur (sum)": (size) => square(size, () => 1),
  "Sobel x": () => [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
  "Sobel y": () => [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
  "Laplacian": () => [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
};
const ONLY_3X3 = ["Sobel x", "Sobel y", "Laplacian"];

const NOTES = {
  "identity": () => "Copies the pixel under its single 1.",
  "box blur (sum)": (size) => size === 1
    ? "Adds the pixels of the window: here there is one."
    : `Adds the pixels of the window. Divide by ${size * size} for their mean.`,
  "Sobel x": () => "Right minus left: large at vertical edges, 0 where the input is flat.",
  "Sobel y": () => "Bottom minus top: large at horizontal edges, 0 where the input is flat.",
  "Laplacian": () => "Four neighbors minus four times the center: 0 on flat parts and on ramps.",
  "custom": () => "Your own weights: whole numbers from −9 to 9.",
};

function square(size, value) {
  return Array.from({ length: size }, (_, row) =>
    Array.from({ length: size }, (_, column) => value(row, column)));
}

// How windows lie along one axis, or null when the kernel does not fit.
export function geometry({ input_size, kernel_size, strides, padding, dilation_rate }) {
  const span = dilation_rate * (kernel_size - 1) + 1;
  if (padding === "valid") {
    if (span > input_size) return null;
    const output_size = Math.floor((input_size - span) / strides) + 1;
    return { span, output_size, before: 0, after: 0 };
  }
  const output_size = Math.ceil(input_size / strides);
  const zeros = Math.max((output_size - 1) * strides + span - input_size, 0);
  const before = Math.floor(zeros / 2); // an odd zero goes to the bottom and the right
  return { span, output_size, before, after: zeros - before };
}

// Output size, weights and multiply-accumulates of a Conv2D on a square input, or null.
export function count(settings) {
  const along = geometry(settings);
  if (along === null) return null;
  const { output_size } = along;
  const { kernel_size, channels, filters, use_bias = true } = settings;
  const products = kernel_size ** 2 * channels * filters;
  return {
    output_size,
    weights: products + (use_bias ? filters : 0),
    macs: output_size ** 2 * products,
  };
}

// The pixel and the weight of each product behind one output cell, row by row of the kernel.
export function taps(image, kernel, { strides, padding, dilation_rate }, row, column) {
  const corner = (size, index) => index * strides - geometry(
    { input_size: size, kernel_size: kernel.length, strides, padding, dilation_rate }).before;
  const top = corner(image.length, row);
  const left = corner(image[0].length, column);
  return kernel.map((weights, i) => weights.map((weight, j) => {
    const at = [top + i * dilation_rate, left + j * dilation_rate];
    const pixel = image[at[0]]?.[at[1]];
    return { weight, at, inside: pixel !== undefined, pixel: pixel ?? 0 };
  }));
}

// The output plane of one kernel over one image, or null when the kernel does not fit.
export function convolve(image, kernel, settings) {
  const along = (input_size) =>
    geometry({ ...settings, input_size, kernel_size: kernel.length });
  const rows = along(image.length);
  const columns = along(image[0].length);
  if (rows === null || columns === null) return null;
  return Array.from({ length: rows.output_size }, (_, row) =>
    Array.from({ length: columns.output_size }, (_, column) =>
      taps(image, kernel, settings, row, column).flat()
        .reduce((sum, { weight, pixel }) => sum + weight * pixel, 0)));
}

// A grid of numbers. describe(row, column) gives a cell's text, class, tint in percent, and
// whether it is marked.
function grid(size, describe) {
  const cells = square(size, describe);
  const longest = Math.max(...cells.flat().map((cell) => cell.text.length), 1);
  const node = drawing("svg", {
    "viewBox": `-1 -1 ${size * UNIT + 2} ${size * UNIT + 2}`,
    "font-size": Math.min(size > 12 ? 22 : 17, Math.floor(60 / longest)),
    "aria-hidden": "true",
  });
  const marks = [];
  cells.forEach((line, row) => line.forEach(({ text, kind, tint, marked }, column) => {
    const [x, y] = [column * UNIT, row * UNIT];
    const attributes = { "x": x, "y": y, "width": UNIT, "height": UNIT };
    node.append(
      drawing("rect", { ...attributes, "class": `w-cell ${kind}`, "fill-opacity": `${tint}%` }),
      drawing("text", { "x": x + UNIT / 2, "y": y + UNIT / 2 + 1, "class": kind }, text),
    );
    if (marked) {
      const inset = { "x": x + 3, "y": y + 3, "width": UNIT - 6, "height": UNIT - 6 };
      marks.push(drawing("rect", { ...inset, "class": "w-mark" }));
    }
  }));
  node.append(...marks);
  return node;
}

export function mount(root, state) {
  const settings = { ...state };
  let weights = [];
  if (Array.isArray(state.kernel)) {
    weights = state.kernel.map((line) => [...line]);
    settings.kernel = "custom";
    settings.kernel_size = weights.length;
  }

  let image, along, output, position, seen, timer;
  let whole = false;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

  // Where things go.
  const form = element("form", { "class": "w-body", "data-lm-suppress-shortcuts": "true" });
  const board = element("div", { class: "w-board" });
  const inputTitle = element("p", { class: "w-title" });
  const outputTitle = element("p", { class: "w-title" });
  const kernelTitle = element("p", { class: "w-title" });
  const sumTitle = element("p", { class: "w-title" });
  const kernelGrid = element("div", { class: "w-kernel" });
  const note = element("p", { class: "w-note" });
  const sum = element("div", { class: "w-sum" });
  const problem = element("p", { class: "w-problem", role: "status" });
  const spoken = element("p", { class: "w-spoken", "aria-live": "polite" });
  const counts = element("dl", { class: "w-counts" });
  const input = stage("Input");
  const result = stage("Output");

  // A grid with a window on it that can be dragged, or moved by keys.
  function stage(name) {
    const cursor = element("div", { class: "w-window" });
    const node = element(
      "div", { class: "w-stage", role: "application", tabindex: 0 }, drawing("svg"), cursor);
    let hold = null; // where the window is held, in cells from its corner
    let tap = false;
    const point = (event) => {
      const box = node.getBoundingClientRect();
      const cell = box.width / places().size;
      return [(event.clientY - box.top) / cell, (event.clientX - box.left) / cell];
    };
    const places = () => name === "Input"
      ? { size: settings.input_size + along.before + along.after,
          span: along.span, step: settings.strides }
      : { size: along.output_size, span: 1, step: 1 };
    const follow = (event) => {
      const { step } = places();
      move(point(event).map((at, axis) => Math.round((at - hold[axis]) / step)));
    };
    node.addEventListener("pointerdown", (event) => {
      if (along === null || event.button !== 0) return;
      const { span, step } = places();
      const corner = point(event).map((at, axis) => at - position[axis] * step);
      const inside = corner.every((at) => at >= 0 && at <= span);
      hold = inside ? corner : [span / 2, span / 2];
      // Beside the window a finger may be about to scroll the page: only a tap moves the window.
      tap = !inside && event.pointerType === "touch";
      stop();
      node.setPointerCapture(event.pointerId);
      if (!tap) follow(event);
    });
    node.addEventListener("pointermove", (event) => {
      if (hold !== null && !tap) follow(event);
    });
    node.addEventListener("pointerup", (event) => {
      if (hold !== null) follow(event);
      hold = null;
    });
    node.addEventListener("pointercancel", () => { hold = null; });
    node.addEventListener("keydown", onKey);
    return {
      node,
      draw(picture) {
        const { size, span, step } = places();
        cursor.style.setProperty("--span", span);
        cursor.style.setProperty("--row", position[0] * step);
        cursor.style.setProperty("--column", position[1] * step);
        node.style.setProperty("--size", size);
        cursor.classList.toggle("w-sparse", span > 1 && settings.dilation_rate > 1);
        node.setAttribute(
          "aria-label", `${name}, ${size} by ${size}. Arrow keys move the window.`);
        node.firstChild.replaceWith(picture);
      },
    };
  }

  function onKey(event) {
    if (along === null || event.altKey || event.metaKey) return;
    const last = along.output_size - 1;
    const [row, column] = position;
    const goal = {
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      Home: [event.ctrlKey ? 0 : row, 0],
      End: [event.ctrlKey ? last : row, last],
    }[event.key];
    if (goal === undefined) return;
    event.preventDefault();
    event.stopPropagation(); // the book turns pages on arrow keys
    stop();
    move(goal);
  }

  function move(goal) {
    const last = along.output_size - 1;
    const next = goal.map((index) => Math.min(Math.max(index, 0), last));
    if (next[0] === position[0] && next[1] === position[1]) return;
    position = next;
    seen.add(next[0] * along.output_size + next[1]);
    draw();
    if (timer === undefined) {
      const value = written(output[next[0]][next[1]]);
      spoken.textContent = `Output row ${next[0]}, column ${next[1]}: ${value}.`;
    }
  }

  function step() {
    const size = along.output_size;
    const index = position[0] * size + position[1] + 1;
    if (index === size * size) {
      seen.clear();
      position = [-1, -1];
      move([0, 0]);
    } else {
      move([Math.floor(index / size), index % size]);
    }
    return index < size * size - 1;
  }

  function stop() {
    clearInterval(timer);
    timer = undefined;
    play.textContent = "Play";
  }

  const play = button("Play", () => {
    if (timer !== undefined) return stop();
    play.textContent = "Pause";
    timer = setInterval(() => { if (!form.isConnected || !step()) stop(); }, 450);
  });
  const next = button("Step", () => { stop(); step(); });
  const all = button("Whole output", () => {
    whole = !whole;
    all.setAttribute("aria-pressed", whole);
    draw();
  });
  all.setAttribute("aria-pressed", false);
  play.hidden = still;
  const buttons = element("div", { class: "w-buttons" }, play, next, all);

  // Settings
  const change = (name) => (value) => { settings[name] = value; update(); };
  const parts = {
    image: list("input", Object.keys(IMAGES), change("image")),
    input_size: slider("`input_size`", 5, 12, change("input_size")),
    kernel: list("kernel", [...Object.keys(KERNELS), "custom"], (value) => {
      settings.kernel = value;
      if (ONLY_3X3.includes(value)) settings.kernel_size = 3;
      update();
    }),
    kernel_size: choice("kernel_size", [1, 2, 3, 5], (value) => {
      settings.kernel_size = value;
      if (ONLY_3X3.includes(settings.kernel) && value !== 3) settings.kernel = "box blur (sum)";
      update();
    }),
    strides: choice("strides", [1, 2, 3], change("strides")),
    padding: choice("padding", ["valid", "same"], change("padding")),
    dilation_rate: choice("dilation_rate", [1, 2, 3], change("dilation_rate")),
    channels: slider("input channels, C", 1, 64, change("channels")),
    filters: slider("`filters`, F", 1, 64, change("filters")),
  };

  // Everything that follows from the settings.
  function update() {
    stop();
    const size = settings.kernel_size;
    const before = weights;
    weights = settings.kernel === "custom"
      ? square(size, (row, column) => before[row]?.[column] ?? 0)
      : KERNELS[settings.kernel](size);
    for (const [name, part] of Object.entries(parts)) part.show(settings[name]);
    image = square(settings.input_size, (row, column) =>
      IMAGES[settings.image](row, column, settings.input_size));
    along = geometry(settings);
    drawKernel();
    compute();
  }

  function compute() {
    output = convolve(image, weights, settings);
    form.classList.toggle("w-unfit", output === null);
    problem.hidden = output !== null;
    for (const node of [play, next, all]) node.disabled = output === null;
    drawCounts();
    if (output === null) {
      const { kernel_size, dilation_rate, input_size } = settings;
      problem.replaceChildren(...inline(
        "The kernel does not fit: it spans " +
        `${dilation_rate} · (${kernel_size} − 1) + 1 = ${dilation_rate * (kernel_size - 1) + 1} ` +
        `pixels, the input has ${input_size}, and \`padding="valid"\` adds none. ` +
        "Choose a larger input, a smaller kernel, or `padding=\"same\"`."));
      return;
    }
    const last = along.output_size - 1;
    const middle = Math.floor(along.output_size / 2);
    position = position?.map((index) => Math.min(index, last)) ?? [middle, middle];
    const reached = position[0] * along.output_size + position[1] + 1;
    seen = new Set(Array.from({ length: reached }, (_, index) => index));
    draw();
  }

  function drawKernel() {
    const size = weights.length;
    kernelTitle.textContent = `Kernel ${size} × ${size}`;
    drawNote();
    kernelGrid.style.setProperty("--size", size);
    const held = kernelGrid.children.length === size * size;
    if (!held) {
      kernelGrid.replaceChildren(...square(size, (row, column) => {
        const field = element("input", {
          "type": "number", "min": -9, "max": 9, "step": 1,
          "aria-label": `weight, row ${row}, column ${column}`,
        });
        field.addEventListener("input", () => {
          const value = Math.round(Number(field.value) || 0);
          weights[row][column] = Math.min(Math.max(value, -9), 9);
          settings.kernel = "custom";
          parts.kernel.show("custom");
          drawNote();
          stop();
          compute();
        });
        field.addEventListener("change", () => { field.value = weights[row][column]; });
        return field;
      }).flat());
    }
    weights.flat().forEach((weight, index) => { kernelGrid.children[index].value = weight; });
  }

  function drawNote() {
    const about = NOTES[settings.kernel](settings.kernel_size);
    note.textContent = `${about} Each product is weight · pixel.`;
  }

  // Everything that follows from the window's position.
  function draw() {
    const { before, after, output_size } = along;
    const size = settings.input_size;
    const [row, column] = position;
    const terms = taps(image, weights, settings, row, column);
    const tapped = new Set(terms.flat().map(({ at }) => String(at)));
    const peak = Math.max(...image.flat());
    const highest = Math.max(...output.flat().map(Math.abs), 1);

    const picture = grid(size + before + after, (i, j) => {
      const at = [i - before, j - before];
      const marked = settings.dilation_rate > 1 && tapped.has(String(at));
      const pixel = image[at[0]]?.[at[1]];
      return pixel === undefined
        ? { text: "0", kind: "w-pad", tint: 0, marked }
        : { text: written(pixel), kind: "w-pixel", tint: Math.floor(36 * pixel / peak), marked };
    });
    const edge = { x: before * UNIT, y: before * UNIT, width: size * UNIT, height: size * UNIT };
    if (before + after) picture.append(drawing("rect", { ...edge, class: "w-edge" }));
    input.draw(picture);

    result.draw(grid(output_size, (i, j) => {
      const value = output[i][j];
      if (!whole && !seen.has(i * output_size + j)) return { text: "", kind: "w-empty", tint: 0 };
      const kind = value < 0 ? "w-negative" : "w-positive";
      return { text: written(value), kind, tint: Math.floor(45 * Math.abs(value) / highest) };
    }));

    board.style.setProperty("--columns", size + before + after);
    board.style.setProperty("--results", output_size);
    const zeros = before === after
      ? `${before} ${before === 1 ? "zero" : "zeros"} on each side`
      : `zeros: ${before} top and left, ${after} bottom and right`;
    inputTitle.replaceChildren(`Input ${size} × ${size}`,
      ...(before + after ? [element("small", {}, zeros)] : []));
    outputTitle.textContent = `Output ${output_size} × ${output_size}`;
    sumTitle.textContent = `Output row ${row}, column ${column}`;

    sum.style.setProperty("--size", terms.length);
    const products = terms.flat().map(({ weight, pixel, inside }, index) => {
      const sign = weight < 0 ? "− " : index ? "+ " : "";
      return element("span", inside ? {} : { class: "w-outside" },
        `${sign}${Math.abs(weight)}·${written(pixel)} `);
    });
    sum.replaceChildren(...products, element("strong", {}, `= ${written(output[row][column])}`));
  }

  function drawCounts() {
    const made = count({ ...settings, use_bias: true });
    const { input_size: n, kernel_size: k, strides: s, dilation_rate: d } = settings;
    const { channels: c, filters: f } = settings;
    const size = settings.padding === "same"
      ? ["⌈`input_size` / `strides`⌉", `⌈${n} / ${s}⌉`]
      : ["⌊(`input_size` − `dilation_rate` · (`kernel_size` − 1) − 1) / `strides`⌋ + 1",
        `⌊(${n} − ${d} · (${k} − 1) − 1) / ${s}⌋ + 1`];
    const rows = made === null ? [] : [
      ["output size", `${made.output_size} × ${made.output_size}`, ...size],
      ["weights", written(made.weights),
        "`kernel_size`² · C · F + F", `${k}² · ${c} · ${f} + ${f}`],
      ["MACs", written(made.macs),
        "output size² · `kernel_size`² · C · F", `${made.output_size}² · ${k}² · ${c} · ${f}`],
    ];
    counts.replaceChildren(...rows.flatMap(([name, value, formula, numbers]) => [
      element("dt", {}, name),
      element("dd", { class: "w-value" }, value),
      element("dd", { class: "w-formula" }, ...inline(formula), " ",
        element("span", {}, `= ${numbers}`)),
    ]));
    keras.hidden = !(s > 1 && d > 1);
  }

  const keras = element("p", { class: "w-note" }, ...inline(
    "Keras refuses `strides` > 1 together with `dilation_rate` > 1; PyTorch computes it."));

  const row = (...names) =>
    element("div", { class: "w-controls" }, ...names.map((name) => parts[name].node));
  const hint = element("p", { class: "w-note" },
    "Drag the window over either grid, or use the arrow keys, Home and End.");
  board.append(
    element("div", { class: "w-panel w-at-input" }, inputTitle, input.node),
    element("div", { class: "w-panel w-at-output" }, outputTitle, result.node),
    element("div", { class: "w-make" },
      element("div", { class: "w-panel" }, kernelTitle, kernelGrid),
      element("div", { class: "w-panel w-at-sum" }, sumTitle, sum),
      note),
  );
  form.append(
    row("image", "input_size", "kernel"),
    row("kernel_size", "strides", "padding", "dilation_rate"),
    problem, element("div", { class: "w-bar" }, buttons, hint),
    element("div", { class: "w-room" }, board), spoken,
    element("div", { class: "w-costs" },
      element("p", { class: "w-title" }, "What the layer costs"),
      element("p", { class: "w-note" },
        "The grids show one channel and one filter. C channels and F filters change these counts " +
        "only. Weights include one bias a filter."),
      row("channels", "filters"),
      counts, keras),
  );
  form.addEventListener("submit", (event) => event.preventDefault());
  root.append(form);
  update();
}
