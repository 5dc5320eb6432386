// Process notes: what is typed is kept, sealed, on this computer's disk; the place closes when nobody is there.
"use strict";
{
  const form = document.querySelector("form[data-typing]");
  const kept = document.getElementById("kept");
  const KEEPALIVE = 60_000; // a request that outlives its page holds 64 KiB at most
  let unsaved = null;
  let saving = Promise.resolve();

  function save() {
    if (unsaved === null) return saving;
    clearTimeout(unsaved);
    unsaved = null;
    const { client, of, day, text } = form.elements;
    const data = new URLSearchParams({ client: client.value, of: of.value, day: day.value, text: text.value });
    saving = saving.then(() => send_typing(data));
    return saving;
  }

  async function send_typing(data) {
    data.set("seen", kept.dataset.typed);
    try {
      const answer = await ask("/process-notes/typing", data, { keepalive: String(data).length < KEEPALIVE });
      if (!answer.ok) throw new Error();
      kept.dataset.typed = (await answer.json()).seen;
      kept.textContent = "Kept, sealed, until you keep it as a note.";
    } catch {
      kept.textContent = "Not kept: the process notes were closed, or changed in another window. Your words are still in this window.";
    }
  }

  if (form) {
    form.addEventListener("input", () => {
      clearTimeout(unsaved);
      unsaved = setTimeout(save, 1000);
    });
    form.addEventListener("focusout", save);
    addEventListener("pagehide", save);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      await save();
      form.submit();
    });
  }

  // Without a sign of somebody it closes, as the server does; nothing of it stays on the screen.
  const closes = Number(document.body.dataset.closes) * 1000;
  let seen = Date.now();
  let told = Date.now();

  async function close_drawer() {
    await save();
    await ask("/process-notes/close").catch(() => {});
    location.replace("/process-notes");
  }

  setInterval(() => { if (Date.now() - seen > closes) close_drawer(); }, Math.min(5000, closes / 4));
  for (const sign of ["input", "keydown", "pointerdown", "wheel", "touchmove"]) {
    document.addEventListener(sign, () => {
      seen = Date.now();
      if (seen - told < closes / 10) return;
      told = seen;
      ask("/process-notes/awake").catch(() => {});
    }, { passive: true });
  }
}
