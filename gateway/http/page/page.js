// Posts a comment, shows the answer, lists the recent comments.

import { list as listWords, paint } from "./explanation.js";

const COMMENT_MAX_CHARACTERS = 5_000;
const PAGE_RECORDS = 20;
const REQUEST_TIMEOUT_MS = 15_000; // longer than the gateway itself takes to give up
const SLOW_MS = 500; // most answers are faster and need no message

const $ = (id) => document.getElementById(id);
const [form, comment, error, counter, submit] = ["form", "comment", "error", "counter", "submit"].map($);
const [answer, list, listStatus, more] = ["answer", "comments", "list-status", "more"].map($);
const [access, token] = ["access", "token"].map($);

const count = new Intl.NumberFormat("en");
const percent = new Intl.NumberFormat("en", { style: "percent", minimumFractionDigits: 2 });
const absolute = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium" });
const relative = new Intl.RelativeTimeFormat("en");

// --- The API: JSON in and out. A failure becomes an Error whose message can be shown.

async function request(path, options = {}) {
  const headers = { ...options.headers };
  if (token.value) headers.Authorization = `Bearer ${token.value}`;
  let response;
  try {
    response = await fetch(path, { ...options, headers, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
  } catch (failure) {
    throw new Error(
      failure.name === "TimeoutError"
        ? "The service did not answer in time."
        : "The service cannot be reached. Check the connection, then try again.",
    );
  }
  const body = await response.json().catch(() => null);
  if (response.status === 401) access.hidden = false;
  if (!response.ok) throw new Error(describeProblem(response, body), { cause: response.status });
  if (!body) throw new Error("The service's answer cannot be read.");
  return body;
}

function describeProblem(response, problem) {
  const errors = Array.isArray(problem?.errors) ? problem.errors : [];
  const sentences = errors.map(({ field, detail }) => `${capitalized(field)} ${detail}.`);
  if (!errors.length) {
    const parts = new Set([problem?.title, problem?.detail].filter(Boolean));
    sentences.push(`${[...parts].join(": ") || `The service answered with ${response.status}`}.`);
  }
  const wait = response.headers.get("Retry-After");
  if (wait) sentences.push(/^\d+$/.test(wait) ? `Try again in ${wait} s.` : "Try again later.");
  return sentences.join(" ");
}

// --- Records. User text enters the page only here, as text and never as markup.

function verdict(record) {
  const view = $("verdict-template").content.cloneNode(true).firstElementChild;
  view.dataset.sentiment = record.sentiment;
  view.querySelector("use").setAttribute("href", `#${record.sentiment}`);
  view.querySelector("b").textContent = capitalized(record.sentiment);
  view.querySelector("meter").value = Number(record.score);
  view.querySelector(".score").textContent = percent.format(record.score);
  view.querySelector(".confidence").textContent = `${record.confidence} confidence`;
  return view;
}

function item(record) {
  const view = $("comment-template").content.cloneNode(true).firstElementChild;
  const recorded = new Date(record.timestamp);
  view.querySelector(".text").textContent = record.original_comment;
  view.querySelector(".text").after(verdict(record));
  view.querySelector("time").dateTime = record.timestamp;
  view.querySelector("time").textContent = ago(recorded);
  view.querySelector(".recorded").textContent = absolute.format(recorded);
  view.querySelector(".exact").textContent = record.score;
  view.querySelector(".id").textContent = record.comment_id;
  view.querySelector(".id").href = `/comments/${record.comment_id}`;
  view.querySelector(".model").textContent = record.model;
  view.querySelector("details").addEventListener("toggle", () => explain(view, record), { once: true });
  if (record.explanation) showExplanation(view, record, record.explanation);
  return view;
}

// Explanations are made on demand and not stored.
async function explain(view, record) {
  if (record.explanation) return;
  const explained = await request(`/comments/${record.comment_id}?explain=true`).catch(() => null);
  if (explained?.explanation) showExplanation(view, record, explained.explanation);
  else view.querySelector(".words").textContent = "not available now";
}

function showExplanation(view, record, explanation) {
  paint(view.querySelector(".text"), record.original_comment, explanation);
  listWords(view.querySelector(".words"), record.original_comment, explanation);
}

// Keeps the server's order and shows each record once: a new record may also be in a page that was
// requested before.
function show(record) {
  const key = `${record.timestamp}#${record.comment_id}`;
  const items = [...list.children];
  if (items.some((shown) => shown.dataset.key === key)) return null;
  const view = item(record);
  view.dataset.key = key;
  list.insertBefore(view, items.find((shown) => shown.dataset.key < key) ?? null);
  const text = view.querySelector(".text");
  if (text.scrollHeight > text.clientHeight) text.tabIndex = 0; // so that arrow keys can scroll it
  return view;
}

function ago(date) {
  const seconds = (date - Date.now()) / 1000;
  if (seconds < -7 * 86_400) return absolute.format(date);
  for (const [unit, size] of [["day", 86_400], ["hour", 3_600], ["minute", 60]]) {
    if (seconds <= -size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return "just now";
}

function capitalized(word) {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

// Runs one action at a time. `disabled` would take the focus away from the button.
async function exclusively(button, work) {
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  try {
    await work();
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

// --- The form.

function characters() {
  return Array.from(comment.value).length; // code points, as the server counts
}

function showCount() {
  const excess = characters() - COMMENT_MAX_CHARACTERS;
  const limit = `${count.format(characters())} / ${count.format(COMMENT_MAX_CHARACTERS)} characters`;
  counter.textContent = excess > 0 ? `${limit}: ${count.format(excess)} too many` : limit;
  counter.classList.toggle("error", excess > 0);
  // Announced at every key only near the limit.
  counter.setAttribute("aria-live", excess > -50 ? "polite" : "off");
}

function refuse(message, isAboutText) {
  error.textContent = message;
  answer.replaceChildren();
  comment.setAttribute("aria-invalid", String(isAboutText));
  if (isAboutText) comment.focus();
}

async function post() {
  const text = comment.value;
  error.textContent = "";
  comment.removeAttribute("aria-invalid");
  if (!text.trim()) return refuse("Write a comment first.", true);
  if (characters() > COMMENT_MAX_CHARACTERS) return refuse("The comment is too long.", true);

  const slow = setTimeout(() => answer.replaceChildren("Classifying…"), SLOW_MS);
  try {
    const record = await request("/comments?explain=true", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ comment: text }),
    });
    answer.replaceChildren(verdict(record));
    show(record)?.classList.add("new");
    listStatus.textContent = "";
    if (comment.value === text) comment.value = ""; // otherwise the next comment is being written
    showCount();
    // Last, as the box above may have shrunk and the list below has grown.
    answer.scrollIntoView({ block: "nearest" });
    // On a touch screen the focus would raise the keyboard over the answer.
    if (!matchMedia("(pointer: coarse)").matches) comment.focus();
  } catch (failure) {
    refuse(`${failure.message} Your text is still here.`, failure.cause === 422);
  } finally {
    clearTimeout(slow);
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  exclusively(submit, post);
});
comment.addEventListener("input", showCount);
comment.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});

// --- The token, kept until the tab is closed.

token.value = sessionStorage.getItem("token") ?? "";
access.hidden = !token.value;
access.addEventListener("submit", async (event) => {
  event.preventDefault();
  sessionStorage.setItem("token", token.value);
  error.textContent = "";
  if (!list.children.length) await exclusively(more, showFirst);
});

// --- The list.

let cursor = null;

async function showPage() {
  const query = new URLSearchParams({ limit: PAGE_RECORDS, ...(cursor && { cursor }) });
  let page;
  try {
    page = await request(`/comments?${query}`);
  } catch (failure) {
    listStatus.textContent = failure.message;
    more.textContent = "Try again";
    more.hidden = false;
    return null;
  }
  cursor = page.next_cursor;
  more.textContent = "Show more";
  more.hidden = !cursor;
  return page.comments.map(show).filter(Boolean);
}

async function showFirst() {
  if (!(await showPage())) return;
  listStatus.textContent = list.children.length ? "" : "No comments yet.";
}

async function showMore() {
  const added = await showPage();
  if (!added) return;
  listStatus.textContent = `${added.length} more shown${cursor ? "" : "; that is all of them"}.`;
  // Reading continues at the first of them, also with a screen reader.
  added[0]?.focus({ preventScroll: true });
}

more.addEventListener("click", () => exclusively(more, showMore));
setInterval(() => {
  for (const time of list.querySelectorAll("time")) time.textContent = ago(new Date(time.dateTime));
}, 60_000);

showCount(); // a reload keeps what was typed
await showFirst();
