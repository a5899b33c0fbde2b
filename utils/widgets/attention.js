// Attention of one sentence: choose a token, and see how much it takes from each of the others.
import { choice, drawing, element, list } from "./dom.js";

const CELL = 20; // of the map of all weights

const dot = (a, b) => a.reduce((sum, value, index) => sum + value * b[index], 0);

// The score of a query with each key.
export function scores(query, keys, kind) {
  return keys.map((key) => {
    const product = dot(query, key);
    if (kind === "dot") return product;
    if (kind === "cosine") return product / Math.sqrt(dot(query, query) * dot(key, key));
    return product / Math.sqrt(key.length);
  });
}

// Whether the token at one place may look at the token at another.
export function allowed(mask, asking, asked, length) {
  if (mask === "padding") return asked < length;
  return mask === "none" || asked <= asking;
}

// Softmax over the scores that may be seen; the others get the weight 0.
export function weights(values, seen) {
  const largest = Math.max(...values.filter((_, index) => seen[index]));
  const powers = values.map((value, index) => (seen[index] ? Math.exp(value - largest) : 0));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

// The weights of every token (rows) for every token (columns).
export function table(state) {
  const { queries, keys } = state.heads[state.head];
  return queries.map((query, asking) => weights(
    scores(query, keys, state.score),
    keys.map((_, asked) => allowed(state.mask, asking, asked, state.length))));
}

export function mount(root, state) {
  const settings = { ...state };
  const { tokens } = state;

  const form = element("form", { "class": "w-body", "data-lm-suppress-shortcuts": "true" });
  const title = element("p", { class: "w-title", role: "status" });
  const rows = element("div", { class: "w-tokens", role: "radiogroup", "aria-label": "token" });
  const map = drawing("svg", {
    class: "w-heat", role: "img", viewBox: `0 0 ${CELL * tokens.length} ${CELL * tokens.length}` });
  const change = (name) => (value) => { settings[name] = value; update(); };
  const parts = {
    head: list("head", Object.keys(state.heads), change("head")),
    score: choice("score", ["scaled dot", "dot", "cosine"], change("score"), "score"),
    mask: choice("mask", ["none", "padding", "causal"], change("mask"), "mask"),
  };

  const inputs = [];
  const bars = [];
  const numbers = [];
  tokens.forEach((token, index) => {
    const input = element("input", {
      "type": "radio", "name": "token", "value": index, "aria-label": `${index + 1}: ${token}` });
    input.addEventListener("change", () => change("token")(index));
    const bar = element("span", { class: "w-share" });
    const number = element("output", {});
    rows.append(element("label", { class: "w-token" }, input, element("span", {}, token),
      element("span", { class: "w-track" }, bar), number));
    inputs.push(input);
    bars.push(bar);
    numbers.push(number);
  });

  function update() {
    for (const [name, part] of Object.entries(parts)) part.show(settings[name]);
    const all = table(settings);
    const own = all[settings.token];
    own.forEach((share, index) => {
      inputs[index].checked = index === settings.token;
      bars[index].style.width = `${100 * share}%`;
      numbers[index].textContent = `${(100 * share).toFixed(1)} %`;
    });
    const most = own.indexOf(Math.max(...own));
    title.textContent = `“${tokens[settings.token]}” looks most at “${tokens[most]}”: ` +
      `${(100 * own[most]).toFixed(1)} %`;
    map.replaceChildren(
      ...all.flatMap((row, y) => row.map((share, x) => drawing("rect", {
        "class": "w-weight", "x": CELL * x, "y": CELL * y, "width": CELL, "height": CELL,
        "fill-opacity": share }))),
      drawing("rect", { class: "w-edge", x: 0, y: 0,
        width: CELL * tokens.length, height: CELL * tokens.length }),
      drawing("rect", { class: "w-mark", x: 0, y: CELL * settings.token,
        width: CELL * tokens.length, height: CELL }));
    map.setAttribute("aria-label", `${settings.head}: the weights of all ${tokens.length} tokens, ` +
      "a row for each token that looks, a column for each that is looked at");
  }

  form.append(
    element("div", { class: "w-controls" }, parts.head.node, parts.score.node, parts.mask.node),
    element("div", { class: "w-room w-attention" }, rows,
      element("div", { class: "w-map" }, map, element("p", { class: "w-note" },
        "All tokens: a row looks at the columns."))),
    title,
  );
  form.addEventListener("submit", (event) => event.preventDefault());
  root.append(form);
  update();
}
