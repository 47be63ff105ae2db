// Saves a draft and shows what it would do while one types, and shows deliveries as they arrive.
// Nothing depends on it: without scripts, buttons and links lead to the same pages.

const PAUSE_MS = 600; // between the last key and what follows from it
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

let saving; // what the service is asked to save at the moment

/** Say how the text stands: saved and when, or not and why. */
function sayState(form, words, { comparing = false } = {}) {
  const state = document.getElementById(form.dataset.saves);
  state.textContent = words;
  if (!comparing) return;
  const button = document.createElement("button");
  button.textContent = "Compare the two texts";
  state.append(" ", button);
  announcer.textContent = words;
}

/** Save a draft as it is filled; the answer is the page of what is saved, with its preview. */
async function save(form) {
  const body = new URLSearchParams(new FormData(form));
  const headers = { Accept: "text/html" };
  const response = await fetch(form.action, { method: "POST", body, headers });
  if (response.status === 412) {
    sayState(form, "Not saved: somebody else has saved another text.", { comparing: true });
    return;
  }
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const newForm = page.querySelector("form[data-saves]");
  if (!newForm) {
    sayState(form, "Not saved. Save the draft to see why.");
    return;
  }
  replacePart(document.getElementById("preview"), page.getElementById("preview"));
  if (!response.ok) {
    sayState(form, "Not saved yet: the preview says what must be right first.");
    return;
  }
  replacePart(document.getElementById("draft-head"), page.getElementById("draft-head"));
  for (const name of ["revision", "was"]) form.elements[name].value = newForm.elements[name].value;
  sayState(form, `Saved ${new Date().toTimeString().slice(0, 5)}`);
}

/** Save one text after another: each goes on from what the one before it has made. */
async function saveInTurn(form) {
  while (saving) await saving;
  sayState(form, "Saving…");
  saving = save(form)
    .catch(() => sayState(form, "Not saved: the service cannot be reached. Your text stays here."))
    .finally(() => (saving = undefined));
  await saving;
}

addEventListener("input", ({ target }) => {
  const form = target.form;
  if (!form?.dataset.preview) return;
  fitKinds(form);
  clearTimeout(timer);
  timer = setTimeout(() => (form.dataset.saves ? saveInTurn(form) : preview(form)), PAUSE_MS);
});

addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (!form.dataset.saves) return;
  clearTimeout(timer);
  if (!saving) return;
  event.preventDefault(); // what is on its way has to come back first
  saving.then(() => form.requestSubmit(submitter));
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
