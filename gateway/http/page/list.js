// The list of comments: one page at a time, of those that the filters let through.

import { request } from "./api.js";
import { addCorrection } from "./correction.js";
import { exportOf } from "./export.js";
import { ago, capitalized, count, plural } from "./format.js";
import { item } from "./record.js";

const PAGE_RECORDS = 20;
const MAX_EMPTY_PAGES = 5; // that DynamoDB may answer with before it finds a record

const [section, filters, list, status, retry, pages, previous, next] = [
  "list", "filters", "comments", "list-status", "retry", "pages", "previous", "next",
].map((id) => document.getElementById(id));

const FIRST = { stage: 0, cursor: null };
let places = [FIRST]; // of all pages up to the one that is shown
let following = null; // the place of the next page
let filter = {}; // of the page that is shown or on its way
let latest = 0; // the number of the last request: the answers to earlier ones are too late

// The filters of the API that are read one after another. What a person should look at first is
// what the model is least sure of.
function stages() {
  const { sentiment, show } = Object.fromEntries(new FormData(filters));
  const wanted = sentiment && { sentiment };
  switch (show) {
    case "uncorrected":
      return ["low", "medium", "high"].map((confidence) => ({ ...wanted, confidence, corrected: false }));
    case "corrected":
      return [{ ...wanted, corrected: true }];
    default:
      return [{ ...wanted }];
  }
}

// The first records from a place on.
async function find(filtersOf, { stage, cursor }) {
  for (let pagesLeft = MAX_EMPTY_PAGES; ; pagesLeft--) {
    const query = { limit: PAGE_RECORDS, ...filtersOf[stage], ...(cursor && { cursor }) };
    const page = await request(`/comments?${new URLSearchParams(query)}`);
    let after = page.next_cursor && { stage, cursor: page.next_cursor };
    if (!after && stage + 1 < filtersOf.length) after = { stage: stage + 1, cursor: null };
    if (page.comments.length || !after || !pagesLeft) return { place: { stage, cursor }, after, ...page };
    ({ stage, cursor } = after);
  }
}

// Shows the last of these places. Returns whether it did.
async function show(target) {
  const turn = ++latest;
  const filtersOf = stages();
  const stale = [...list.children];
  const place = target.at(-1);
  use(filtersOf[place.stage], target);
  list.ariaBusy = "true";
  let found;
  try {
    found = await find(filtersOf, place);
  } catch (failure) {
    if (turn === latest) fail(failure, stale);
    return false;
  }
  if (turn !== latest) return false;
  list.ariaBusy = null;
  for (const view of stale) view.remove();
  use(filtersOf[found.place.stage], [...target.slice(0, -1), found.place]);
  following = found.after;
  for (const record of found.comments) insert(record);
  retry.hidden = true;
  pages.hidden = places.length === 1 && !following;
  previous.disabled = places.length === 1;
  next.disabled = !following;
  status.textContent = inWords();
  return true;
}

function use(current, upTo) {
  filter = current;
  places = upTo;
  exportOf(filter);
}

function fail(failure, stale) {
  list.ariaBusy = null;
  for (const view of stale) view.remove();
  status.textContent = failure.message;
  retry.hidden = false;
  pages.hidden = true;
}

function inWords() {
  const sentences = [];
  if (places.length > 1) sentences.push(`Page ${count(places.length)}.`);
  if (filter.confidence) sentences.push(`${capitalized(filter.confidence)} confidence, not corrected.`);
  if (!list.children.length) sentences.push(following ? "Nothing found yet; Next goes on." : nothing());
  else if (sentences.length || Object.keys(filter).length) {
    sentences.push(`${plural(list.children.length, "comment")} on this page.`);
  }
  return sentences.join(" ");
}

function nothing() {
  if (filter.corrected === false) return "Nothing is left to correct.";
  return Object.keys(filter).length ? "No comments match." : "No comments yet.";
}

// Keeps the server's order and shows each record once: a new record may also be in a page that was
// requested before.
function insert(record) {
  const key = `${record.timestamp}#${record.comment_id}`;
  const items = [...list.children];
  if (items.some((shown) => shown.dataset.key === key)) return null;
  const view = item(record);
  addCorrection(view, record);
  view.dataset.key = key;
  list.insertBefore(view, items.find((shown) => shown.dataset.key < key) ?? null);
  const text = view.querySelector(".text");
  if (text.scrollHeight > text.clientHeight) text.tabIndex = 0; // so that arrow keys can scroll it
  return view;
}

// Shows a new record, if it belongs here.
export function add(record) {
  const facts = { ...record, corrected: Boolean(record.correction) };
  const belongs = Object.entries(filter).every(([name, value]) => facts[name] === value);
  if (places.length > 1 || !belongs) return;
  if (list.children.length >= 2 * PAGE_RECORDS) return reload();
  insert(record)?.classList.add("new");
  if (retry.hidden) status.textContent = inWords();
}

export function reload() {
  return show([FIRST]);
}

async function turnTo(target) {
  previous.disabled = next.disabled = true;
  if (!(await show(target))) return retry.focus();
  // Reading continues at the first of them, also with a screen reader.
  section.scrollIntoView();
  (list.firstElementChild ?? section).focus({ preventScroll: true });
}

filters.addEventListener("change", reload);
filters.addEventListener("submit", (event) => event.preventDefault());
retry.addEventListener("click", () => turnTo(places));
previous.addEventListener("click", () => turnTo(places.slice(0, -1)));
next.addEventListener("click", () => turnTo([...places, following]));
setInterval(() => {
  for (const time of list.querySelectorAll("time")) time.textContent = ago(new Date(time.dateTime));
}, 60_000);
