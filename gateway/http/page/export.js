// Saves all comments that a filter lets through as a file.
//
// Without a token the browser follows the link and saves the file itself. A link cannot send a
// token, so with one the file is fetched: to the disk piece by piece where the browser can do that,
// else into memory, up to a limit.

import * as access from "./access.js";
import { open } from "./api.js";

const MAX_MEMORY_BYTES = 256 * 1024 * 1024;
const KINDS = {
  jsonl: { description: "JSON lines", accept: { "application/jsonl": [".jsonl"] } },
  csv: { description: "CSV", accept: { "text/csv": [".csv"] } },
};
const LINE_BREAK = 10;

const [box, status, progress, cancel] = [
  "export", "export-status", "export-progress", "export-cancel",
].map((id) => document.getElementById(id));
const links = box.querySelectorAll("a");

let controller = null; // of the export in progress

// Leads the links to the records of a filter.
export function exportOf(filter) {
  for (const link of links) {
    link.href = `/comments/export?${new URLSearchParams({ format: link.dataset.format, ...filter })}`;
  }
}

async function save(link) {
  const name = link.download;
  controller = new AbortController();
  const { signal } = controller;
  status.textContent = "";
  try {
    // First, as browsers open the dialog only just after a click.
    const file = await globalThis.showSaveFilePicker?.({ suggestedName: name, types: [KINDS[link.dataset.format]] });
    status.textContent = `Saving ${name}…`;
    cancel.hidden = false;
    const response = await open(link.href, { signal });
    const chunks = [];
    const target = file ? await file.createWritable() : new WritableStream({ write: (chunk) => void chunks.push(chunk) });
    // If it fails, the file stays as it was.
    await response.body.pipeThrough(checked(file ? Infinity : MAX_MEMORY_BYTES)).pipeTo(target);
    if (!file) download(new Blob(chunks, { type: response.headers.get("Content-Type") }), name);
    status.textContent = `${name} is saved: ${progress.textContent}.`;
  } catch (failure) {
    status.textContent = inWords(failure);
  } finally {
    controller = null;
    cancel.hidden = true;
    progress.textContent = "";
  }
}

// Passes an export on, counts its bytes, and fails if it is too large or was cut off: a complete one
// ends with an empty line.
function checked(maxBytes) {
  let bytes = 0;
  let end = [LINE_BREAK]; // an export without records is an empty line alone
  return new TransformStream({
    transform(chunk, stream) {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        throw new Error(
          `The export has more than ${megabytes(maxBytes)}, which is too much for this browser.` +
            " Narrow it with a filter, or use Chrome or Edge, which save it piece by piece.",
        );
      }
      end = [...end, ...chunk.subarray(-2)].slice(-2);
      progress.textContent = megabytes(bytes);
      stream.enqueue(chunk);
    },
    flush() {
      if (end.some((byte) => byte !== LINE_BREAK) || end.length < 2) throw new Error(CUT_OFF);
    },
  });
}

const CUT_OFF = "The export was cut off, and nothing was saved. Try again.";

function inWords(failure) {
  if (controller.signal.aborted || failure.name === "AbortError") return "The export was cancelled.";
  return failure instanceof TypeError ? CUT_OFF : failure.message; // a TypeError is a lost connection
}

function megabytes(bytes) {
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the browser reads it in its own time
}

box.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link || !access.isNeeded()) return;
  event.preventDefault();
  if (!controller) save(link);
});
cancel.addEventListener("click", () => controller?.abort());
