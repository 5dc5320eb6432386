// What was said: choosing a turn or words of it, to quote them in the note or to say who spoke.
"use strict";

const tools = document.getElementById("turn-tools");
let chosen = null; // the turn that the tools are for

document.addEventListener("click", (event) => {
  const turn = event.target.closest(".turn");
  if (!turn) return;
  if (event.target.closest(".who")) show_uses(turn);
  if (tools && (turn !== chosen || getSelection().isCollapsed)) open_tools(turn);
});

// w goes from a statement to the words that it stands on; up and down go from turn to turn, one is in the tab order.
document.addEventListener("keydown", (event) => {
  const bare = !typing(event.target) && !event.ctrlKey && !event.metaKey && !event.altKey && letters();
  if (event.key === "w" && bare && !document.querySelector("dialog[open]")) {
    show_tab("talk");
    const lit = document.querySelector("mark.lit")?.closest(".turn") || document.querySelector(".turn");
    lit?.querySelector(".who").focus();
    return;
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !event.target.matches(".turn .who")) return;
  const all = [...document.querySelectorAll(".turn .who")];
  const next = all[all.indexOf(event.target) + step];
  if (!next) return;
  event.preventDefault();
  event.target.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
});

document.addEventListener("selectionchange", () => {
  if (chosen && words_of(chosen)) fill(chosen, words_of(chosen));
});

function open_tools(turn) {
  chosen = turn;
  tools.querySelector("[name=speaker]")?.replaceChildren(...speakers(turn.dataset.speaker));
  for (const field of tools.querySelectorAll("[name=turn]")) field.value = turn.dataset.turn;
  const text = turn.querySelector(".said").textContent;
  fill(turn, words_of(turn) || { start: 0, end: length(text), words: text });
  turn.after(tools);
  tools.hidden = false;
}

function speakers(now) {
  return [...document.getElementById("speakers").content.querySelectorAll("option")].map((option) => {
    const own = option.cloneNode(true);
    own.selected = own.defaultSelected = own.value === now;
    return own;
  });
}

function fill(turn, { start, end, words }) {
  const form = document.getElementById("quote");
  for (const [name, value] of Object.entries({ start, end, words })) form.elements[name].value = value;
  document.getElementById("quoted").textContent = words;
}

// The characters of a turn that are selected, as the transcript counts them; null where none are.
function words_of(turn) {
  const selection = getSelection();
  const said = turn.querySelector(".said");
  if (selection.isCollapsed || !said.contains(selection.anchorNode) || !said.contains(selection.focusNode)) return null;
  const range = selection.getRangeAt(0);
  const before = document.createRange();
  before.selectNodeContents(said);
  before.setEnd(range.startContainer, range.startOffset);
  const start = length(before.toString());
  const words = range.toString();
  return words.trim() ? { start, end: start + length(words), words } : null;
}

function length(text) { return [...text].length; }

document.getElementById("quote-category")?.addEventListener("change", (event) => {
  document.getElementById("quote-section").value = event.target.selectedOptions[0].dataset.section;
});

// Forms that lead to another page hand back what this one shows, once all that was typed here is kept.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-swap], [method=dialog]") || event.defaultPrevented) return;
  event.preventDefault();
  line.then(() => {
    if (form.elements.seen && document.querySelector("form[data-unsaved=failed]")) {
      sent.delete(form); // what was said of it stands
      return;
    }
    if (form.elements.seen) form.elements.seen.value = document.querySelector("[data-seen]").dataset.seen;
    form.submit();
  });
});
