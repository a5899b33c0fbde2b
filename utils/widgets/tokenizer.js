// A sentence on its way to numbers: standardized, cut, indexed and encoded, each in several ways.
import { choice, drawing, element, list, slider, written } from "./dom.js";

const KINDS = ["words", "bigrams", "trigrams", "morphemes", "characters", "jamo", "bytes", "subwords"];
const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const LETTER = "\\p{L}\\p{N}_";
const SPACES = new RegExp(`[${SPACE}]+`, "u");
const DROPPED = new RegExp(`[^\\p{L}\\p{M}\\p{N}${SPACE}]`, "gu");
const PIECE = new RegExp(` ?[${LETTER}]+| ?[^${LETTER}${SPACE}]+|[${SPACE}]+`, "gu");
// Jamo as they are typed; those that Unicode composes syllables from do not show well alone.
const INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
const VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ";
const FINALS = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ";

export function words(text) {
  return text.split(SPACES).filter(Boolean);
}

// Composed, lower case; letters, marks, numbers and single blanks only.
export function standardize(text) {
  return words(text.normalize("NFC").toLowerCase().replace(DROPPED, "")).join(" ");
}

export function ngrams(tokens, n) {
  return tokens.slice(0, Math.max(0, tokens.length - n + 1)).map((_, i) => tokens.slice(i, i + n).join(" "));
}

export function characters(text) {
  return [...text];
}

// Characters, with each Korean syllable taken apart into its two or three letters.
export function jamo(text) {
  return [...text].flatMap((character) => {
    const place = character.codePointAt(0) - 0xac00;
    if (place < 0 || place >= 19 * 21 * 28) return [character];
    const final = place % 28;
    const codes = [0x1100 + Math.floor(place / (21 * 28)), 0x1161 + (Math.floor(place / 28) % 21)];
    if (final > 0) codes.push(0x11a7 + final);
    return codes.map((code) => String.fromCodePoint(code));
  });
}

export function bytes(text) {
  return [...new TextEncoder().encode(text)];
}

// Byte-pair encoding: join the pair that was learned first, wherever it stands, until none is left.
export function subwords(text, merges) {
  const ranks = new Map(merges.map(([first, second], rank) => [`${first}\u0000${second}`, rank]));
  const rank = (tokens, i) => ranks.get(`${tokens[i]}\u0000${tokens[i + 1]}`) ?? Infinity;
  return (text.match(PIECE) ?? []).flatMap((piece) => {
    let tokens = [...piece];
    for (;;) {
      const best = Math.min(...tokens.slice(1).map((_, i) => rank(tokens, i)));
      if (best === Infinity) return tokens;
      const joined = [];
      for (let i = 0; i < tokens.length; i += 1) {
        if (i + 1 < tokens.length && rank(tokens, i) === best) {
          joined.push(tokens[i] + tokens[i + 1]);
          i += 1;
        } else joined.push(tokens[i]);
      }
      tokens = joined;
    }
  });
}

// The place of each token in the vocabulary, 1 for an unknown one.
export function index(tokens, vocabulary) {
  const places = new Map(vocabulary.map((token, place) => [token, place]));
  return tokens.map((token) => places.get(token) ?? 1);
}

// One number for each entry of the vocabulary; entry 0 is padding.
export function encode(indices, size, mode) {
  const vector = new Array(size).fill(0);
  for (const place of indices) vector[place] = mode === "count" ? vector[place] + 1 : 1;
  vector[0] = 0;
  return vector;
}

export function subwordVocabulary(alphabet, merges) {
  const merged = merges.map(([first, second]) => first + second);
  return [...new Set(["", "[UNK]", ...alphabet, ...merged])];
}

function shown(token) {
  if (typeof token === "number") return String(token);
  return [...token].map((character) => {
    const code = character.codePointAt(0);
    if (code >= 0x1100 && code < 0x1113) return INITIALS[code - 0x1100];
    if (code >= 0x1161 && code < 0x1176) return VOWELS[code - 0x1161];
    if (code >= 0x11a8 && code < 0x11c3) return FINALS[code - 0x11a8];
    return SPACES.test(character) ? "␣" : character;
  }).join("");
}

export function mount(root, state) {
  const settings = {
    text: state.text, standardize: state.standardize, cut: state.cut, mode: state.mode,
    merges: Object.keys(state.merges)[0],
  };
  const learned = () => state.merges[settings.merges];
  let count = learned().pairs.length;

  const form = element("form", { "class": "w-body w-tokenizer", "data-lm-suppress-shortcuts": "true" });
  const field = element("textarea", { "aria-label": "your sentence", "maxlength": 200, "rows": 2, "spellcheck": "false" });
  field.addEventListener("input", () => { settings.text = field.value; update(); });
  const example = list("example", [...state.sentences.map(({ text }) => text), "your own"], (text) => {
    if (text !== "your own") settings.text = field.value = text;
    update();
  });
  const parts = {
    standardize: choice("standardize", ["yes", "no"], (value) => {
      settings.standardize = value === "yes"; update();
    }, "standardize"),
    cut: list("cut into", KINDS, (value) => { settings.cut = value; update(); }),
    mode: choice("encode", ["multi_hot", "count"], (value) => { settings.mode = value; update(); }, "encode"),
    merges: list("merges learned from", Object.keys(state.merges), (value) => {
      settings.merges = value;
      rebuild();
      update();
    }),
  };
  const place = element("div", {});
  let merged;
  function rebuild() {
    count = learned().pairs.length;
    merged = slider("merges", 0, count, (value) => { count = value; update(); });
    place.replaceChildren(merged.node);
  }

  const plain = element("p", { class: "w-plain" });
  const title = element("p", { class: "w-title", role: "status" });
  const chips = element("ol", { "class": "w-pieces", "aria-label": "tokens, with their indices" });
  const note = element("p", { class: "w-note" });
  const strip = drawing("svg", { class: "w-strip", role: "img", preserveAspectRatio: "none" });
  const entries = element("p", { class: "w-note" });

  function cut(text) {
    if (settings.cut === "words") return words(text);
    if (settings.cut === "bigrams") return ngrams(words(text), 2);
    if (settings.cut === "trigrams") return ngrams(words(text), 3);
    if (settings.cut === "characters") return characters(text);
    if (settings.cut === "jamo") return jamo(text);
    if (settings.cut === "bytes") return bytes(text);
    if (settings.cut === "subwords") return subwords(text, learned().pairs.slice(0, count));
    return state.sentences.find((one) => one.text === settings.text)?.morphemes ?? null;
  }

  function update() {
    for (const name of ["cut", "mode", "merges"]) parts[name].show(settings[name]);
    parts.standardize.show(settings.standardize ? "yes" : "no");
    merged.show(count);
    const known = state.sentences.some((one) => one.text === settings.text);
    example.show(known ? settings.text : "your own");
    parts.merges.node.hidden = place.hidden = settings.cut !== "subwords";

    const text = settings.standardize ? standardize(settings.text) : settings.text;
    plain.textContent = text;
    const tokens = cut(text);
    strip.toggleAttribute("hidden", tokens === null);
    if (tokens === null) {
      title.textContent = "Morphemes need a dictionary that is too large for a page.";
      note.textContent = "Choose one of the examples: they were analyzed beforehand.";
      entries.textContent = "";
      chips.replaceChildren();
      return;
    }
    const pairs = learned().pairs.slice(0, count);
    const vocabulary = settings.cut === "subwords"
      ? subwordVocabulary(learned().alphabet, pairs) : state.vocabularies[settings.cut];
    const whole = settings.cut === "bytes";
    const indices = whole ? tokens : index(tokens, vocabulary);
    const size = whole ? 256 : vocabulary.length;
    const unknown = whole ? 0 : indices.filter((one) => one === 1).length;
    const isUnknown = (one) => !whole && one === 1;
    title.textContent = `${written(tokens.length)} token${tokens.length === 1 ? "" : "s"}, ` +
      `${new Set(tokens).size} different, ${unknown} unknown`;
    chips.replaceChildren(...tokens.map((token, i) => element("li",
      isUnknown(indices[i]) ? { class: "w-unknown" } : {},
      element("span", { class: "w-piece" }, shown(token)), element("span", { class: "w-index" }, indices[i]))));
    note.textContent = {
      morphemes: "The analyzer reads the sentence as it is, before standardizing.",
      bytes: "A byte is its own index, so there is nothing unknown.",
      jamo: "Only Korean syllables have jamo; other characters stay whole.",
    }[settings.cut] ?? "";

    const vector = whole
      ? indices.reduce((sum, one) => {
        sum[one] = settings.mode === "count" ? sum[one] + 1 : 1;
        return sum;
      }, new Array(256).fill(0))
      : encode(indices, size, settings.mode);
    const filled = [...vector.entries()].filter(([, value]) => value > 0);
    const highest = Math.max(1, ...vector);
    strip.setAttribute("viewBox", `0 0 ${size} 40`);
    strip.setAttribute("aria-label", `${size} numbers, of which ${filled.length} are not 0`);
    strip.replaceChildren(...filled.map(([at, value]) => drawing("rect", {
      class: isUnknown(at) ? "w-bar0" : "w-bar1", x: at, width: Math.max(1, size / 160),
      y: 40 - (40 * value) / highest, height: (40 * value) / highest })));
    entries.textContent = `${written(size)} numbers, all 0 but ${filled.length}` +
      (filled.length > 0 ? `: ${filled.slice(0, 40).map(([at, value]) => `${at} → ${value}`).join(", ")}` : "") +
      (filled.length > 40 ? ", …" : "");
  }

  const step = (name, ...nodes) => element("div", { class: "w-step" }, element("p", { class: "w-name" }, name), ...nodes);
  form.append(
    element("div", { class: "w-controls" }, example.node),
    field,
    element("div", { class: "w-controls" }, parts.standardize.node, parts.cut.node, parts.mode.node),
    element("div", { class: "w-controls" }, parts.merges.node, place),
    step("1 · standardize", plain),
    step("2 and 3 · tokenize, index", title, chips, note),
    step("4 · encode", strip, entries),
  );
  form.addEventListener("submit", (event) => event.preventDefault());
  root.append(form);
  field.value = settings.text;
  rebuild();
  update();
}
