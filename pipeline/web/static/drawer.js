// Process notes: what is typed is kept, sealed, on this computer's disk; the place closes when nobody is there.
"use strict";
{
  const form = document.querySelector("form[data-typing]");
  const kept = document.getElementById("kept");
  let timer = null;
  let saving = Promise.resolve(true); // whether what is typed is kept

  function save() {
    clearTimeout(timer);
    if (!form?.dataset.unsaved) return saving;
    delete form.dataset.unsaved;
    const { client, of, day, text } = form.elements;
    const data = new URLSearchParams({ client: client.value, of: of.value, day: day.value, text: text.value });
    saving = saving.then(() => send_typing(data));
    return saving;
  }

  async function send_typing(data) {
    data.set("seen", kept.dataset.typed);
    try {
      const answer = await ask("/process-notes/typing", data, { keepalive: String(data).length < KEEPALIVE });
      if (!answer.ok) return stays(answer.status === 401 ? LOCKED : CLOSED);
      kept.dataset.typed = (await answer.json()).seen;
      kept.textContent = "Kept, sealed, until you keep it as a note.";
      return true;
    } catch {
      return stays(UNSAVED);
    }
  }

  const CLOSED = "Not kept: the process notes were closed, or changed in another window. Your words are still in this window: "
    + "copy them, then open the process notes again.";
  function stays(why) {
    form.dataset.unsaved = "failed";
    kept.textContent = why;
    return false;
  }

  if (form) {
    const typed_in = () => {
      form.dataset.unsaved = "typed";
      clearTimeout(timer);
      timer = setTimeout(save, 1000);
    };
    form.addEventListener("input", typed_in);
    if (form.elements.text.value !== form.elements.text.defaultValue) typed_in(); // before this script was there
    form.addEventListener("focusout", save);
    addEventListener("pagehide", save);
    savers.push(save);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (await save()) form.submit();
      else sent.delete(form);
    });
  }

  // Without a sign of somebody it closes, as the server does; nothing of it stays on the screen.
  const closes = Number(document.body.dataset.closes) * 1000;
  let seen = Date.now();
  let told = Date.now();

  async function close_drawer() {
    if (!(await save())) return; // they are nowhere else; it tries again
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
