// Questions with choices, and an explanation for every choice.
import { button, element, inline } from "./dom.js";

// The questions from their base64 form, which keeps the answers out of sight in the page source.
export function decode(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

// How many questions were answered right at the first try. answers: the index first chosen in each.
export function score(questions, answers) {
  return questions.filter(({ choices }, at) => choices[answers[at]]?.correct).length;
}

export function mount(root, state) {
  const questions = decode(state.questions);
  const body = element("div", { "class": "w-body w-quiz", "data-lm-suppress-shortcuts": "true" });
  root.append(body);
  start();

  function start() {
    const first = questions.map(() => undefined);
    const result = element("p", { "class": "w-score", "aria-live": "polite" });
    const again = button("Start again", () => {
      start();
      body.querySelector("[role=radio]").focus();
    });
    const end = element("div", { class: "w-end" }, result, again);
    again.hidden = true;
    body.replaceChildren(...questions.map((question, at) => draw(question, at, (chosen) => {
      first[at] ??= chosen;
      if (first.includes(undefined)) return;
      result.textContent =
        `${score(questions, first)} of ${questions.length} right at the first try.`;
      again.hidden = false;
    })), end);
  }

  function draw({ question, choices }, at, answered) {
    const why = element("p", { "class": "w-why", "aria-live": "polite" });
    const group = element(
      "div", { "class": "w-answers", "role": "radiogroup", "aria-label": `Question ${at + 1}` });
    const buttons = choices.map(({ text, correct, why: reason }, index) => {
      const node = element(
        "button",
        { type: "button", role: "radio", "aria-checked": false, tabindex: index ? -1 : 0 },
        element("span", { "class": "w-dot", "aria-hidden": "true" }),
        element("span", {}, ...inline(text)),
      );
      node.addEventListener("click", () => {
        for (const other of buttons) {
          other.setAttribute("aria-checked", other === node);
          other.tabIndex = other === node ? 0 : -1;
          other.classList.remove("w-right", "w-wrong");
        }
        node.classList.add(correct ? "w-right" : "w-wrong");
        why.className = `w-why ${correct ? "w-right" : "w-wrong"}`;
        why.replaceChildren(
          element("strong", {}, correct ? "Right. " : "Not right. "), ...inline(reason));
        answered(index);
      });
      // Arrow keys move between the choices; Space and Enter choose, as on any button.
      node.addEventListener("keydown", (event) => {
        const to = {
          ArrowDown: index + 1, ArrowRight: index + 1, ArrowUp: index - 1, ArrowLeft: index - 1,
          Home: 0, End: choices.length - 1,
        }[event.key];
        if (to === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        buttons.at(to % choices.length).focus();
      });
      return node;
    });
    group.append(...buttons);
    return element("div", { class: "w-question" },
      element("p", { class: "w-title" }, `${at + 1}. `, ...inline(question)), group, why);
  }
}
