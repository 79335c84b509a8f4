// What a person says of a record: given, shown, and taken back.

import { exclusively, send } from "./api.js";
import { ago, isolated, SENTIMENTS } from "./format.js";
import { badge, copyOf } from "./record.js";

// Adds the controls to the view of a record.
export function addCorrection(view, record) {
  const part = copyOf("correction-template");
  const $ = (name) => part.querySelector(name);
  const [toggle, choices, said, takeBack, error] = [".wrong", ".choices", ".said", ".take-back", ".error"].map($);
  view.querySelector("details").before(part);
  view.querySelector(".verdict").append(toggle);
  let correction = record.correction;

  function show() {
    toggle.textContent = correction ? "Change" : "This is wrong";
    takeBack.hidden = !correction;
    said.replaceChildren(...(correction ? inWords(correction, record) : []));
    view.classList.toggle("overruled", Boolean(correction) && correction.sentiment !== record.sentiment);
    for (const choice of choices.querySelectorAll("button")) {
      choice.ariaPressed = String(choice.value === correction?.sentiment);
    }
  }

  function open(isOpen) {
    choices.hidden = !isOpen;
    toggle.ariaExpanded = String(isOpen);
  }

  // The button that was pressed is no longer there.
  function close() {
    open(false);
    toggle.focus();
  }

  function change(method, body) {
    return exclusively(toggle, async () => {
      error.textContent = "";
      try {
        ({ correction } = await send(method, `/comments/${record.comment_id}/correction`, body));
        show();
        close();
      } catch (failure) {
        error.textContent = failure.message;
      }
    });
  }

  for (const sentiment of SENTIMENTS) {
    const choice = document.createElement("button");
    choice.type = "button";
    choice.value = sentiment;
    choice.append(badge(sentiment));
    choice.addEventListener("click", () => {
      if (sentiment === correction?.sentiment) close(); // saying it again would remove its note
      else change("PUT", { sentiment });
    });
    choices.append(choice);
  }
  toggle.addEventListener("click", () => open(choices.hidden));
  choices.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  takeBack.addEventListener("click", () => change("DELETE"));
  show();
}

function inWords({ sentiment, note, by, at }, record) {
  const time = document.createElement("time");
  time.dateTime = at;
  time.textContent = ago(new Date(at));
  const verb = sentiment === record.sentiment ? "Confirmed as" : "Corrected to";
  return [`${verb} `, badge(sentiment), by ? " by " : " ", ...(by ? [isolated(by), " "] : []), time,
    ...(note ? [": “", isolated(note), "”"] : [])];
}
