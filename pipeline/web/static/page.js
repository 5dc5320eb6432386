// What every page shares: forms that swap parts of the page, the live queue, automatic logoff.
"use strict";

// A form with data-swap is sent in the background; the answer's elements take the places of those with their ids.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-swap]") || event.defaultPrevented) return;
  event.preventDefault();
  send(form, event.submitter);
});

// One after the other: each hands back what the page shows, and that changes with each answer.
let line = Promise.resolve();
function send(form, submitter) {
  const data = new FormData(form, submitter || undefined);
  line = line.then(() => post(form.getAttribute("action"), data));
}

// A request by script asks for parts of the page.
function ask(where, body, more) {
  return fetch(where, { method: "POST", body, headers: { "X-Part": "1" }, ...more });
}

// While somebody is `editing`, the statement stays as it is and the request outlives the page; `lost` is said where
// nobody answers.
async function post(where, data, { editing = false, lost = LOST } = {}) {
  const seen = document.querySelector("[data-seen]");
  if (seen) data.set("seen", seen.dataset.seen);
  try {
    const answer = await ask(where, data, { keepalive: editing });
    if (answer.status === 401) {
      say(LOCKED);
      return;
    }
    touched();
    swap(await answer.text(), editing ? { editing } : { done: answer.ok && data.get("target") });
  } catch {
    say(lost);
  }
}

const LOST = "Evenfall does not answer. What you did before is kept. Start it again with: evenfall review";
const LOCKED = "Evenfall was locked meanwhile. Open it again in another tab, then go on here: your words are still in this window.";

// `done` is the target of what was just kept: what was typed for it need not be carried over. While somebody is
// `editing`, the statement stays as it is.
function swap(html, { done, editing } = {}) {
  const parts = new DOMParser().parseFromString(html, "text/html");
  const held = place();
  for (const fresh of [...parts.body.children]) {
    const old = fresh.id && document.getElementById(fresh.id);
    if (!old || old.isEqualNode(fresh) || (editing && fresh.matches(".statement"))) continue;
    carry(old, fresh, done);
    old.replaceWith(fresh);
  }
  if (document.activeElement === document.body) refocus(held);
}

// What is half typed, and what was unfolded, stays so when its part of the page is replaced.
function carry(old, fresh, done) {
  const fields = new Map(typed(fresh).map((field) => [name_of(field), field]));
  for (const field of typed(old)) {
    const next = fields.get(name_of(field));
    const kept = field.form.matches("[data-autosave]") && field !== document.activeElement; // it saves itself
    if (!next || kept || field.value === field.defaultValue || field.form.elements.target?.value === done) continue;
    next.value = field.value;
    next.form.hidden = field.form.hidden;
  }
  const folded = [...fresh.querySelectorAll("details")];
  for (const details of old.querySelectorAll("details[open]")) {
    const text = details.querySelector("summary").textContent;
    const same = folded.find((one) => one.querySelector("summary").textContent === text && !one.open);
    if (same && fold_of(same) === fold_of(details)) same.open = true;
  }
}

function typed(part) { return [...part.querySelectorAll("form input[name=text], form textarea")]; }
function name_of(field) { return `${field.form.elements.target?.value} ${field.name} ${field.type} ${field.ariaLabel}`; }
function fold_of(details) { return details.parentElement.querySelector("[name=target]")?.value; }

// Where the focus is, so that it can be put back when that part of the page was replaced.
function place() {
  const one = document.activeElement;
  const name = ["data-key", "href", "name"].find((attribute) => one?.hasAttribute(attribute));
  const like = name && `${one.localName}[${name}="${CSS.escape(one.getAttribute(name))}"]`;
  return { id: one?.id, part: one?.parentElement?.closest("[id]:not(main)")?.id, like, caret: typing(one) && one.selectionStart };
}

function refocus({ id, part, like, caret }) {
  const whole = part && document.getElementById(part);
  const same = whole && like && [...whole.querySelectorAll(like)];
  const places = [id && document.getElementById(id), ...(same || []), whole?.querySelector(".words")];
  for (const one of places.filter(Boolean)) {
    one.focus({ preventScroll: true });
    if (document.activeElement !== one) continue;
    if (caret) one.setSelectionRange?.(caret, caret);
    return;
  }
}

function say(text) {
  const place = document.getElementById("said");
  if (place) place.textContent = text;
}

// Logoff: after so long without a sign of somebody the server lets nobody in; the page then shows nothing either.
let last = Date.now();
let told_last = Date.now();
const idle = Number(document.body.dataset.idle || 0) * 1000;
function touched() { last = told_last = Date.now(); }
if (idle) {
  setInterval(() => { if (Date.now() - last > idle) location.replace("/locked"); }, Math.min(5000, idle / 2));
}

// Who types or reads is there, too; the server hears of it now and then.
function there() {
  last = Date.now();
  if (!idle || last - told_last < idle / 10) return;
  told_last = last;
  ask("/awake").catch(() => {});
}
for (const sign of ["input", "keydown", "pointerdown", "wheel", "touchmove"]) {
  document.addEventListener(sign, there, { passive: true });
}

// A page that the browser kept aside to go back to is asked for anew: it may have been locked since.
addEventListener("pagehide", () => { document.documentElement.hidden = true; });
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
  else document.documentElement.hidden = false;
});

// Where several members use one browser: who signs in or out hides what is left open of anybody else's.
const member = document.body.dataset.member;
if (member !== undefined) {
  const windows = new BroadcastChannel("evenfall");
  windows.addEventListener("message", (event) => { if (member !== event.data && member !== "") location.replace("/locked"); });
  windows.postMessage(member);
}

// The queue tells by itself what goes on.
if (document.body.dataset.events) {
  const source = new EventSource("/events");
  source.addEventListener("queue", (event) => { swap(event.data); });
  source.addEventListener("locked", () => location.replace("/locked"));
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) document.getElementById(opener.dataset.open).showModal();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "?" && !typing(event.target) && letters()) {
    const sheet = document.getElementById("keys");
    if (sheet) { sheet.showModal(); event.preventDefault(); }
  }
});

// Keys that are letters alone can be turned off, for who speaks to the computer (WCAG 2.1.4).
function letters() { return localStorage.getItem("letters") !== "off"; }
const switch_of_letters = document.getElementById("letters");
if (switch_of_letters) {
  switch_of_letters.checked = letters();
  switch_of_letters.addEventListener("change", () => localStorage.setItem("letters", switch_of_letters.checked ? "on" : "off"));
}

function typing(target) { return target?.matches("input, textarea, select, [contenteditable]"); }
