// Shows the contribution of each word to the model's decision. User text enters the page as text.

import { isolated } from "./format.js";

const signed = new Intl.NumberFormat("en", { signDisplay: "always", maximumFractionDigits: 2 });
const MAX_WORDS = 5;

// Spans count code points; JavaScript's indices count UTF-16 units.
export function paint(element, text, { spans }) {
  const characters = Array.from(text);
  const strongest = Math.max(...spans.map((span) => Math.abs(span.contribution)), Number.EPSILON);
  const parts = [];
  let end = 0;
  for (const span of [...spans].sort((one, other) => one.start - other.start)) {
    parts.push(characters.slice(end, span.start).join(""));
    parts.push(word(characters.slice(span.start, span.end).join(""), span, strongest));
    end = span.end;
  }
  element.replaceChildren(...parts, characters.slice(end).join(""));
}

function word(text, { contribution }, strongest) {
  const view = document.createElement("span");
  view.className = "word";
  view.dataset.pole = contribution < 0 ? "negative" : "positive";
  view.style.setProperty("--share", Math.abs(contribution) / strongest);
  view.title = signed.format(contribution);
  view.textContent = text;
  return view;
}

// The same as text, without colours. Spans come with the largest contribution first.
export function list(element, text, { spans }) {
  const characters = Array.from(text);
  const strongest = spans.filter((span) => Math.abs(span.contribution) >= 0.005).slice(0, MAX_WORDS);
  const parts = strongest.flatMap(({ start, end, contribution }, index) => [
    index ? ", “" : "“",
    isolated(characters.slice(start, end).join("")),
    `” ${signed.format(contribution)}`,
  ]);
  element.replaceChildren(...(parts.length ? parts : ["none"]));
}
