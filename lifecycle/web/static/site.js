// Answers forms in place, where they lead to the page they stand on, and searches as one types.
// Nothing depends on it: without scripts the same addresses answer with the same pages.

const PAUSE_MS = 250; // between the last key and the search
const announcer = document.createElement("p");
announcer.className = "visually-hidden";
announcer.setAttribute("role", "status");
document.body.append(announcer);

let timer;
let shown = location.pathname + location.search;
let pending = new AbortController();

/** Return the address that a form leads to as it is filled; empty fields are left out. */
function addressOf(form) {
  const address = new URL(form.action);
  const filled = [...new FormData(form)].filter(([, value]) => value.trim() !== "");
  address.search = new URLSearchParams(filled);
  return address;
}

/** Whether a form asks the page that it stands on, so that the answer can take this one's place. */
function isAnsweredHere(form) {
  return form.matches("form.query") && new URL(form.action).pathname === location.pathname;
}

/** Return the part of a page that a form's answer stands in, given the form's place among all. */
function partOf(page, number) {
  return page.querySelectorAll("form.query")[number]?.closest("section, main");
}

/** Replace what stands around a form, and leave the form, its focus and its caret alone. */
function replaceAround(form, part, newForm, newPart) {
  for (const element of [...part.children]) if (!element.contains(form)) element.remove();
  let isBefore = true;
  for (const element of [...newPart.children]) {
    if (element.contains(newForm)) isBefore = false;
    else if (isBefore) form.before(element);
    else part.append(element);
  }
}

/** Give a form's fields what the answer gives them; one in which somebody types keeps its text. */
function refill(form, newForm, typedIn) {
  for (const field of form.elements) {
    const newField = field.name && newForm.elements[field.name];
    if (!newField) continue;
    if (field !== typedIn) field.value = newField.value;
    for (const name of ["aria-invalid", "aria-describedby"]) {
      if (newField.hasAttribute(name)) field.setAttribute(name, newField.getAttribute(name));
      else field.removeAttribute(name);
    }
  }
}

/** Fetch an address and show its answer around a form; return whether that was possible. */
async function answer(form, address, typedIn) {
  pending.abort();
  pending = new AbortController();
  const { signal } = pending;
  const response = await fetch(address, { headers: { Accept: "text/html" }, signal });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const number = [...document.querySelectorAll("form.query")].indexOf(form);
  const [part, newPart] = [partOf(document, number), partOf(page, number)];
  if (!newPart) return false;
  const newForm = page.querySelectorAll("form.query")[number];
  const [says] = newPart.querySelectorAll("[role=status], [role=alert]");
  announcer.textContent = says ? says.textContent.replace(/\s+/g, " ").trim() : "";
  refill(form, newForm, typedIn);
  replaceAround(form, part, newForm, newPart);
  document.title = page.title;
  shown = address.pathname + address.search;
  return true;
}

/** Answer in place; where that fails, go there as any form does. */
async function show(form, address, { typedIn, remember }) {
  try {
    if (await answer(form, address, typedIn)) remember(address);
    else location.assign(address);
  } catch (error) {
    if (error.name !== "AbortError") location.assign(address);
  }
}

addEventListener("submit", (event) => {
  const form = event.target;
  if (!isAnsweredHere(form)) return;
  event.preventDefault();
  clearTimeout(timer);
  const remember = (address) => {
    history.pushState(null, "", address);
    document.getElementById(address.hash.slice(1))?.scrollIntoView(); // as without scripts
  };
  show(form, addressOf(form), { remember });
});

addEventListener("input", ({ target }) => {
  if (target.type !== "search" || !isAnsweredHere(target.form)) return;
  clearTimeout(timer);
  const remember = (address) => history.replaceState(null, "", address);
  const search = () => show(target.form, addressOf(target.form), { typedIn: target, remember });
  timer = setTimeout(search, PAUSE_MS);
});

addEventListener("popstate", () => {
  if (location.pathname + location.search !== shown) location.reload();
});
