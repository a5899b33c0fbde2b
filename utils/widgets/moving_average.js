// The exponential moving average: choose beta and the start, walk through the exams, and see how
// much each of them counts.
import { choice, drawing, element, ladder, list, slider, written } from "./dom.js";

const BETAS = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1];
const WIDTH = 600; // of the drawing, as are the next lines
const LEFT = 34;
const TOP = 12;
const PLOT = 190; // height of the curve's part
const GAP = 34;
const BARS = 80; // height of the bars' part

// The average after each value. `correct` divides by 1 − βᵗ, which takes out a start at 0.
export function averages(values, beta, start, correct = false) {
  let average = start;
  return values.map((value, index) => {
    average = beta * average + (1 - beta) * value;
    return correct ? average / (1 - beta ** (index + 1)) : average;
  });
}

// How much the start and each of the first `steps` values count, the start first.
export function weights(beta, steps, correct = false) {
  const all = Array.from({ length: steps }, (_, index) => (1 - beta) * beta ** (steps - 1 - index));
  if (correct) return [0, ...all.map((weight) => weight / (1 - beta ** steps))];
  return [beta ** steps, ...all];
}

// Root of the mean squared distance from the averages to the true level.
export function distance(found, truth) {
  const squares = found.map((value, index) => (value - truth[index]) ** 2);
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
}

const short = (value, digits = 2) => written(Number(value.toFixed(digits)) || 0);

export function mount(root, state) {
  const settings = { series: state.series, beta: state.beta, start: state.start, correct: false };
  let at = state.at;

  const form = element("form", { "class": "w-body", "data-lm-suppress-shortcuts": "true" });
  const picture = drawing("svg", { class: "w-average", role: "img" });
  const note = element("p", { class: "w-note" });
  const title = element("p", { class: "w-title", role: "status" });
  const counts = element("dl", { class: "w-counts w-aligned" });
  const series = () => state.sets[settings.series];

  const parts = {
    series: list("student", Object.keys(state.sets), (value) => {
      settings.series = value;
      rebuildSteps();
      update();
    }),
    beta: ladder("β", BETAS, (value) => { settings.beta = value; update(); }),
    start: slider("expected at first", 0, 100, (value) => {
      settings.start = value;
      settings.correct = false;
      update();
    }),
    correct: choice("divide by 1 − βᵗ", ["no", "yes"], (value) => {
      settings.correct = value === "yes";
      if (settings.correct) settings.start = 0;
      update();
    }, "divide by 1 − βᵗ"),
  };
  let steps;
  const stepsPlace = element("div", {});
  function rebuildSteps() {
    const last = series().values.length;
    steps = slider("exams so far, t", 1, last, (value) => { at = value; update(); });
    at = Math.min(at, last);
    stepsPlace.replaceChildren(steps.node);
  }

  function update() {
    for (const [name, part] of Object.entries(parts)) {
      part.show(name === "correct" ? (settings.correct ? "yes" : "no") : settings[name]);
    }
    steps.show(at);
    const { values, truth } = series();
    const { beta, start, correct } = settings;
    const found = averages(values, beta, start, correct);
    const shares = weights(beta, at, correct);
    const unknown = correct && beta === 1;
    draw(values, truth, unknown ? null : found, unknown ? null : shares);

    const plain = averages(values, beta, start);
    const before = at === 1 ? start : plain[at - 2];
    const sum = `${short(beta)} · ${short(before)} + ${short(1 - beta)} · ${values[at - 1]}`;
    title.textContent = unknown
      ? "With β = 1 nothing was ever added: 0 / 0."
      : `After exam ${at}: ${short(found[at - 1])}`;
    const divided = `(${sum}) / (1 − ${short(beta)}${at === 1 ? "" : ` to the power ${at}`})`;
    const row = (name, value, words) => [
      element("dt", {}, name), element("dd", { class: "w-value" }, value),
      element("dd", { class: "w-formula" }, words)];
    counts.replaceChildren(
      ...row("average", unknown ? "–" : short(found[at - 1]), correct ? divided : sum),
      ...row("the start counts", unknown ? "–" : `${short(100 * shares[0], 1)} %`,
        correct ? "it was 0, and is divided out" : "β to the power t"),
      ...row("latest counts", unknown ? "–" : `${short(100 * shares[at], 1)} %`,
        correct ? "(1 − β) / (1 − βᵗ)" : "1 − β"),
      ...row("off by", unknown ? "–" : short(distance(found, truth), 1),
        `from the dashed level, over all ${values.length} exams (root mean square)`),
    );
    note.textContent = series().words;
  }

  function draw(values, truth, found, shares) {
    // On a narrow page the drawing shrinks; its texts do not.
    const zoom = WIDTH / (picture.clientWidth || WIDTH);
    const grow = Math.max(1, 0.8 * zoom);
    const left = LEFT * Math.max(1, zoom);
    const step = (WIDTH - left - 8) / (values.length + 1);
    const x = (index) => left + (index + 0.5) * step; // index 0 is the start
    const y = (value) => TOP + PLOT * grow * (1 - value / 100);
    const bars = BARS * grow;
    const base = TOP + PLOT * grow + GAP * grow + bars;
    const height = base + 4;
    picture.setAttribute("viewBox", `0 0 ${WIDTH} ${height}`);
    const text = (cx, cy, words, anchor = "end") => drawing("text",
      { "x": cx, "y": cy, "font-size": 13 * zoom, "text-anchor": anchor }, words);
    const nodes = [0, 50, 100].flatMap((value) => [
      drawing("path", { class: "w-rule", d: `M${left} ${y(value)}H${WIDTH}` }),
      text(left - 6, y(value) + 4 * zoom, value)]);
    nodes.push(drawing("path", { class: "w-truth", d: truth.map((value, index) =>
      `${index === 0 ? "M" : "L"}${x(index + 1) - step / 2} ${y(value)}H${
        x(index + 1) + step / 2}`).join("") }));
    const radius = Math.min(5, 0.4 * step) * grow;
    values.forEach((value, index) => nodes.push(drawing("circle", {
      class: index < at ? "w-seen" : "w-later", cx: x(index + 1), cy: y(value), r: radius })));
    if (found !== null) {
      const points = [settings.start, ...found.slice(0, at)];
      nodes.push(drawing("path", { class: "w-line", d: points.map((value, index) =>
        `${index === 0 ? "M" : "L"}${x(index)} ${y(value)}`).join("") }));
      nodes.push(drawing("circle", {
        class: "w-now", cx: x(at), cy: y(found[at - 1]), r: radius + 2 }));
      const highest = Math.max(...shares);
      shares.forEach((share, index) => nodes.push(drawing("rect", {
        class: index === 0 ? "w-bar0" : "w-bar1", x: x(index) - 0.4 * step,
        y: base - bars * share / highest, width: 0.8 * step, height: bars * share / highest })));
    }
    nodes.push(drawing("path", { class: "w-rule", d: `M${left} ${base}H${WIDTH}` }));
    nodes.push(text(left, base - bars - 8, "how much the start (orange) and each exam count", "start"));
    picture.replaceChildren(...nodes);
    picture.setAttribute("aria-label", `${settings.series}: exams as dots, their moving average as ` +
      "a line, and bars that say how much the start and each exam count");
  }

  form.append(
    element("div", { class: "w-controls" }, parts.series.node, parts.beta.node, stepsPlace),
    element("div", { class: "w-controls" }, parts.start.node, parts.correct.node),
    element("div", { class: "w-room" }, picture, note),
    title,
    element("div", { class: "w-costs" }, counts),
  );
  form.addEventListener("submit", (event) => event.preventDefault());
  root.append(form);
  rebuildSteps();
  new ResizeObserver(() => update()).observe(picture);
  update();
}
