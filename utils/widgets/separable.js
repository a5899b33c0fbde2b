// Ordinary against depthwise separable convolution: weights drawn to scale, and what each costs.
import { button, choice, drawing, element, inline, ladder, written } from "./dom.js";

const CHANNELS = [1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512];
const MAP_SIZES = [7, 14, 28, 56, 112];
const PRESETS = {
  "4 → 4": [4, 4], "64 → 64": [64, 64], "RGB → 32": [3, 32], "512 → 512": [512, 512],
};

const SIDE = 180; // of the ordinary convolution's square in the drawing

// Weights and multiply-accumulates without biases, the output map being as large as the input's.
export function count({ channels, filters, kernel_size, map_size }) {
  const cost = (weights) => ({ weights, macs: map_size ** 2 * weights });
  const depthwise = kernel_size ** 2 * channels;
  const pointwise = channels * filters;
  return {
    ordinary: cost(depthwise * filters),
    depthwise: cost(depthwise),
    pointwise: cost(pointwise),
    separable: cost(depthwise + pointwise),
  };
}

// Separable weights divided by ordinary ones; MACs have the same ratio.
export function ratio({ filters, kernel_size }) {
  return 1 / filters + 1 / kernel_size ** 2;
}

// Width and height of each block, the ordinary one being a square of side 1. It is k × k tiles,
// one for each place of the kernel, and the pointwise block is one such tile.
export function blocks({ filters, kernel_size }) {
  const tile = 1 / kernel_size;
  return {
    ordinary: [1, 1],
    depthwise: filters < kernel_size ? [1 / filters, 1] : [tile, kernel_size / filters],
    pointwise: [tile, tile],
  };
}

// What the comparison comes to, in words.
export function verdict({ filters, kernel_size }) {
  const k = kernel_size;
  if (k === 1) {
    return "Separable costs more here. A 1×1 kernel does not look around, so the depthwise part " +
      "only scales each plane, and the 1×1 part could do that alone.";
  }
  if (filters === 1) {
    return "Separable costs more here. One ordinary filter already has one small kernel for each " +
      "plane and adds the results. The 1×1 part comes on top, and there are no further filters " +
      "to share the depthwise part.";
  }
  const times = (1 / ratio({ filters, kernel_size })).toFixed(1);
  const share = Math.round(100 * filters / (filters + k * k));
  const part = share > 50
    ? `The 1×1 part holds ${share} % of its weights.`
    : `The depthwise part holds ${100 - share} % of its weights: few filters share it.`;
  return `Separable needs ${times} times fewer weights and MACs. ${part} ` +
    `More filters bring it closer to ${k}² = ${k * k} times fewer, and never there.`;
}

export function mount(root, state) {
  const settings = { ...state };
  const form = element("form", { "class": "w-body", "data-lm-suppress-shortcuts": "true" });
  const picture = element("div", { class: "w-blocks" });
  const summary = element("p", { "aria-live": "polite" });
  const rgb = element("p", { class: "w-note" },
    "Three channels, as in an RGB image: the saving is there, yet the first layer is usually an " +
    "ordinary convolution, because the three planes are strongly correlated.");
  const weights = element("dl", { class: "w-counts w-aligned" });
  const macs = element("dl", { class: "w-counts w-aligned" });

  const change = (name) => (value) => { settings[name] = value; update(); };
  const parts = {
    channels: ladder("input channels, C", CHANNELS, change("channels")),
    filters: ladder("`filters`, F", CHANNELS, change("filters")),
    kernel_size: choice("kernel_size", [1, 3, 5, 7], change("kernel_size"), "`kernel_size`, k"),
    map_size: ladder("map height and width, H", MAP_SIZES, change("map_size")),
  };
  const presets = Object.entries(PRESETS).map(([label, [channels, filters]]) => {
    const node = button(label, () => {
      Object.assign(settings, { channels, filters, kernel_size: 3 });
      update();
    });
    const pressed = () => channels === settings.channels && filters === settings.filters &&
      settings.kernel_size === 3;
    return { node, show: () => node.setAttribute("aria-pressed", pressed()) };
  });

  function update() {
    for (const [name, part] of Object.entries(parts)) part.show(settings[name]);
    for (const preset of presets) preset.show();
    draw();
    const made = count(settings);
    const { channels: c, filters: f, kernel_size: k, map_size: h } = settings;
    const part = `${written(made.separable.weights)} / ${written(made.ordinary.weights)}`;
    write(weights, [
      ["ordinary", made.ordinary.weights, "k² · C · F", `${k}² · ${c} · ${f}`],
      ["depthwise", made.depthwise.weights, "k² · C", `${k}² · ${c}`],
      ["pointwise, 1×1", made.pointwise.weights, "C · F", `${c} · ${f}`],
      ["separable", made.separable.weights, "k² · C + C · F", `${k}² · ${c} + ${c} · ${f}`],
      ["ratio", ratio(settings), `separable / ordinary = ${part}`, `1/F + 1/k² = 1/${f} + 1/${k}²`],
    ]);
    write(macs, [
      ["ordinary", made.ordinary.macs, "H² · k² · C · F", `${h}² · ${k}² · ${c} · ${f}`],
      ["depthwise", made.depthwise.macs, "H² · k² · C", `${h}² · ${k}² · ${c}`],
      ["pointwise, 1×1", made.pointwise.macs, "H² · C · F", `${h}² · ${c} · ${f}`],
      ["separable", made.separable.macs, "H² · (k² · C + C · F)",
        `${h}² · (${k}² · ${c} + ${c} · ${f})`],
    ]);
    summary.textContent = verdict(settings);
    rgb.hidden = c !== 3;
  }

  function write(node, rows) {
    node.replaceChildren(...rows.flatMap(([name, value, formula, numbers]) => [
      element("dt", {}, name),
      element("dd", { class: "w-value" },
        Number.isInteger(value) ? written(value) : value.toFixed(3)),
      element("dd", { class: "w-formula" }, formula, " ", element("span", {}, `= ${numbers}`)),
    ]));
  }

  function draw() {
    const made = count(settings);
    const sizes = blocks(settings);
    const k = settings.kernel_size;
    const shown = (part) => `${written(made[part].weights)} ${
      made[part].weights === 1 ? "weight" : "weights"}`;
    const block = (part, name, caption) => {
      const [width, height] = sizes[part].map((length) => length * SIDE);
      const lines = Array.from({ length: part === "ordinary" ? k - 1 : 0 }, (_, index) => {
        const at = (index + 1) * SIDE / k;
        return `M${at} 0v${SIDE}M0 ${at}h${SIDE}`;
      });
      return element("div", { class: `w-block w-${part}` },
        element("p", { class: "w-title" }, name, element("small", {}, shown(part))),
        drawing("svg", { "viewBox": `-2 -2 ${SIDE + 4} ${SIDE + 4}`, "aria-hidden": "true" },
          drawing("rect", { class: "w-ghost", x: -1, y: -1, width: SIDE + 2, height: SIDE + 2 }),
          drawing("rect", { class: "w-fill", width, height }),
          drawing("path", { class: "w-tiles", d: lines.join("") })),
        element("p", { class: "w-note" }, caption));
    };
    picture.replaceChildren(
      block("ordinary", `Ordinary ${k}×${k}`, k === 1
        ? "One tile of C · F weights."
        : `k² = ${k * k} tiles of C · F weights, one for each place of the kernel.`),
      block("depthwise", `Depthwise ${k}×${k}`, "One small kernel a plane, once for all filters."),
      block("pointwise", "Pointwise 1×1", "One tile of C · F weights."),
    );
  }

  form.append(
    element("div", { class: "w-buttons" }, ...presets.map(({ node }) => node)),
    element("div", { class: "w-controls" }, 
      ...["channels", "filters", "kernel_size"].map((name) => parts[name].node)),
    element("div", { class: "w-room" }, picture,
      element("p", { class: "w-note" },
        "Areas are to scale: equal areas hold equally many weights. " +
        "The dashed square is the ordinary convolution.")),
    summary, rgb,
    element("div", { class: "w-costs" },
      element("p", { class: "w-title" }, "Weights"), weights),
    element("div", { class: "w-costs" },
      element("p", { class: "w-title" }, "MACs"),
      element("div", { class: "w-controls" }, parts.map_size.node), macs,
      element("p", { class: "w-note" }, ...inline(
        "No bias, `strides=1`, `padding=\"same\"`: each weight is used once at each of the H² " +
        "places, so the MACs have the ratio of the weights. Fewer MACs is not as many times " +
        "faster: section 3.4 measures the time."))),
  );
  form.addEventListener("submit", (event) => event.preventDefault());
  root.append(form);
  update();
}
