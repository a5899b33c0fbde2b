// Step through k-means: assign, move, and again. A center can be dragged.
import { button, choice, drawing, element, list, written } from "./dom.js";

const WIDTH = 600; // of the drawing, as is the next line
const HEIGHT = 380;
const MARGIN = 20;

const squared = ([x, y], [u, v]) => (x - u) ** 2 + (y - v) ** 2;

// The index of the nearest center for each point, the lowest one in a tie.
export function assign(points, centers) {
  return points.map((point) => {
    let nearest = 0;
    for (let index = 1; index < centers.length; index += 1) {
      if (squared(point, centers[index]) < squared(point, centers[nearest])) nearest = index;
    }
    return nearest;
  });
}

// Sum of the squared distances from the points to their centers.
export function inertia(points, centers, labels) {
  return points.reduce((sum, point, n) => sum + squared(point, centers[labels[n]]), 0);
}

// Number of points of each cluster.
export function sizes(labels, k) {
  const counts = Array(k).fill(0);
  for (const label of labels) counts[label] += 1;
  return counts;
}

// The mean of each cluster. An empty one takes the point farthest from its center, if that point
// is not alone in its cluster.
export function move(points, centers, labels) {
  const own = [...labels];
  const counts = sizes(own, centers.length);
  const distances = points.map((point, n) => squared(point, centers[labels[n]]));
  const order = [...points.keys()].sort((a, b) => distances[b] - distances[a] || a - b);
  for (let empty = 0; empty < centers.length; empty += 1) {
    if (counts[empty] > 0) continue;
    let point = order.shift();
    while (point !== undefined && counts[own[point]] < 2) point = order.shift();
    if (point === undefined) break;
    counts[own[point]] -= 1;
    counts[empty] += 1;
    own[point] = empty;
  }
  return centers.map((center, index) => {
    if (counts[index] === 0) return center;
    const sum = [0, 0];
    points.forEach((point, n) => {
      if (own[n] !== index) return;
      sum[0] += point[0];
      sum[1] += point[1];
    });
    return sum.map((value) => value / counts[index]);
  });
}

// k different points, all equally likely. draw() gives random numbers from 0 to 1.
export function randomCenters(points, k, draw) {
  const rest = [...points];
  return Array.from({ length: k }, () =>
    [...rest.splice(Math.floor(draw() * rest.length), 1)[0]]);
}

// k-means++: each further center is a point, likely in proportion to its squared distance from
// the nearest center so far.
export function plusPlusCenters(points, k, draw) {
  const centers = [points[Math.floor(draw() * points.length)]];
  let nearest = points.map(() => Infinity);
  while (centers.length < k) {
    nearest = points.map((point, n) => Math.min(nearest[n], squared(point, centers.at(-1))));
    const ends = [];
    nearest.forEach((distance, n) => ends.push(distance + (ends[n - 1] ?? 0)));
    const at = draw() * ends.at(-1);
    centers.push(points[ends.findIndex((end) => end > at)]);
  }
  return centers.map((center) => [...center]);
}

// Assign and move until an assignment changes nothing.
export function run(points, start, limit = 300) {
  let centers = start;
  let labels = assign(points, centers);
  for (let iterations = 1; iterations <= limit; iterations += 1) {
    centers = move(points, centers, labels);
    const before = labels;
    labels = assign(points, centers);
    if (labels.every((label, n) => label === before[n])) return { centers, labels, iterations };
  }
  return { centers, labels, iterations: limit };
}

const rounded = (value) => written(Number(value.toFixed(value < 1000 ? 2 : 0)));

export function mount(root, state) {
  const settings = { data: state.data, k: state.k };
  let points, frame, centers, labels, done, rounds;
  let next = "assign"; // the step to come: "assign", "move", or null when converged
  const lowest = new Map(); // by data and k

  const form = element("form", { "class": "w-body", "data-lm-suppress-shortcuts": "true" });
  const axes = element("p", { class: "w-note" });
  const status = element("p", { class: "w-title", role: "status" });
  const counts = element("dl", { class: "w-counts w-aligned" });
  const back = drawing("g", { "aria-hidden": "true" });
  const marks = drawing("g");
  const picture = drawing("svg", { class: "w-plot" }, back, marks);

  // From data to drawing and back; both axes have one scale, so that lengths are true.
  function fit() {
    const xs = points.map(([x]) => x);
    const ys = points.map(([, y]) => y);
    const [left, right, low, top] = [
      Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const scale = Math.min(
      (WIDTH - 2 * MARGIN) / (right - left), (HEIGHT - 2 * MARGIN) / (top - low));
    frame = {
      left, right, low, top, scale,
      place: ([x, y]) => [MARGIN + scale * (x - left), MARGIN + scale * (top - y)],
      point: ([x, y]) => [left + (x - MARGIN) / scale, top - (y - MARGIN) / scale],
    };
    const width = scale * (right - left) + 2 * MARGIN;
    const height = scale * (top - low) + 2 * MARGIN;
    picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    picture.style.maxWidth = `${width}px`;
  }

  function begin(start, words) {
    centers = start;
    labels = null;
    next = "assign";
    rounds = 0;
    status.textContent = `${words} Nothing is assigned yet.`;
    marks.replaceChildren(...centers.map((_, index) => handle(index)));
    draw();
  }

  function draw() {
    const dots = points.map((point, n) => {
      const [cx, cy] = frame.place(point);
      return drawing("circle", { class: labels === null ? "w-loose" : `w-k${labels[n]}`, cx, cy,
        r: 4 });
    });
    const lines = labels === null ? [] : centers.map((center, index) => {
      const end = frame.place(center).join(" ");
      const d = points.map((point, n) => (labels[n] === index
        ? `M${frame.place(point).join(" ")}L${end}` : "")).join("");
      return drawing("path", { class: `w-k${index}`, d });
    });
    back.replaceChildren(...lines, ...dots);
    // On a narrow page the drawing shrinks; the centers stay large enough for a finger.
    const zoom = picture.viewBox.baseVal.width / (picture.clientWidth || WIDTH);
    centers.forEach((center, index) => {
      const mark = marks.children[index];
      mark.setAttribute("transform", `translate(${frame.place(center).join(" ")}) scale(${zoom})`);
      mark.setAttribute("aria-label", `Center ${index + 1} of ${settings.k} at ` +
        `${center.map((value) => written(Number(value.toFixed(2)))).join(", ")}. ` +
        "Arrow keys move it.");
    });
    done = labels === null ? null : inertia(points, centers, labels);
    const key = `${settings.data} ${settings.k}`;
    if (next === null) lowest.set(key, Math.min(done, lowest.get(key) ?? Infinity));
    const best = lowest.get(key);
    const row = (name, value, words) => [
      element("dt", {}, name), element("dd", { class: "w-value" }, value),
      element("dd", { class: "w-formula" }, words)];
    counts.replaceChildren(
      ...row("inertia", done === null ? "–" : rounded(done), "sum of the squared lines"),
      ...row("rounds", String(rounds), labels === null ? "" :
        `points: ${sizes(labels, settings.k).join(" · ")}`),
      ...row("lowest end", best === undefined ? "–" : rounded(best),
        "inertia, over your starts with this k"));
    step.textContent = next === "move" ? "Step: move" : "Step: assign";
    step.disabled = next === null;
    all.disabled = next === null;
  }

  function goOn() {
    if (next === "assign") {
      const before = labels;
      labels = assign(points, centers);
      const changed = before === null ? null
        : labels.filter((label, n) => label !== before[n]).length;
      next = changed === 0 ? null : "move";
      status.textContent = changed === null ? "Assigned: each point is with its nearest center."
        : changed === 0 ? "Converged: no point changes, so no center moves."
        : `Assigned: ${changed} ${changed === 1 ? "point changes" : "points change"}.`;
    } else if (next === "move") {
      const empty = sizes(labels, settings.k).flatMap((size, index) => (size ? [] : [index + 1]));
      centers = move(points, centers, labels);
      rounds += 1;
      next = "assign";
      status.textContent = empty.length === 0 ? "Moved: each center is the mean of its points."
        : `Moved. Center ${empty.join(" and ")} had no point and takes the farthest one.`;
    }
    draw();
  }

  // A center that is dragged, or moved by keys. Points are assigned anew on the way.
  function put(index, point) {
    const within = (value, low, high) => Math.min(Math.max(value, low), high);
    centers[index] = [
      within(point[0], frame.left, frame.right), within(point[1], frame.low, frame.top)];
    labels = assign(points, centers);
    next = "move";
    rounds = 0;
    draw();
    status.textContent = `Center ${index + 1} was put there; each point is with its nearest ` +
      "center.";
  }

  function handle(index) {
    const node = drawing("g", { class: `w-center w-k${index}`, tabindex: 0, role: "application" },
      drawing("circle", { class: "w-grip", r: 22 }), drawing("circle", { r: 12 }),
      drawing("text", { y: 1 }, index + 1));
    let offset = null;
    const at = (event) => {
      const box = picture.getBoundingClientRect();
      const ratio = picture.viewBox.baseVal.width / box.width;
      return [(event.clientX - box.left) * ratio, (event.clientY - box.top) * ratio];
    };
    node.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      node.setPointerCapture(event.pointerId);
      const [x, y] = frame.place(centers[index]);
      offset = [x - at(event)[0], y - at(event)[1]];
    });
    node.addEventListener("pointermove", (event) => {
      if (offset === null) return;
      const [x, y] = at(event);
      put(index, frame.point([x + offset[0], y + offset[1]]));
    });
    for (const name of ["pointerup", "pointercancel"]) {
      node.addEventListener(name, () => { offset = null; });
    }
    node.addEventListener("keydown", (event) => {
      const [dx, dy] = {
        ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1],
      }[event.key] ?? [0, 0];
      if ((dx === 0 && dy === 0) || event.altKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation(); // the book turns pages on arrow keys
      const by = 10 / frame.scale;
      put(index, [centers[index][0] + dx * by, centers[index][1] + dy * by]);
    });
    return node;
  }

  const step = button("Step: assign", goOn);
  const all = button("Run to the end", () => { while (next !== null) goOn(); });
  const starts = {
    random: () => begin(randomCenters(points, settings.k, Math.random),
      "Random start: the centers are points, all equally likely."),
    careful: () => begin(plusPlusCenters(points, settings.k, Math.random),
      "Start by k-means++: far points are likely."),
  };
  const parts = {
    data: list("data", Object.keys(state.sets), (value) => {
      settings.data = value;
      load();
      starts.random();
    }),
    k: choice("k", [1, 2, 3, 4, 5, 6], (value) => {
      settings.k = value;
      starts.random();
    }),
  };

  function load() {
    points = state.sets[settings.data].points;
    axes.textContent = state.sets[settings.data].axes;
    picture.setAttribute("aria-label", settings.data);
    fit();
  }

  form.append(
    element("div", { class: "w-controls" }, parts.data.node, parts.k.node),
    element("div", { class: "w-room" }, picture, axes),
    status,
    element("div", { class: "w-buttons" }, step, all,
      button("New random start", starts.random), button("New start by k-means++", starts.careful)),
    element("div", { class: "w-costs" }, counts),
  );
  form.addEventListener("submit", (event) => event.preventDefault());
  root.append(form);
  for (const [name, part] of Object.entries(parts)) part.show(settings[name]);
  load();
  new ResizeObserver(() => draw()).observe(picture);
  begin(state.centers.map((center) => [...center]), "The centers are points drawn at random.");
}
