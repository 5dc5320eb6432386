// What every page shares: forms that swap parts of the page, the live queue, automatic logoff.
"use strict";

// What is pressed twice is sent once: a form's button does nothing until its first press is answered.
let sent = new WeakMap(); // form -> the button
document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (form.getAttribute("method") === "dialog" || form.matches("[data-again]")) return;
  if (sent.has(form) && sent.get(form) === submitter) {
    event.preventDefault();
    event.stopImmediatePropagation();
  } else {
    sent.set(form, submitter);
  }
}, { capture: true });
addEventListener("pageshow", () => { sent = new WeakMap(); });

// The second click of a double click decides nothing on what has come into the place of the first; nor does a key that
// is held down.
let pressed = null;
document.addEventListener("click", (event) => {
  if (!event.detail || !event.target.closest(".todo button")) return;
  const { timeStamp: at, clientX: x, clientY: y } = event;
  const again = pressed && at - pressed.at < TWICE && Math.hypot(x - pressed.x, y - pressed.y) < 8;
  pressed = { at, x, y };
  if (again) event.preventDefault();
}, { capture: true });
document.addEventListener("input", () => { pressed = null; });
document.addEventListener("keydown", (event) => {
  const writes = event.target.matches("textarea") || (event.key === " " && typing(event.target));
  if (event.repeat && ["Enter", " "].includes(event.key) && !writes) event.preventDefault();
}, { capture: true });
const TWICE = 500; // ms between the clicks of a double click, at most

// Nothing takes another's place while a finger or a button of the mouse is down: what it presses would be gone.
let lift = Promise.resolve();
addEventListener("pointerdown", () => {
  lift = new Promise((done) => {
    const lifted = () => setTimeout(done, 50); // the click comes first
    for (const sign of ["pointerup", "pointercancel"]) addEventListener(sign, lifted, { once: true, capture: true });
  });
}, { capture: true });

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
  const own = { name: name_of_form(form), text: form.elements.text?.value };
  line = line.then(() => post(form.getAttribute("action"), data, { own })).then(() => sent.delete(form));
}

// A request by script asks for parts of the page.
function ask(where, body, more) {
  return fetch(where, { method: "POST", body, headers: { "X-Part": "1" }, ...more });
}

// `own` is the form that is sent, by its name, with the text it had; `lost` is said where nobody answers. While
// somebody is `editing`, the request outlives the page.
async function post(where, data, { own, editing = false, lost = LOST } = {}) {
  const seen = document.querySelector("[data-seen]");
  if (seen) data.set("seen", seen.dataset.seen);
  let answer, html;
  try {
    answer = await ask(where, data, { keepalive: editing && new Blob([own.text]).size < KEEPALIVE });
    html = await answer.text();
  } catch {
    settle(own, false);
    say(lost, true);
    return;
  }
  settle(own, answer.ok);
  if (answer.status === 401) {
    say(LOCKED, true);
    return;
  }
  touched();
  await lift;
  swap(html, { own: answer.ok && own, editing });
  if (answer.ok && document.querySelector("form[data-unsaved=failed]")) say(SOME, true);
}

const LOST = "Evenfall does not answer. What you did before is kept. Start it again with: evenfall review";
const LOCKED = "Evenfall was locked meanwhile. Open it again in another tab, then go on here: your words are still in this window.";
const UNSAVED = "Not saved: Evenfall does not answer. Your words are still in this window.";
const SOME = "Saved, but other words that you typed are not: they are still in this window.";
const KEEPALIVE = 60_000; // bytes of a request that may outlive its page: it holds 64 KiB at most

// A form that saves itself is data-unsaved from the first key until the answer that keeps these words; `savers` are what
// sends them.
const savers = [];
function settle(own, ok) {
  for (const form of document.querySelectorAll("form[data-unsaved]")) {
    if (name_of_form(form) !== own?.name || form.elements.text.value !== own.text) continue;
    if (ok) delete form.dataset.unsaved;
    else form.dataset.unsaved = "failed";
  }
}

// `own` is the form whose words were just kept: they need not be carried over. While somebody is `editing`, the
// statement that they write in stays as it is until they leave it.
let behind = null; // how that statement stands
function swap(html, { own, editing } = {}) {
  const parts = new DOMParser().parseFromString(html, "text/html");
  const said = parts.getElementById("said");
  if (said) say(said.textContent, said.matches(".warn"));
  else if (!parts.body.children.length) say(parts.body.textContent.trim() || LOST, true); // the gate's own answer
  for (const fresh of [...parts.body.children]) {
    if (fresh === said) continue;
    const old = fresh.id && document.getElementById(fresh.id);
    if (!old || old.isEqualNode(fresh)) continue;
    if (editing && fresh.matches(".statement") && old.querySelector("form[data-autosave]:focus-within")) behind = fresh;
    else exchange(old, fresh, own);
  }
}

function exchange(old, fresh, own) {
  const held = place();
  if (fresh.matches("#note, .statement")) behind = null;
  carry(old, fresh, own);
  old.replaceWith(fresh);
  if (document.activeElement === document.body) refocus(held);
}

// What is half typed, and what was unfolded, stays so when its part of the page is replaced.
function carry(old, fresh, own) {
  const fields = new Map(typed(fresh).map((field) => [name_of(field), field]));
  for (const field of typed(old)) {
    const next = fields.get(name_of(field));
    const { form } = field;
    const done = own && name_of_form(form) === own.name && form.elements.text?.value === own.text;
    const saved = form.matches("[data-autosave]:not([data-unsaved], :focus-within)");
    if (!next || done || saved || (untouched(field) && field !== document.activeElement)) continue;
    next.value = field.value;
    next.form.hidden = form.hidden;
    if (form.dataset.unsaved) next.form.dataset.unsaved = form.dataset.unsaved;
  }
  const who = fresh.matches(".turn") && fresh.querySelector(".who");
  if (who) who.tabIndex = old.querySelector(".who").tabIndex; // of all turns, one is in the tab order
  const folded = [...fresh.querySelectorAll("details")];
  for (const details of old.querySelectorAll("details[open]")) {
    const text = details.querySelector("summary").textContent;
    const same = folded.find((one) => one.querySelector("summary").textContent === text && !one.open);
    if (same && fold_of(same) === fold_of(details)) same.open = true;
  }
}

function typed(part) { return [...part.querySelectorAll("form input[name=text], form textarea, form select")]; }
function untouched(field) {
  if (!field.matches("select")) return field.value === field.defaultValue;
  return field.value === ([...field.options].find((option) => option.defaultSelected) || field.options[0])?.value;
}
function name_of(field) { return `${name_of_form(field.form)} ${field.name} ${field.type}`; }
function name_of_form({ elements }) { return `${elements.action?.value} ${elements.target?.value} ${elements.text?.ariaLabel}`; }
function fold_of(details) { return details.parentElement.querySelector("[name=target]")?.value; }

// Where the focus is, so that it can be put back when that part of the page was replaced: on the same thing, or else at
// the head of that part; on nothing that would do the same to another item.
function place() {
  const one = document.activeElement;
  const parts = [];
  for (let part = one?.parentElement?.closest("[id]:not(main)"); part; part = part.parentElement.closest("[id]:not(main)")) {
    parts.push(part.id);
  }
  return { id: one?.id, parts, name: one && name_of_thing(one), caret: typing(one) && one.selectionStart };
}

function refocus({ id, parts, name, caret }) {
  const part = parts.map((each) => document.getElementById(each)).find(Boolean);
  const things = part ? [...part.querySelectorAll("a, button, summary, input, select, textarea")] : [];
  const same = (id && document.getElementById(id)) || things.find((one) => name_of_thing(one) === name);
  for (const one of [same, part?.querySelector(".words, h2"), part].filter(Boolean)) {
    if (one !== same && one.tabIndex < 0) one.tabIndex = -1;
    one.focus({ preventScroll: true });
    if (document.activeElement !== one) continue;
    if (caret && one === same) one.setSelectionRange?.(caret, caret);
    return;
  }
}

function name_of_thing(one) {
  const what = typing(one) ? one.type : one.value || one.getAttribute("href") || one.textContent;
  const whose = one.form ? name_of_form(one.form) : one.matches("summary") && fold_of(one.parentElement);
  return [one.localName, one.name, what, whose].join(" ");
}

// The place where it is said stays, and equal words go and come again: else they would not be spoken a second time.
let saying = null;
function say(text, warns = false) {
  const place = document.getElementById("said");
  if (!place) return;
  clearTimeout(saying);
  place.textContent = "";
  place.setAttribute("role", warns ? "alert" : "status");
  place.className = warns ? "message warn" : "soft small";
  saying = setTimeout(() => { place.textContent = text; }, 100);
}

// Logoff: after so long without a sign of somebody in any tab the server lets nobody in; then no tab shows anything.
let last = Date.now();
let told_last = Date.now();
let shared_last = 0;
const idle = Number(document.body.dataset.idle || 0) * 1000;
const member = document.body.dataset.member;
const tabs = member === undefined ? null : new BroadcastChannel("evenfall");
function touched() { last = told_last = Date.now(); }
function share() { // what a person does, not what a page does by itself: one that records keeps no other tab open
  if (last - shared_last < Math.min(1000, idle / 10)) return;
  shared_last = last;
  tabs?.postMessage({ there: member });
}
if (idle) {
  setInterval(() => { if (!covered && Date.now() - last > idle) leave(); }, Math.min(5000, idle / 2));
}

// Who types or reads is there, too; the server hears of it now and then.
function there() {
  if (covered) return;
  last = Date.now();
  share();
  if (!idle || last - told_last < idle / 10) return;
  told_last = last;
  ask("/awake").then((answer) => { if (answer.status === 401) leave(); }).catch(() => {});
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

// Whoever signs in hides what is left open of anybody else's in the other tabs; so does who locks, once it is saved.
tabs?.addEventListener("message", ({ data }) => {
  if (member === "") return;
  if (data.there !== undefined) {
    if (data.there === member) last = Math.max(last, Date.now());
  } else if (data === member) {
    uncover();
  } else if (data) {
    cover();
    location.replace("/locked");
  } else {
    leave();
  }
});
tabs?.postMessage(member);

// Nothing is shown any more; what is nowhere else stays in the window, and is shown once the same person is let in again.
async function leave() {
  cover();
  const kept = await Promise.all(savers.map((save) => save()));
  if (covered && !kept.includes(false) && !half_typed()) location.replace("/locked");
}

function half_typed() {
  const fields = [...document.querySelectorAll("form textarea, form input:is([type=text], :not([type]))")];
  const loose = (field) => !field.form.matches("[data-autosave], [data-typing], [method=get]") && !untouched(field);
  return Boolean(document.querySelector("form[data-unsaved]")) || fields.some(loose);
}

const COVERED = "Evenfall is locked. What you typed, or record, is still in this window: open Evenfall in another tab, then it is "
  + "shown here again.";
let covered = null; // what the page showed
function cover() {
  if (covered) return;
  covered = [...document.body.children].filter((part) => !part.hidden);
  for (const part of covered) part.hidden = true;
  const notice = document.createElement("p");
  notice.id = "covered";
  notice.className = "message warn";
  notice.setAttribute("role", "alert");
  notice.textContent = COVERED;
  document.body.append(notice);
}

function uncover() {
  if (!covered) return;
  document.getElementById("covered").remove();
  for (const part of covered) part.hidden = false;
  covered = null;
  last = told_last = Date.now();
}

// The queue tells by itself what goes on, until the browser is let in no more: Evenfall may have been started anew.
const STANDS = "This list stands still: Evenfall was locked, or started anew. Reload the page.";
if (document.body.dataset.events) {
  const source = new EventSource("/events");
  source.addEventListener("queue", (event) => lift.then(() => swap(event.data)));
  source.addEventListener("locked", () => location.replace("/locked"));
  source.addEventListener("error", () => { if (source.readyState === EventSource.CLOSED) say(STANDS, true); });
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
