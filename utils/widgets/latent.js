// Drag a point through a latent plane; a trained decoder runs in the page and draws the picture.
import { button, choice, element, written } from "./dom.js";

const PAD = 336; // pixels of the map's canvas, each way
const STEP = 0.05; // of the way across the plane, for one press of an arrow key

// Half-precision numbers in base64, as a Float32Array.
export function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const numbers = new Float32Array(bytes.length / 2);
  for (let index = 0; index < numbers.length; index += 1) {
    const half = bytes[2 * index] + 256 * bytes[2 * index + 1];
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    const size = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
    numbers[index] = half & 0x8000 ? -size : size;
  }
  return numbers;
}

// A decoder of dense layers: ReLU between them, a sigmoid at the end.
export function decoder({ units, weights }) {
  const numbers = unpack(weights);
  const layers = [];
  let place = 0;
  for (let index = 1; index < units.length; index += 1) {
    const [rows, columns] = [units[index - 1], units[index]];
    const kernel = numbers.subarray(place, place + rows * columns);
    const bias = numbers.subarray(place + rows * columns, place + (rows + 1) * columns);
    layers.push({ kernel, bias });
    place += (rows + 1) * columns;
  }
  return (point) => layers.reduce((input, { kernel, bias }, index) => {
    const output = Float64Array.from(bias);
    for (let row = 0; row < input.length; row += 1) {
      if (input[row] === 0) continue;
      const start = row * output.length;
      for (let column = 0; column < output.length; column += 1) {
        output[column] += input[row] * kernel[start + column];
      }
    }
    return output.map(index < layers.length - 1
      ? (value) => Math.max(value, 0) : (value) => 1 / (1 + Math.exp(-value)));
  }, Float64Array.from(point));
}

// The latent point at a place of the plane: origin + x · right + y · up.
export function latentPoint({ origin, right, up }, [x, y]) {
  return origin.map((value, index) => value + x * right[index] + y * up[index]);
}

// Gray values from 0 to 1, row by row, onto a square of a canvas.
function paint(canvas, gray, left, top, side) {
  const size = Math.sqrt(gray.length);
  const small = element("canvas", { width: size, height: size });
  const image = new ImageData(size, size);
  gray.forEach((value, index) => {
    image.data.fill(Math.round(255 * value), 4 * index, 4 * index + 3);
    image.data[4 * index + 3] = 255;
  });
  small.getContext("2d").putImageData(image, 0, 0);
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(small, left, top, side, side);
}

const rounded = (value) => written(Number(value.toFixed(2)) || 0);

export function mount(root, state) {
  const decoders = Object.fromEntries(
    Object.entries(state.models).map(([name, model]) => [name, decoder(model)]));
  const settings = { model: state.model, face: 1 };
  let place = [...state.place];

  const form = element("form", { "class": "w-body", "data-lm-suppress-shortcuts": "true" });
  const title = element("p", { class: "w-title", role: "status" });
  const note = element("p", { class: "w-note" });
  const map = element("canvas", { "width": PAD, "height": PAD, "aria-hidden": "true" });
  const mark = element("span", { class: "w-point", tabindex: 0, role: "application" });
  const pad = element("div", { class: "w-pad" }, map, mark);
  const shown = element("canvas", { width: 224, height: 224, role: "img", class: "w-decoded" });

  const model = () => state.models[settings.model];
  const plane = () => model().planes[settings.model === "faces" ? settings.face - 1 : 0];

  // The map: decodings of a grid of places.
  function survey() {
    const { count, limit } = model();
    const side = PAD / count;
    for (let row = 0; row < count; row += 1) {
      for (let column = 0; column < count; column += 1) {
        const at = [(2 * column + 1) / count - 1, 1 - (2 * row + 1) / count];
        const point = latentPoint(plane(), at.map((value) => value * limit));
        paint(map, decoders[settings.model](point), column * side, row * side, side);
      }
    }
  }

  function draw() {
    const { limit, axes } = model();
    const gray = decoders[settings.model](latentPoint(plane(), place));
    paint(shown, gray, 0, 0, shown.width);
    mark.style.left = `${50 + 50 * place[0] / limit}%`;
    mark.style.top = `${50 - 50 * place[1] / limit}%`;
    const numbers = `${axes[0]} = ${rounded(place[0])}, ${axes[1]} = ${rounded(place[1])}`;
    title.textContent = numbers;
    mark.setAttribute("aria-label", `Point at ${numbers}. Arrow keys move it.`);
    shown.setAttribute("aria-label", `Picture that the decoder makes at ${numbers}`);
  }

  function put(point) {
    const { limit } = model();
    place = point.map((value) => Math.min(Math.max(value, -limit), limit));
    draw();
  }

  function show() {
    parts.model.show(settings.model);
    parts.face.show(settings.face);
    parts.face.node.hidden = settings.model !== "faces";
    note.textContent = model().note;
    survey();
    put(place);
  }

  function follow(event) {
    const box = map.getBoundingClientRect();
    const { limit } = model();
    put([
      limit * (2 * (event.clientX - box.left) / box.width - 1),
      limit * (1 - 2 * (event.clientY - box.top) / box.height)]);
  }

  let dragged = false;
  pad.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    if (event.pointerType === "touch" && event.target !== mark) return; // a tap, or the page scrolls
    dragged = true;
    pad.setPointerCapture(event.pointerId);
    mark.focus({ preventScroll: true });
    event.preventDefault();
    follow(event);
  });
  pad.addEventListener("pointermove", (event) => { if (dragged) follow(event); });
  for (const name of ["pointerup", "pointercancel"]) {
    pad.addEventListener(name, () => { dragged = false; });
  }
  pad.addEventListener("click", follow);
  mark.addEventListener("keydown", (event) => {
    const [dx, dy] = {
      ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1],
    }[event.key] ?? [0, 0];
    if ((dx === 0 && dy === 0) || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation(); // the book turns pages on arrow keys
    const by = 2 * STEP * model().limit;
    put([place[0] + dx * by, place[1] + dy * by]);
  });

  const parts = {
    model: choice("model", Object.keys(state.models), (value) => {
      settings.model = value;
      place = [0, 0];
      show();
    }),
    face: choice("face", [1, 2, 3, 4], (value) => {
      settings.face = value;
      show();
    }),
  };
  form.append(
    element("div", { class: "w-controls" }, parts.model.node, parts.face.node),
    element("div", { class: "w-latent" }, pad,
      element("div", { class: "w-side" }, shown, title,
        button("Back to the middle", () => put([0, 0])))),
    note);
  form.addEventListener("submit", (event) => event.preventDefault());
  root.append(form);
  show();
}
