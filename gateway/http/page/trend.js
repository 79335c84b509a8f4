// How many comments of each sentiment there were in each hour or day: a chart, its sums and a table.

import { request } from "./api.js";
import { draw } from "./bars.js";
import { count, plural, SENTIMENTS, share } from "./format.js";
import { badge } from "./record.js";

const STEP_MS = { hour: 3_600_000, day: 86_400_000 };
// On DynamoDB each statistic costs money: whoever closes the chart finds it closed.
const CLOSED = "trend-closed";

const [box, range, status, retry, numbers, chart, sums, rows] = [
  "trend", "range", "trend-status", "trend-retry", "numbers", "chart", "sums", "trend-rows",
].map((id) => document.getElementById(id));

// Days are those of UTC, as in the API; hours are local.
const names = {
  hour: new Intl.DateTimeFormat("en", { weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
  day: new Intl.DateTimeFormat("en", { month: "short", day: "numeric", timeZone: "UTC" }),
};

let intervals = []; // that are shown
let unit = "hour"; // the length of each
let latest = 0; // the number of the last request: the answers to earlier ones are too late

export async function reload() {
  if (!box.open) return;
  const turn = ++latest;
  const [by, number] = range.value.split(" ");
  const first = (Math.floor(Date.now() / STEP_MS[by]) - number + 1) * STEP_MS[by];
  const query = new URLSearchParams({ by, from: new Date(first).toISOString() });
  let statistics = { intervals: [] };
  let failure = null;
  try {
    statistics = await request(`/statistics?${query}`);
  } catch (error) {
    failure = error;
  }
  if (turn !== latest) return;
  intervals = statistics.intervals;
  unit = by;
  numbers.hidden = Boolean(failure);
  retry.hidden = !failure;
  if (failure) status.textContent = failure.message;
  else show();
}

// Counts a record that was posted since.
export function add(record) {
  const last = intervals.at(-1);
  if (!last) return;
  if (new Date(record.timestamp) - new Date(last.start) >= STEP_MS[unit]) return reload();
  last.sentiment[record.sentiment]++;
  show();
}

function show() {
  const total = (sentiment) => intervals.reduce((sum, each) => sum + each.sentiment[sentiment], 0);
  const all = SENTIMENTS.reduce((sum, sentiment) => sum + total(sentiment), 0);
  const period = range.selectedOptions[0].text.toLowerCase();
  const zone = unit === "day" ? " (UTC)" : "";
  status.textContent = `${plural(all, "comment")} in the ${period}${zone}, by the model's answer.`;
  chart.ariaLabel = `Bars for each ${unit}: ${status.textContent} The table below has the numbers.`;
  sums.replaceChildren(
    ...SENTIMENTS.map((sentiment) => {
      const view = document.createElement("li");
      view.append(badge(sentiment), ` ${count(total(sentiment))} (${share(total(sentiment), all)})`);
      return view;
    }),
  );
  rows.replaceChildren(...intervals.map(row));
  redraw();
}

function row({ start, sentiment }) {
  const view = document.createElement("tr");
  const head = view.appendChild(document.createElement("th"));
  head.scope = "row";
  head.textContent = names[unit].format(new Date(start));
  for (const name of SENTIMENTS) view.insertCell().textContent = count(sentiment[name]);
  return view;
}

function redraw() {
  draw(
    chart,
    intervals.map(({ start, sentiment }) => {
      const parts = SENTIMENTS.map((name) => ({ name, value: sentiment[name] }));
      const label = names[unit].format(new Date(start));
      const words = parts.map(({ name, value }) => `${count(value)} ${name}`).join(", ");
      return { label, parts, title: `${label}: ${words}` };
    }),
  );
}

export function start() {
  box.open = !localStorage.getItem(CLOSED);
  box.addEventListener("toggle", () => {
    if (box.open) localStorage.removeItem(CLOSED);
    else localStorage.setItem(CLOSED, "yes");
    if (!intervals.length) reload();
  });
  range.addEventListener("change", reload);
  retry.addEventListener("click", async () => {
    await reload();
    range.focus(); // the button is no longer there
  });
  new ResizeObserver(redraw).observe(chart);
}
