// Make the two tensors addable: choose the shortcut of a residual block, level by level.
import { button, choice, element, inline } from "./dom.js";

const OPERATIONS = ["nothing", "1×1 convolution", "pooling"];
const FILTERS = [1, 32, 64, 128];
const AXES = ["height", "width", "channels"];

// Output length along one axis, or null when the window does not fit.
export function outputSize(size, window, strides, padding) {
  if (padding === "same") return Math.ceil(size / strides);
  return window > size ? null : Math.floor((size - window) / strides) + 1;
}

// Shape (height, width, channels) that a layer gives, or null when its window does not fit.
export function outputShape([height, width, channels], layer) {
  if (layer.kind === "GlobalAveragePooling2D") return [1, 1, channels];
  const window = layer.kernel_size ?? layer.pool_size;
  const map = [height, width].map((size) =>
    outputSize(size, window, layer.strides, layer.padding));
  return map.includes(null) ? null : [...map, layer.filters ?? channels];
}

// Shape of the sum of two tensors by NumPy's rule, or null where there is none.
export function broadcast(first, second) {
  const axes = Math.max(first.length, second.length);
  const [a, b] = [first, second].map((shape) => [...Array(axes - shape.length).fill(1), ...shape]);
  const fits = a.every((size, axis) => size === b[axis] || size === 1 || b[axis] === 1);
  return fits ? a.map((size, axis) => (size === 1 ? b[axis] : size)) : null;
}

// What Add does with two shapes: "equal", "broadcast" or "error".
export function outcome(first, second) {
  if (String(first) === String(second)) return "equal";
  return broadcast(first, second) === null ? "error" : "broadcast";
}

// The layers of both paths after the reader's choices.
export function paths(level, chosen) {
  if (level.answers) {
    const { main, shortcut } = level.answers[chosen.answer] ?? level;
    return { main, shortcut };
  }
  const main = level.main.map((layer, at) =>
    at === level.editable ? { ...layer, padding: chosen.main_padding } : layer);
  const { filters, strides, padding } = chosen;
  const shortcut = {
    "nothing": [],
    "1×1 convolution":
      [{ kind: "Conv2D", filters, kernel_size: 1, strides, padding: "valid" }],
    "pooling": [{ kind: "MaxPooling2D", pool_size: 2, strides: 2, padding }],
  }[chosen.operation];
  return { main, shortcut };
}

// Shapes along a path, its input included.
export function shapes(input, layers) {
  return layers.reduce((all, layer) => [...all, outputShape(all.at(-1), layer)], [input]);
}

export function mount(root, { level: first, levels }) {
  const solved = levels.map(() => false);
  const chosen = levels.map(fresh);
  let at = first - 1;

  function fresh(level) {
    return {
      operation: "nothing", filters: 32, strides: 1, padding: "valid",
      main_padding: level.main[level.editable]?.padding, answer: null,
    };
  }

  // Where things go.
  const form = element("form", { "class": "w-body", "data-lm-suppress-shortcuts": "true" });
  const tabs = levels.map((_, index) => button("", () => enter(index)));
  const score = element("p", { "class": "w-score", "aria-live": "polite" });
  const title = element("p", { class: "w-title", tabindex: -1 });
  const task = element("p");
  const input = element("p", { class: "w-box" });
  const main = element("div", { class: "w-steps" });
  const shortcut = element("div", { class: "w-steps" });
  const sum = element("div", { class: "w-box" });
  const why = element("p", { "aria-live": "polite" });
  const answers = element(
    "div", { "class": "w-answers", "role": "group", "aria-label": "Is this what you want?" });
  const next = button("Next level", () => {
    const left = unsolved();
    if (left === undefined) {
      solved.fill(false);
      levels.forEach((level, index) => { chosen[index] = fresh(level); });
    }
    enter(left ?? 0);
    title.focus();
  });

  // The first level not yet solved, from this one on.
  function unsolved() {
    return levels.map((_, index) => (at + index) % levels.length).find((index) => !solved[index]);
  }

  const change = (name) => (value) => { chosen[at][name] = value; update(); };
  const controls = {
    operation: choice("operation", OPERATIONS, change("operation"), "operation"),
    filters: choice("filters", FILTERS, change("filters")),
    strides: choice("strides", [1, 2], change("strides")),
    padding: choice("padding", ["valid", "same"], change("padding")),
    main_padding: choice(
      "padding in the main path", ["valid", "same"], change("main_padding"),
      "`padding` of the pooling"),
  };

  function enter(index) {
    at = index;
    const level = levels[at];
    title.textContent = `Level ${at + 1} of ${levels.length}: ${level.title}`;
    task.replaceChildren(...inline(level.task));
    answers.hidden = level.answers === undefined;
    answers.replaceChildren(...(level.answers ?? []).map(({ text }, answer) => {
      const node = element("button", { type: "button" },
        element("span", { "class": "w-dot", "aria-hidden": "true" }),
        element("span", {}, ...inline(text)));
      node.addEventListener("click", () => change("answer")(answer));
      return node;
    }));
    update();
  }

  function update() {
    const level = levels[at];
    const picks = chosen[at];
    const { operation } = picks;
    for (const [name, part] of Object.entries(controls)) part.show(picks[name]);
    const open = {
      operation: !level.answers,
      filters: operation === "1×1 convolution",
      strides: operation === "1×1 convolution",
      padding: operation === "pooling",
      main_padding: level.editable !== undefined,
    };
    for (const [name, part] of Object.entries(controls)) part.node.hidden = !open[name];
    [...answers.children].forEach((node, index) =>
      node.setAttribute("aria-pressed", index === picks.answer));

    const layers = paths(level, picks);
    const ends = ["main", "shortcut"].map((name) =>
      shapes(level.input_shape, layers[name]).at(-1));
    const result = outcome(...ends);
    const total = broadcast(...ends);
    const done = result === "equal" && (!level.goal || String(total) === String(level.goal));
    solved[at] ||= done;

    input.replaceChildren("Input ", element("strong", {}, tuple(level.input_shape)));
    main.replaceChildren(...steps(level.input_shape, layers.main));
    shortcut.replaceChildren(...steps(level.input_shape, layers.shortcut));
    drawSum(ends, result, total);
    explain(level, layers, ends, result, done);

    tabs.forEach((tab, index) => {
      tab.textContent = `Level ${index + 1}${solved[index] ? " ✓" : ""}`;
      tab.setAttribute(
        "aria-label", `Level ${index + 1}, ${solved[index] ? "solved" : "not solved yet"}`);
      tab.setAttribute("aria-pressed", index === at);
    });
    const count = solved.filter(Boolean).length;
    score.textContent = `${count} of ${levels.length} levels solved.`;
    next.hidden = !done;
    next.textContent = count === levels.length ? "Start again" : "Next level";
  }

  // Each layer as Keras writes it, how its output size comes about, and the shape.
  function steps(start, layers) {
    if (layers.length === 0) {
      return [
        element("p", {}, "nothing: the input as it is"),
        element("p", { class: "w-shape" }, element("strong", {}, tuple(start))),
      ];
    }
    const all = shapes(start, layers);
    return layers.flatMap((layer, index) => [
      element("p", {}, element("code", {}, keras(layer))),
      element("p", { class: "w-note" }, ...inline(working(all[index], layer))),
      element("p", { class: "w-shape" }, element("strong", {}, tuple(all[index + 1]))),
    ]);
  }

  function drawSum([a, b], result, total) {
    const rows = AXES.map((axis, index) => {
      const [left, right] = [a[index], b[index]];
      const [mark, words] = left === right ? ["✓", "equal"]
        : left === 1 || right === 1 ? ["!", `1 is repeated ${Math.max(left, right)} times`]
        : ["✗", "they differ, and neither is 1"];
      return element("p", { class: "w-axis" },
        element("span", { "class": "w-sign", "aria-hidden": "true" }, mark),
        element("span", {}, `${axis} ${left} and ${right}: ${words}`));
    });
    const gives = result === "error"
      ? [element("code", {}, "ValueError: Inputs have incompatible shapes. " +
          `Received shapes ${tuple(a)} and ${tuple(b)}`)]
      : ["gives ", element("strong", {}, tuple(total))];
    sum.replaceChildren(
      element("p", { class: "w-title" },
        element("code", {}, "Add()"), ` of ${tuple(a)} and ${tuple(b)}`),
      ...rows, element("p", { class: "w-gives" }, ...gives));
  }

  function explain(level, layers, ends, result, done) {
    const answer = level.answers?.[chosen[at].answer];
    const [heading, text] = done ? ["Solved.", answer?.why ?? level.lesson]
      : answer ? ["Not what is wanted.", answer.why]
      : result === "broadcast" ? ["Add runs, but broadcasts.", level.broadcast ?? repeated(ends)]
      : ["Add fails.", hint(level, layers, ends)];
    why.className = `w-why ${done ? "w-right" : "w-wrong"}`;
    why.replaceChildren(element("strong", {}, `${heading} `), ...inline(text));
  }

  form.append(
    element("div", { class: "w-buttons" }, ...tabs, score),
    element("div", { class: "w-level" }, title, task),
    input,
    element("div", { class: "w-paths" },
      element("div", { class: "w-box" },
        element("p", { class: "w-title" }, "Main path"),
        element("div", { class: "w-controls" }, controls.main_padding.node), main),
      element("div", { class: "w-box" },
        element("p", { class: "w-title" }, "Shortcut"),
        element("div", { class: "w-controls" },
          ...["operation", "filters", "strides", "padding"].map((name) => controls[name].node)),
        shortcut)),
    sum, answers, why,
    element("div", { class: "w-end" }, next),
  );
  form.addEventListener("submit", (event) => event.preventDefault());
  root.append(form);
  enter(at);
}

function tuple(shape) {
  return `(${shape.join(", ")})`;
}

// A layer as it stands in a program. Defaults of Keras are left out, but the padding of a pooling.
function keras({ kind, filters, kernel_size, strides, pool_size, padding }) {
  const named = (name, value) => `, ${name}=${value}`;
  if (kind === "Conv2D") {
    return `Conv2D(${filters}, ${kernel_size}${strides > 1 ? named("strides", strides) : ""}${
      padding === "same" ? named("padding", '"same"') : ""})`;
  }
  return kind === "MaxPooling2D"
    ? `MaxPooling2D(${pool_size}${named("padding", `"${padding}"`)})`
    : `${kind}(keepdims=True)`;
}

// How the output size of a layer comes about.
function working([size, , channels], { kind, filters, kernel_size, pool_size, strides, padding }) {
  if (kind === "GlobalAveragePooling2D") return "one number a plane: the mean over all its places";
  const window = kernel_size ?? pool_size;
  const along = padding === "same"
    ? `⌈${size} / ${strides}⌉`
    : `⌊(${size} − ${window}) / ${strides}⌋ + 1`;
  const planes = filters === undefined
    ? `channels stay ${channels}`
    : `${filters} ${filters === 1 ? "filter" : "filters"}`;
  return `${along} = ${outputSize(size, window, strides, padding)}, ${planes}`;
}

// Why the shapes differ, for the choices that were made.
function hint({ input_shape: [size, , planes] }, { shortcut }, [a, b]) {
  const [layer] = shortcut;
  const said = [];
  if (a[2] !== b[2]) {
    said.push(layer === undefined ? `Without a layer, the shortcut keeps its ${planes} channels.`
      : layer.filters === undefined ? `Pooling works plane by plane: ${planes} channels stay.`
      : "The number of filters sets the number of channels.");
  }
  if (Math.abs(a[0] - b[0]) === 1) {
    said.push(`${size} / 2 is not whole: one path rounds down, the other up. ` +
      "`padding=\"valid\"` rounds down; `padding=\"same\"` rounds up, and so does a 1×1 " +
      "convolution with `strides=2`.");
  } else if (a[0] < b[0]) {
    said.push(`The main path shrinks the map to ${a[0]}; the shortcut leaves it at ${b[0]}.`);
  } else if (a[0] > b[0]) {
    said.push(`The shortcut shrinks the map to ${b[0]}; the main path leaves it at ${a[0]}.`);
  }
  return said.join(" ");
}

// What is silently repeated.
function repeated([a, b]) {
  const planes = Math.max(a[2], b[2]);
  return `The one plane of the shortcut is added to all ${planes} planes. No error says so, and ` +
    "the planes get no shortcut of their own.";
}
