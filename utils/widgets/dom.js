// What the widgets share: making nodes, and the controls that they are built from.

export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

export function drawing(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

// A number as the book writes it: a true minus sign, commas between thousands.
export function written(number) {
  return number.toLocaleString("en-US").replace("-", "−");
}

// Text with `code` and *emphasis*, as nodes.
export function inline(text) {
  return text.split(/(`[^`]+`|\*[^*]+\*)/).filter(Boolean).map((part) => {
    if (/^`[^`]+`$/.test(part)) return element("code", {}, part.slice(1, -1));
    if (/^\*[^*]+\*$/.test(part)) return element("em", {}, part.slice(1, -1));
    return document.createTextNode(part);
  });
}

// A drop-down list. Controls have a node to place and show(value) to follow the settings.
export function list(label, options, onChange) {
  const select = element("select", { "aria-label": label });
  for (const option of options) select.append(element("option", { value: option }, option));
  select.addEventListener("change", () => onChange(select.value));
  const node = element("label", { class: "w-control" }, element("span", {}, label), select);
  return { node, show: (value) => { select.value = value; } };
}

// A row of radio buttons, one of which is pressed. The label names it, the title stands above it.
export function choice(label, options, onChange, title = `\`${label}\``) {
  const row = element("span", { class: "w-choice" });
  const inputs = options.map((option) => {
    const input = element("input", { type: "radio", name: label, value: option });
    input.addEventListener("change", () => onChange(option));
    row.append(element("label", {}, input, element("span", {}, String(option))));
    return input;
  });
  const group = { "class": "w-control", "role": "radiogroup", "aria-label": label };
  const node = element("div", group, element("span", {}, ...inline(title)), row);
  const show = (value) => {
    for (const input of inputs) input.checked = input.value === String(value);
  };
  return { node, show };
}

// A slider over whole numbers, with its value beside it.
export function slider(label, minimum, maximum, onChange) {
  const input = element("input", {
    "type": "range", "min": minimum, "max": maximum, "step": 1,
    "aria-label": label.replaceAll("`", ""),
  });
  const value = element("output", {});
  input.addEventListener("input", () => onChange(Number(input.value)));
  const node = element(
    "label", { class: "w-control" },
    element("span", {}, ...inline(label)), element("span", { class: "w-slider" }, input, value),
  );
  const show = (number) => { input.value = number; value.textContent = number; };
  return { node, show };
}

// A slider over listed numbers, with its value beside it.
export function ladder(label, values, onChange) {
  const { node, show } = slider(label, 0, values.length - 1, (at) => onChange(values[at]));
  const [input, output] = node.querySelectorAll("input, output");
  return {
    node,
    show(number) {
      show(values.indexOf(number));
      output.textContent = number;
      input.setAttribute("aria-valuetext", number);
    },
  };
}

export function button(label, onClick) {
  const node = element("button", { type: "button", class: "w-button" }, label);
  node.addEventListener("click", onClick);
  return node;
}
