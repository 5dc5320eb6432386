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
  const link = event.target.closest('a[href^="#s-"]');
  if (link && show(link.hash)) event.preventDefault();
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

// What is typed is kept a second after the last key, and at once when the field or the page is left. Words that were
// not kept are sent again with the next ones, and before anything else is.
let timer = null;
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-autosave]");
  if (!form) return;
  form.dataset.unsaved = "typed";
  clearTimeout(timer);
  timer = setTimeout(save, 1000);
});
addEventListener("pagehide", () => save());

document.addEventListener("focusout", (event) => {
  const form = event.target.closest("form[data-autosave]");
  if (!form) return;
  if (form.dataset.unsaved === "typed") save();
  lift.then(() => setTimeout(() => catch_up(form))); // by then the focus is where it goes
});

// Once nobody writes in it any more, a statement is shown as it was kept.
function catch_up(form) {
  const statement = form.closest(".statement");
  if (form.matches(":focus-within, [data-unsaved]") || !statement.isConnected || behind?.id !== statement.id) return;
  exchange(statement, behind);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  save(form); // its own button sends it anyway
  if (!form.matches("[data-autosave]") || form.elements.text.value.trim()) return;
  event.preventDefault();
  sent.delete(form);
  say(EMPTY, true);
}, { capture: true });

function save(own) {
  clearTimeout(timer);
  for (const form of document.querySelectorAll("form[data-unsaved]")) {
    if (form === own || form.dataset.unsaved === "sent") continue;
    if (form.elements.text.value.trim()) send_typed(form);
    else say(EMPTY, true);
  }
  return line;
}
savers.push(save);

const EMPTY = "A statement without words is not saved. Drop it, or write what it should say.";
function send_typed(form) {
  form.dataset.unsaved = "sent";
  const data = new FormData(form);
  data.set("typing", "1");
  const own = { name: name_of_form(form), text: form.elements.text.value };
  line = line.then(() => post(form.getAttribute("action"), data, { own, editing: true, lost: UNSAVED }));
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.ctrlKey) {
    const form = typing(event.target) && event.target.closest("form");
    const buttons = form && form.querySelectorAll("button:not([type=button])");
    if (!form) document.getElementById("to-sign")?.click();
    else if (buttons.length === 1) form.requestSubmit(buttons[0]); // of two, which one is not for us to say
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
  if (!keys[event.key]) return;
  event.preventDefault();
  if (!event.repeat || "jk".includes(event.key)) keys[event.key](); // held down, nothing is decided again
});

function go(all, place) {
  const next = all[Math.min(Math.max(place, 0), all.length - 1)];
  if (next) come_to(next);
}

function come_to(statement) {
  choose(statement);
  statement.scrollIntoView({ block: "nearest" });
  statement.querySelector(".words")?.focus({ preventScroll: true });
}

// Come to the statement that a link names, and say whether there is one.
function show(hash) {
  const statement = hash.startsWith("#s-") && document.getElementById(hash.slice(1));
  if (!statement) return false;
  show_tab("note");
  come_to(statement);
  return true;
}
show(location.hash);
