// Shows what a draft would do while one types, and deliveries as they arrive.
// Nothing depends on it: without scripts, buttons and links lead to the same pages.

const PAUSE_MS = 600; // between the last key and the preview
const announcer = document.createElement("p");
announcer.className = "visually-hidden";
announcer.setAttribute("role", "status");
document.body.append(announcer);

let timer;
let pending = new AbortController();

/** Replace a part of the page by the same part of another one; what was opened stays open. */
function replacePart(part, newPart) {
  const opened = new Set([...part.querySelectorAll("details[open][id]")].map(({ id }) => id));
  for (const details of newPart.querySelectorAll("details[id]")) {
    if (opened.has(details.id)) details.open = true;
  }
  part.replaceWith(newPart);
  const says = newPart.querySelector("[data-announce]");
  if (says) announcer.textContent = says.textContent.replace(/\s+/g, " ").trim();
}

/** Fetch a page, and show one part of it in place; return whether that was possible. */
async function fetchPart(id, address, options = {}) {
  pending.abort();
  pending = new AbortController();
  const { signal } = pending;
  const response = await fetch(address, { ...options, headers: { Accept: "text/html" }, signal });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const [part, newPart] = [document.getElementById(id), page.getElementById(id)];
  if (!part || !newPart) return false;
  replacePart(part, newPart);
  return true;
}

/** Show the preview of a form as it is filled; where that fails, its button still leads to one. */
async function preview(form) {
  try {
    const body = new URLSearchParams(new FormData(form));
    await fetchPart("preview", form.dataset.preview, { method: "POST", body });
  } catch {
    // Another key was pressed, or the service cannot be reached.
  }
}

/** Offer a feature no end of support, which it has not; without scripts the service refuses it. */
function fitKinds(form) {
  const [ends, kinds] = [form.querySelector('option[value="end_of_support"]'), form.elements.kind];
  if (!ends) return;
  ends.disabled = form.elements.what?.value === "feature";
  if (ends.disabled && ends.selected) kinds.value = "removal";
}

for (const form of document.querySelectorAll("form[data-preview]")) fitKinds(form);

addEventListener("input", ({ target }) => {
  const form = target.form;
  if (!form?.dataset.preview) return;
  fitKinds(form);
  clearTimeout(timer);
  timer = setTimeout(() => preview(form), PAUSE_MS);
});

/** Show a part again as long as it says that more is to come, unless somebody is at work in it. */
function watch(id) {
  const seconds = document.getElementById(id)?.dataset.refresh;
  if (!seconds) return;
  setTimeout(async () => {
    const part = document.getElementById(id);
    try {
      if (!part.contains(document.activeElement)) await fetchPart(id, location.href);
    } catch {
      // The next try may succeed.
    }
    watch(id);
  }, seconds * 1000);
}

watch("progress");
