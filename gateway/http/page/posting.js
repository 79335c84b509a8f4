// The form that posts a comment and shows the answer.

import { exclusively, send } from "./api.js";
import { count } from "./format.js";
import { verdict } from "./record.js";

const COMMENT_MAX_CHARACTERS = 5_000;
const SLOW_MS = 500; // most answers are faster and need no message

const [form, comment, error, counter, submit, answer] = [
  "form", "comment", "error", "counter", "submit", "answer",
].map((id) => document.getElementById(id));

function characters() {
  return Array.from(comment.value).length; // code points, as the server counts
}

function showCount() {
  const excess = characters() - COMMENT_MAX_CHARACTERS;
  const limit = `${count(characters())} / ${count(COMMENT_MAX_CHARACTERS)} characters`;
  counter.textContent = excess > 0 ? `${limit}: ${count(excess)} too many` : limit;
  counter.classList.toggle("error", excess > 0);
  // Announced at every key only near the limit.
  counter.ariaLive = excess > -50 ? "polite" : "off";
}

function refuse(message, isAboutText) {
  error.textContent = message;
  answer.replaceChildren();
  comment.ariaInvalid = String(isAboutText);
  if (isAboutText) comment.focus();
}

async function post(onRecord) {
  const text = comment.value;
  clearError();
  if (!text.trim()) return refuse("Write a comment first.", true);
  if (characters() > COMMENT_MAX_CHARACTERS) return refuse("The comment is too long.", true);

  const slow = setTimeout(() => answer.replaceChildren("Classifying…"), SLOW_MS);
  try {
    const record = await send("POST", "/comments?explain=true", { comment: text });
    answer.replaceChildren(verdict(record));
    onRecord(record);
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

export function clearError() {
  error.textContent = "";
  comment.ariaInvalid = null;
}

export function onPosted(onRecord) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    exclusively(submit, () => post(onRecord));
  });
  comment.addEventListener("input", showCount);
  comment.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  showCount(); // a reload keeps what was typed
}
