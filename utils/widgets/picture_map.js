// Pictures where a map puts them: zoom in, point at one, and see its nearest neighbors.
import { button, drawing, element, written } from "./dom.js";

const WIDTH = 600; // of the drawing, as are the next two lines
const MARGIN = 24;
const TILE = 26; // a picture's side before zooming, on a page that is wide enough
const MOST = 12; // the largest zoom

// 16 levels of gray, two a byte.
export function unpack(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
    .reduce((levels, byte, at) => {
      levels[2 * at] = byte >> 4;
      levels[2 * at + 1] = byte & 15;
      return levels;
    }, new Uint8Array(Math.floor(text.replaceAll("=", "").length * 3 / 4) * 2));
}

// The distance of two places.
export function distance([x, y], [u, v]) {
  return Math.hypot(x - u, y - v);
}

// The place that a key leads to: the nearest one within 45 degrees of a direction, or null.
export function next(places, from, [dx, dy]) {
  let found = null;
  places.forEach((place, index) => {
    const along = (place[0] - places[from][0]) * dx + (place[1] - places[from][1]) * dy;
    const aside = Math.abs((place[0] - places[from][0]) * dy - (place[1] - places[from][1]) * dx);
    if (index === from || along <= 0 || aside > along) return;
    const closer = found === null ||
      distance(place, places[from]) < distance(places[found], places[from]);
    if (closer) found = index;
  });
  return found;
}

const rounded = (value) => written(Number(value.toFixed(value < 1 ? 2 : 1)));

export function mount(root, state) {
  const { places, kinds, names, near, apart, size: [rows, columns] } = state;
  const levels = unpack(state.pixels);
  const dimensions = written(rows * columns);
  const xs = places.map(([x]) => x);
  const ys = places.map(([, y]) => y);
  const [left, right, low, top] = [
    Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const unit = (WIDTH - 2 * MARGIN) / (right - left); // both axes have one scale
  const height = unit * (top - low) + 2 * MARGIN;
  const view = { zoom: 1, x: 0, y: 0 }; // where the drawing of the whole map begins
  let chosen = state.chosen;

  const canvas = element("canvas", { "class": "w-pictures", "aria-hidden": "true" });
  const marks = drawing("svg", {
    "class": "w-marks", "viewBox": `0 0 ${WIDTH} ${height}`, "aria-hidden": "true" });
  const stage = element("div", {
    "class": "w-map", "tabindex": 0, "role": "application",
    "aria-label": `Map of ${places.length} pictures. Arrow keys go from picture to picture, ` +
      "plus and minus zoom, 0 shows the whole map, Shift with arrow keys moves it.",
    "style": `aspect-ratio: ${WIDTH} / ${height}`,
  }, canvas, marks);
  const status = element("p", { class: "w-spoken", role: "status" });
  const amount = element("output", { "aria-label": "zoom" });

  // One picture with a transparent black, and as it is.
  function painted(index, fill) {
    const node = element("canvas", { width: columns, height: rows });
    const context = node.getContext("2d");
    const data = context.createImageData(columns, rows);
    for (let at = 0; at < rows * columns; at += 1) {
      const [gray, alpha] = fill(levels[index * rows * columns + at] / 15);
      data.data.set([gray, gray, gray, alpha], 4 * at);
    }
    context.putImageData(data, 0, 0);
    return node;
  }
  const sprites = places.map((_, index) => painted(
    index, (level) => [255 * (1 - 0.8 * level), 255 * Math.min(1, 2 * level)]));

  const ratio = () => WIDTH / (stage.clientWidth || WIDTH); // drawing to page
  const tile = () => TILE * Math.sqrt(view.zoom * ratio());
  const place = (index) => [
    (MARGIN + unit * (places[index][0] - left)) * view.zoom - view.x,
    (MARGIN + unit * (top - places[index][1])) * view.zoom - view.y];

  function draw() {
    const side = tile();
    const context = canvas.getContext("2d");
    const scale = canvas.width / WIDTH;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, WIDTH, height);
    const [onMap, inAll] = near[chosen];
    const above = [inAll, onMap, chosen];
    for (const index of [...places.keys()].filter((one) => !above.includes(one)).concat(above)) {
      const [x, y] = place(index);
      if (Math.max(-x, x - WIDTH, -y, y - height) > side) continue;
      context.drawImage(sprites[index], x - side / 2, y - side / 2, side, side);
    }
    const frame = (index, kind) => {
      const [x, y] = place(index);
      return drawing("rect", { class: kind, x: x - side / 2, y: y - side / 2, width: side,
        height: side });
    };
    const line = (index, kind) => {
      const [[x1, y1], [x2, y2]] = [place(chosen), place(index)];
      return drawing("line", { class: kind, x1, y1, x2, y2 });
    };
    marks.replaceChildren(
      line(inAll, "w-all"), line(onMap, "w-near"), frame(inAll, "w-all"), frame(onMap, "w-near"),
      frame(chosen, "w-chosen"));
    amount.textContent = `× ${view.zoom.toFixed(1)}`;
    zoomIn.disabled = view.zoom >= MOST;
    zoomOut.disabled = view.zoom <= 1;
    whole.disabled = view.zoom <= 1;
    stage.style.touchAction = view.zoom > 1 ? "none" : "pan-y"; // the page scrolls under a finger
  }

  // Move the drawing, but not off the page.
  function put(x, y) {
    view.x = Math.min(Math.max(x, 0), WIDTH * (view.zoom - 1));
    view.y = Math.min(Math.max(y, 0), height * (view.zoom - 1));
    draw();
  }

  // Zoom, so that what lies at this place of the drawing stays there.
  function zoom(factor, [x, y] = [WIDTH / 2, height / 2]) {
    const before = view.zoom;
    view.zoom = Math.min(Math.max(before * factor, 1), MOST);
    const grown = view.zoom / before;
    put((view.x + x) * grown - x, (view.y + y) * grown - y);
    return grown !== 1;
  }

  const kind = (index) => names[kinds[index]];

  function choose(index) {
    chosen = index;
    const [onMap, inAll] = near[chosen];
    cards.forEach((card, at) => card.show([chosen, onMap, inAll][at]));
    status.textContent = `${kind(chosen)}. Nearest on the map: ${kind(onMap)}. ` +
      `Nearest in all ${dimensions} dimensions: ${kind(inAll)}` +
      `${onMap === inAll ? ", the same picture" : ""}.`;
    draw();
  }

  // The same, and bring it into view.
  function visit(index) {
    choose(index);
    const [x, y] = place(index);
    const side = tile();
    if (Math.min(x, y, WIDTH - x, height - y) < side) {
      put(view.x + x - WIDTH / 2, view.y + y - height / 2);
    }
  }

  function card(title, mark, at) {
    const canvasOf = element("canvas", { width: columns, height: rows });
    const words = element("span", { class: "w-note" });
    const name = element("strong", {});
    const inside = [element("span", {}, title), canvasOf, name, words];
    const node = at === null ? element("div", { class: `w-card ${mark}` }, ...inside)
      : element("button", { type: "button", class: `w-card ${mark}` }, ...inside);
    if (at !== null) node.addEventListener("click", () => visit(near[chosen][at]));
    const show = (index) => {
      const picture = painted(index, (level) => [255 * level, 255]);
      canvasOf.getContext("2d").drawImage(picture, 0, 0);
      name.textContent = kind(index);
      if (at === null) return;
      const [map, all] = [distance(places[chosen], places[index]), apart[chosen][at]];
      words.textContent = `${rounded(map)} away on the map, ${rounded(all)} in all`;
      node.setAttribute("aria-label",
        `Go to the ${title.toLowerCase()}: ${kind(index)}, ${words.textContent}.`);
    };
    return { node, show };
  }
  const cards = [
    card("This picture", "w-chosen", null),
    card("Nearest on the map", "w-near", 0),
    card(`Nearest in all ${dimensions}`, "w-all", 1)];

  const zoomIn = button("Zoom in", () => zoom(1.5));
  const zoomOut = button("Zoom out", () => zoom(1 / 1.5));
  const whole = button("Whole map", () => zoom(0));

  // Pointers
  const at = (event) => {
    const box = stage.getBoundingClientRect();
    return [(event.clientX - box.left) * ratio(), (event.clientY - box.top) * ratio()];
  };
  const under = ([x, y]) => {
    const reach = Math.max(tile() / 2, 12 * ratio());
    let found = null;
    for (const index of places.keys()) {
      const away = distance(place(index), [x, y]);
      if (away <= reach && (found === null || away < found[1])) found = [index, away];
    }
    return found === null ? null : found[0];
  };
  const down = new Map(); // pointers that touch: where they are
  let still = true; // no pointer has moved far since the first came down
  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    stage.setPointerCapture(event.pointerId);
    if (down.size === 0) still = true;
    down.set(event.pointerId, { now: at(event), start: at(event) });
  });
  stage.addEventListener("pointermove", (event) => {
    const pointer = down.get(event.pointerId);
    const now = at(event);
    if (pointer === undefined) {
      const index = under(now);
      if (index !== null && index !== chosen) choose(index);
      return;
    }
    const [first, second] = [...down.values()];
    if (distance(now, pointer.start) > 5 * ratio()) still = false;
    if (down.size === 2) {
      const middle = () => [0, 1].map((axis) => (first.now[axis] + second.now[axis]) / 2);
      const [span, from] = [distance(first.now, second.now), middle()];
      pointer.now = now;
      const to = middle();
      zoom(distance(first.now, second.now) / (span || 1), from);
      put(view.x + from[0] - to[0], view.y + from[1] - to[1]);
    } else if (!still) {
      put(view.x + pointer.now[0] - now[0], view.y + pointer.now[1] - now[1]);
      pointer.now = now;
    }
  });
  stage.addEventListener("pointerup", (event) => {
    if (!down.delete(event.pointerId) || !still) return;
    const index = under(at(event));
    if (index !== null) choose(index);
  });
  stage.addEventListener("pointercancel", (event) => {
    down.delete(event.pointerId);
    still = false;
  });
  // The wheel scrolls the page, unless the map was clicked or a key says otherwise.
  stage.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey && document.activeElement !== stage) return;
    if (zoom(Math.exp(-event.deltaY / 300), at(event))) event.preventDefault();
  }, { passive: false });

  stage.addEventListener("keydown", (event) => {
    if (event.altKey || event.metaKey || event.ctrlKey) return;
    const direction = {
      ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1],
    }[event.key];
    if (direction !== undefined && event.shiftKey) {
      put(view.x + 60 * direction[0], view.y - 60 * direction[1]);
    } else if (direction !== undefined) {
      const index = next(places, chosen, direction);
      if (index !== null) visit(index);
    } else if (event.key === "+" || event.key === "=") {
      zoom(1.5, place(chosen));
    } else if (event.key === "-") {
      zoom(1 / 1.5, place(chosen));
    } else if (event.key === "0") {
      zoom(0);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation(); // the book turns pages on arrow keys
  });

  const count = (which) => places.filter((_, index) => which(index)).length;
  const others = (which) => count((index) => kinds[near[index][which]] !== kinds[index]);
  const summary = `Of these ${places.length} pictures, ` +
    `${count((index) => near[index][0] === near[index][1])} have the same nearest neighbor on ` +
    `the map and in all ${dimensions} dimensions. The nearest is of another kind for ` +
    `${others(0)} on the map and for ${others(1)} in all dimensions.`;
  root.append(element("div", { "class": "w-body", "data-lm-suppress-shortcuts": "true" },
    element("p", { class: "w-note" },
      "Point at a picture, or tap it. Click the map and the wheel zooms; drag to move it. " +
      "The map draws bright pixels as ink; below it the pictures are as they come."),
    element("div", { class: "w-room" }, stage),
    element("div", { class: "w-buttons" }, zoomIn, zoomOut, whole, amount),
    status,
    element("div", { class: "w-cards" }, ...cards.map((one) => one.node)),
    element("p", { class: "w-note" }, summary)));
  new ResizeObserver(() => {
    const width = Math.round(stage.clientWidth * (window.devicePixelRatio || 1));
    canvas.width = width;
    canvas.height = Math.round(width * height / WIDTH);
    draw();
  }).observe(stage);
  choose(chosen);
}
