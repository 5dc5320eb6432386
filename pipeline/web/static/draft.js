// One draft: choosing statements and turns, keys, editing in place that saves itself.
"use strict";

const sheet = document.querySelector(".sheet");

function statements() { return [...document.querySelectorAll(".statement")]; }

function choose(statement, { scroll = true } = {}) {
  for (const other of document.querySelectorAll(".statement.chosen")) other.classList.remove("chosen");
  for (const mark of document.querySelectorAll("mark.lit")) mark.classList.remove("lit");
  if (!statement) return;
  statement.classList.add("chosen");
  const marks = [...document.querySelectorAll(`mark[data-of~="${statement.dataset.key}"]`)];
  for (const mark of marks) mark.classList.add("lit");
  if (scroll && marks.length) marks[0].closest(".turn").scrollIntoView({ block: "center" });
}

document.addEventListener("click", (event) => {
  const statement = event.target.closest(".statement");
  if (statement && !event.target.closest("button, a, textarea")) {
    choose(statement);
    statement.querySelector(".words")?.focus({ preventScroll: true });
    return;
  }
  const turn = event.target.closest(".turn");
  if (turn && !event.target.closest("button, select, form")) show_uses(turn);
  const tab = event.target.closest("[data-show]");
  if (tab) show_tab(tab.dataset.show);
  const opener = event.target.closest("[data-edit]");
  if (opener) open_editor(opener.closest(".statement"));
});

document.addEventListener("focusin", (event) => {
  const statement = event.target.closest(".statement");
  if (statement) choose(statement, { scroll: false });
});

function show_uses(turn) {
  const used = new Set([...turn.querySelectorAll("mark")].flatMap((mark) => mark.dataset.of.split(" ")));
  const first = statements().find((statement) => used.has(statement.dataset.key));
  for (const other of document.querySelectorAll(".turn.chosen")) other.classList.remove("chosen");
  turn.classList.add("chosen");
  for (const statement of statements()) statement.classList.toggle("chosen", used.has(statement.dataset.key));
  if (first) first.scrollIntoView({ block: "center" });
  turn.querySelector(".add")?.removeAttribute("hidden");
}

function show_tab(name) {
  sheet.dataset.tab = name;
  for (const tab of document.querySelectorAll("[data-show]")) {
    tab.setAttribute("aria-selected", String(tab.dataset.show === name));
  }
}

function open_editor(statement) {
  const form = statement.querySelector("form.editor");
  form.hidden = false;
  const area = form.querySelector("textarea");
  area.focus();
  area.setSelectionRange(area.value.length, area.value.length);
}

// What is typed is kept a second after the last key, and at once when the field or the page is left.
let waiting = null; // {form, timer}
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-autosave]");
  if (!form) return;
  if (waiting && waiting.form !== form) save();
  clearTimeout(waiting?.timer);
  waiting = { form, timer: setTimeout(save, 1000) };
});
document.addEventListener("focusout", () => save());
addEventListener("pagehide", () => save());

// Before anything else is sent, what was typed is; its own button sends it anyway.
document.addEventListener("submit", (event) => {
  if (waiting?.form !== event.target) save();
  clearTimeout(waiting?.timer);
  waiting = null;
}, { capture: true });

const UNSAVED = "Not saved: Evenfall does not answer. Your words are still in this window.";
function save() {
  if (!waiting) return;
  const { form, timer } = waiting;
  clearTimeout(timer);
  waiting = null;
  const data = new FormData(form);
  data.set("typing", "1");
  line = line.then(() => post(form.getAttribute("action"), data, { editing: true, lost: UNSAVED }));
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.ctrlKey) {
    const form = event.target.closest("form");
    if (form && typing(event.target)) form.requestSubmit();
    else document.getElementById("to-sign")?.click();
    event.preventDefault();
    return;
  }
  if (event.key === "Escape" && typing(event.target)) {
    event.target.closest(".statement")?.querySelector(".words")?.focus();
    return;
  }
  if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey || !letters()) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === " " && event.target.closest("button, a, summary")) return;
  const all = statements();
  const now = all.findIndex((statement) => statement.classList.contains("chosen"));
  const press = (name) => all[now]?.querySelector(`button[data-key="${name}"]`)?.click();
  const keys = {
    j: () => go(all, now + 1),
    k: () => go(all, now - 1),
    e: () => now >= 0 && open_editor(all[now]),
    " ": () => press("keep"),
    d: () => press("drop"),
    t: () => press("take"),
    J: () => press("down"),
    K: () => press("up"),
    m: () => document.querySelector(".todo a")?.click(),
    u: () => document.getElementById("undo")?.click(),
    r: () => document.getElementById("redo")?.click(),
  };
  if (keys[event.key]) { keys[event.key](); event.preventDefault(); }
});

function go(all, place) {
  const next = all[Math.min(Math.max(place, 0), all.length - 1)];
  if (!next) return;
  choose(next);
  next.scrollIntoView({ block: "nearest" });
  next.querySelector(".words")?.focus({ preventScroll: true });
}
