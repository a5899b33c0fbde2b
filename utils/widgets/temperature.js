// Softmax at a temperature: choose a picture's logits or set them, warm them up, and see which
// probabilities a student would learn from, beside the one-hot target.
import { drawing, element, ladder, list, slider, written } from "./dom.js";

const TEMPERATURES = [0.2, 0.5, 1, 1.5, 2, 3, 4, 5, 8, 10, 20, 50, 100];
const LIMIT = 12; // of a logit, up and down
const WIDTH = 600; // of the drawing, as are the next lines
const TOP = 30;
const PLOT = 170;

export function softmax(logits, temperature) {
  const highest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp((logit - highest) / temperature));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

// In nats; a class without any probability adds nothing.
export function entropy(probabilities) {
  return probabilities.reduce((sum, p) => (p > 0 ? sum - p * Math.log(p) : sum), 0);
}

// A probability: percent with one digit, or a power of ten where that would be 0.0.
export function percent(share) {
  if (share >= 0.0005) return `${(100 * share).toFixed(1)} %`;
  const [mantissa, exponent] = share.toExponential(0).split("e");
  const raised = exponent.replace("+", "").replace(/./g, (sign) =>
    (sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(sign)]));
  return `${mantissa}·10${raised}`;
}

export function mount(root, state) {
  const { classes, pictures } = state;
  let logits = [...pictures[state.picture].logits];
  let label = pictures[state.picture].label;
  let temperature = state.temperature;
  const own = "your own";

  const form = element("form", { "class": "w-body", "data-lm-suppress-shortcuts": "true" });
  const picture = drawing("svg", { class: "w-average w-softmax", role: "img" });
  const note = element("p", { class: "w-note" },
    "Made-up logits. Bars: softmax at T. Dashed: the one-hot target.");
  const title = element("p", { class: "w-title", role: "status" });
  const counts = element("dl", { class: "w-counts w-aligned" });

  const source = list("picture", [...Object.keys(pictures), own], (value) => {
    if (value !== own) {
      logits = [...pictures[value].logits];
      label = pictures[value].label;
    }
    update();
  });
  const target = list("true class", classes, (value) => { label = value; update(); });
  const warmth = ladder("temperature T", TEMPERATURES, (value) => {
    temperature = value;
    update();
  });
  const scores = classes.map((name, index) => slider(`logit of ${name}`, -LIMIT, LIMIT, (value) => {
    logits[index] = value;
    update();
  }));

  // The picture whose logits and label these are, if there is one.
  function named() {
    const same = ([, known]) => known.label === label &&
      known.logits.every((logit, index) => logit === logits[index]);
    return Object.entries(pictures).find(same)?.[0] ?? own;
  }

  function update() {
    source.show(named());
    target.show(label);
    warmth.show(temperature);
    scores.forEach((score, index) => {
      score.show(logits[index]);
      score.node.querySelector("output").textContent = written(logits[index]);
    });
    const p = softmax(logits, temperature);
    draw(p);
    const at = classes.indexOf(label);
    const order = classes.map((_, index) => index).sort((a, b) => logits[b] - logits[a]);
    const [first, second] = order;
    const ratio = Math.exp((logits[first] - logits[second]) / temperature);
    const large = ratio >= 1e5 ? ratio.toExponential(1).replace("e+", " · 10^") : null;
    title.textContent = `T = ${temperature}: ${label} gets ${percent(p[at])}`;
    const row = (name, value, words) => [
      element("dt", {}, name), element("dd", { class: "w-value" }, value),
      element("dd", { class: "w-formula" }, words)];
    counts.replaceChildren(
      ...row("entropy", `${entropy(p).toFixed(2)} nats`,
        `0 if one class has it all, log ${classes.length} = ${
          Math.log(classes.length).toFixed(2)} if all have the same`),
      ...row("−log p", (Math.max(0, -Math.log(p[at]))).toFixed(2),
        `cross-entropy of the one-hot target, ${label}`),
      ...row("1st : 2nd", large ?? written(Number(ratio.toPrecision(3))),
        `exp((${written(logits[first])} − ${
          logits[second] < 0 ? `(${written(logits[second])})` : written(logits[second])
        }) / ${temperature}), ${classes[first]} to ${classes[second]}`),
    );
  }

  function draw(p) {
    // On a narrow page the drawing shrinks; its texts do not.
    const zoom = WIDTH / (picture.clientWidth || WIDTH);
    const grow = Math.max(1, 0.8 * zoom);
    const top = TOP * zoom;
    const base = top + PLOT * grow;
    const step = WIDTH / p.length;
    const nodes = [drawing("path", { class: "w-rule", d: `M0 ${base}H${WIDTH}` })];
    p.forEach((share, index) => {
      const place = { x: (index + 0.2) * step, width: 0.6 * step };
      const height = PLOT * grow * share;
      nodes.push(drawing("rect", { class: "w-bar1", ...place, y: base - height, height }));
      if (classes[index] === label) {
        nodes.push(drawing("rect", { class: "w-target", ...place, y: top, height: PLOT * grow }));
      }
      const text = (y, words, size) => drawing("text", {
        "x": (index + 0.5) * step, y, "font-size": size * zoom, "text-anchor": "middle" }, words);
      nodes.push(text(base - height - 5 * zoom, percent(share), 12.5));
      nodes.push(text(base + 16 * zoom, classes[index], 12.5));
    });
    picture.setAttribute("viewBox", `0 0 ${WIDTH} ${base + 22 * zoom}`);
    picture.replaceChildren(...nodes);
    picture.setAttribute("aria-label", `Probabilities at temperature ${temperature}: ${
      classes.map((name, index) => `${name} ${percent(p[index])}`).join(", ")}. Dashed: the ` +
      `one-hot target, ${label}`);
  }

  form.append(
    element("div", { class: "w-controls" }, source.node, target.node, warmth.node),
    element("div", { class: "w-room" }, picture, note),
    title,
    element("div", { class: "w-costs" }, counts),
    element("div", { class: "w-controls w-logits" }, ...scores.map((score) => score.node)),
  );
  form.addEventListener("submit", (event) => event.preventDefault());
  root.append(form);
  new ResizeObserver(() => update()).observe(picture);
  update();
}
