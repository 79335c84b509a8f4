// Numbers, times and words, as people read them.

export const SENTIMENTS = ["positive", "neutral", "negative"];

const number = new Intl.NumberFormat("en");
const probability = new Intl.NumberFormat("en", { style: "percent", minimumFractionDigits: 2 });
const rounded = new Intl.NumberFormat("en", { style: "percent" });
const moment = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium" });
const relative = new Intl.RelativeTimeFormat("en");

export const count = (value) => number.format(value);
export const percent = (value) => probability.format(value);
export const absolute = (date) => moment.format(date);

export function share(part, whole) {
  return rounded.format(whole ? part / whole : 0);
}

export function plural(value, noun) {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

export function capitalized(word) {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

export function ago(date) {
  const seconds = (date - Date.now()) / 1000;
  if (seconds < -7 * 86_400) return absolute(date);
  for (const [unit, size] of [["day", 86_400], ["hour", 3_600], ["minute", 60]]) {
    if (seconds <= -size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return "just now";
}

// A text in its own direction: neither its letters nor control characters reorder what is beside it.
export function isolated(text) {
  const view = document.createElement("bdi");
  view.textContent = text;
  return view;
}
