// What may come next: choose a place in a text, and see which tokens temperature, top-k and top-p
// leave, and with what probability.
import { choice, drawing, element, ladder, list } from "./dom.js";

const TEMPERATURES = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2];
const TOP_K = [1, 2, 5, 10, 40, 100];
const TOP_P = [0.5, 0.8, 0.9, 0.95];
const SCALES = [0.05, 0.1, 0.2, 0.5, 1]; // probabilities that a bar of full width may stand for

// 16-bit thousandths in base64, as numbers.
export function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return Array.from(new Int16Array(bytes.buffer), (value) => value / 1000);
}

export function softmax(logits, temperature) {
  const highest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp((logit - highest) / temperature));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

// In bits; a token without any probability adds nothing.
export function entropy(p) {
  return p.reduce((sum, share) => (share > 0 ? sum - share * Math.log2(share) : sum), 0);
}

// Indices, the most probable first; of equal ones the first.
export function order(p) {
  return p.map((_, index) => index).sort((a, b) => p[b] - p[a]);
}

// The others get 0, and what is kept is divided by its sum.
function only(p, kept) {
  const sum = kept.reduce((total, index) => total + p[index], 0);
  const found = p.map(() => 0);
  for (const index of kept) found[index] = p[index] / sum;
  return found;
}

// The k most probable ones.
export function topK(p, k) {
  return only(p, order(p).slice(0, k));
}

// The fewest that have together at least this mass.
export function topP(p, mass) {
  let sum = 0;
  return only(p, order(p).filter((index) => {
    sum += p[index];
    return sum - p[index] < mass;
  }));
}

// Temperature, then top-k, then top-p; null leaves a cut out.
export function cut(logits, { temperature, top_k: k, top_p: mass }) {
  const before = softmax(logits, temperature);
  const some = k === null ? before : topK(before, k);
  return { before, after: mass === null ? some : topP(some, mass) };
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;
const left = (share) => (share > 0 ? percent(share) : "dropped");

export function mount(root, state) {
  const settings = { ...state };
  const places = state.places.map((place) => ({ ...place, logits: unpack(place.logits) }));
  const texts = places.map((place) => place.text);

  const form = element("form", {
    "class": "w-body w-sampling", "data-lm-suppress-shortcuts": "true" });
  const title = element("p", { class: "w-title", role: "status" });
  const table = element("div", { class: "w-room", role: "table", "aria-label": "next token" });
  const change = (name) => (value) => {
    settings[name] = value === "off" ? null : value;
    update();
  };
  const parts = {
    place: list("place", texts, (text) => change("place")(texts.indexOf(text))),
    temperature: ladder("temperature", TEMPERATURES, change("temperature")),
    top_k: choice("top-k", ["off", ...TOP_K], change("top_k"), "top-k"),
    top_p: choice("top-p", ["off", ...TOP_P], change("top_p"), "top-p"),
  };

  // A row of the table: a name, something to look at, and two numbers.
  function row(kind, role, name, middle, before, after) {
    return element("div", { class: `w-next ${kind}`, role: "row" },
      element("span", { class: "w-name", role: role ?? "rowheader" }, name),
      element("span", { "class": "w-track", "aria-hidden": "true" }, ...middle),
      element("span", { role: role ?? "cell" }, before),
      element("span", { role: role ?? "cell" }, after));
  }

  function update() {
    const { logits, text, tokens } = places[settings.place];
    for (const name of ["temperature", "top_k", "top_p"]) parts[name].show(settings[name] ?? "off");
    parts.place.show(text);
    const { before, after } = cut(logits, settings);
    const kept = after.filter((share) => share > 0).length;
    const mass = before.reduce((sum, share, index) => (after[index] > 0 ? sum + share : sum), 0);
    const ranked = order(before);
    const [best, others] = [ranked.slice(0, tokens.length), ranked.slice(tokens.length)];
    const highest = Math.max(...before, ...after);
    const scale = SCALES.find((size) => size >= highest);
    const bar = (name, share) => drawing("rect", {
      class: name, width: `${100 * share / scale}%`, height: "100%" });
    const together = (p) => others.reduce((sum, index) => sum + p[index], 0);
    const more = others.filter((index) => after[index] > 0).length;

    title.textContent = `Kept: ${kept} of ${logits.length} tokens, with ${percent(mass)} of the ` +
      `probability. Entropy: ${entropy(after).toFixed(2)} bits, ` +
      `${entropy(before).toFixed(2)} before.`;
    table.replaceChildren(
      row("w-head", "columnheader", "next", [
        element("span", {}, "0"), element("span", {}, `${100 * scale} %`)], "before", "after"),
      ...tokens.map((token, rank) => {
        const [was, is] = [before[best[rank]], after[best[rank]]];
        const bars = drawing("svg", {}, bar("w-bar1", is), bar("w-before", was));
        return row(is > 0 ? "" : "w-dropped", null, token, [bars], percent(was), left(is));
      }),
      row("w-rest", null, `${others.length} others`, [`${more} kept`], percent(together(before)),
        left(together(after))));
  }

  form.append(
    element("div", { class: "w-controls" }, parts.place.node, parts.temperature.node,
      parts.top_k.node, parts.top_p.node),
    table,
    title,
    element("p", { class: "w-note" }, "Temperature first, then top-k, then top-p of what is left, " +
      "as in the library transformers. Outline: before the cuts, at this temperature. " +
      "Bar: after them, divided by their sum. ␣ is a blank, ↵ a line break."),
  );
  form.addEventListener("submit", (event) => event.preventDefault());
  root.append(form);
  update();
}
