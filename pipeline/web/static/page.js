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
  const sent = line.then(() => post(form.getAttribute("action"), data));
  line = sent;
  return sent;
}

async function post(where, data) {
  const held = document.activeElement && document.activeElement.id;
  const seen = document.querySelector("[data-seen]");
  if (seen) data.set("seen", seen.dataset.seen);
  let answer;
  try {
    answer = await fetch(where, { method: "POST", body: data, headers: { "X-Part": "1" } });
  } catch {
    say("Evenfall does not answer. What you did before is kept. Start it again with: evenfall review");
    return false;
  }
  touched();
  swap(await answer.text());
  if (held) document.getElementById(held)?.focus({ preventScroll: true });
  return answer.ok;
}

function swap(html) {
  const parts = new DOMParser().parseFromString(html, "text/html");
  for (const fresh of [...parts.body.children]) {
    const old = fresh.id && document.getElementById(fresh.id);
    if (old) old.replaceWith(fresh);
  }
}

function say(text) {
  const place = document.getElementById("said");
  if (place) place.textContent = text;
}

// Logoff: after so long without a request the server lets nobody in; the page then shows nothing either.
let last = Date.now();
const idle = Number(document.body.dataset.idle || 0) * 1000;
function touched() { last = Date.now(); }
if (idle) {
  setInterval(() => { if (Date.now() - last > idle) location.replace("/locked"); }, 5000);
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
  if (event.key === "?" && !typing(event.target)) {
    const sheet = document.getElementById("keys");
    if (sheet) { sheet.showModal(); event.preventDefault(); }
  }
});

function typing(target) { return target.matches("input, textarea, select, [contenteditable]"); }
