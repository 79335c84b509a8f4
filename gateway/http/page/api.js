// The HTTP API. A failure becomes an Error whose message can be shown; its cause is the status.

import * as access from "./access.js";
import { capitalized } from "./format.js";

const REQUEST_TIMEOUT_MS = 15_000; // longer than the gateway itself takes to give up

// The JSON that a request is answered with.
export async function request(path, options = {}) {
  const response = await open(path, { ...options, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
  const body = await response.json().catch(() => null);
  if (!body) throw new Error("The service's answer cannot be read.");
  return body;
}

export function send(method, path, body) {
  const content = { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  return request(path, { method, ...(body && content) });
}

// The answer to a request, before its body is read.
export async function open(path, options) {
  let response;
  try {
    response = await fetch(path, { ...options, headers: { ...options.headers, ...access.headers() } });
  } catch (failure) {
    throw new Error(
      failure.name === "TimeoutError"
        ? "The service did not answer in time."
        : "The service cannot be reached. Check the connection, then try again.",
    );
  }
  if (response.ok) return response;
  if (response.status === 401) access.ask();
  const problem = await response.json().catch(() => null);
  throw new Error(inWords(response, problem), { cause: response.status });
}

function inWords(response, problem) {
  switch (response.status) {
    case 401:
      return access.hasToken()
        ? "The service does not know this token. Enter another one at the top of the page."
        : "The service needs a token. Enter one at the top of the page.";
    case 403:
      return `This token does not allow it: ${problem?.detail ?? "it has another role"}.`;
    case 404:
      return "This comment does not exist any more.";
  }
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

// Runs one action of a control at a time. `disabled` would take the focus away from it.
export async function exclusively(control, work) {
  if (control.ariaDisabled === "true") return;
  control.ariaDisabled = "true";
  try {
    await work();
  } finally {
    control.ariaDisabled = null;
  }
}
