// How a record looks. User text enters the page here, as text and never as markup.

import { request } from "./api.js";
import { list as listWords, paint } from "./explanation.js";
import { absolute, ago, capitalized, percent } from "./format.js";

export function copyOf(template) {
  return document.getElementById(template).content.cloneNode(true).firstElementChild;
}

// A sentiment's face and name.
export function badge(sentiment) {
  const view = copyOf("sentiment-template");
  view.dataset.sentiment = sentiment;
  view.querySelector("use").setAttribute("href", `#${sentiment}`);
  view.querySelector("b").textContent = capitalized(sentiment);
  return view;
}

export function verdict(record) {
  const view = copyOf("verdict-template");
  view.dataset.sentiment = record.sentiment;
  view.prepend(badge(record.sentiment));
  view.querySelector("meter").value = Number(record.score);
  view.querySelector(".score").textContent = percent(record.score);
  view.querySelector(".confidence").textContent = `${record.confidence} confidence`;
  return view;
}

export function item(record) {
  const view = copyOf("comment-template");
  const recorded = new Date(record.timestamp);
  view.querySelector(".text").textContent = record.original_comment;
  view.querySelector(".text").after(verdict(record));
  view.querySelector("time").dateTime = record.timestamp;
  view.querySelector("time").textContent = ago(recorded);
  view.querySelector(".recorded").textContent = absolute(recorded);
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
