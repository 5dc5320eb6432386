// The ways in: files as the body of a request, the microphone second by second, what is typed.
"use strict";

const by = (id) => document.getElementById(id);
const about = () => ({ client: by("client").value, kind: by("kind").value, participants: by("participants").value });

// What a request answers; else an error that says why, with the answer's status, or none where nobody answered.
async function told(asked, lost = LOST, locked = LOCKED) {
  const refuse = (why, status) => { throw Object.assign(new Error(why), { status }); };
  const [answer, body] = await asked.then(async (one) => [one, await one.text()]).catch(() => refuse(lost));
  if (answer.status === 401) refuse(locked, 401);
  touched();
  if (answer.ok) return JSON.parse(body || "{}");
  const html = new DOMParser().parseFromString(body, "text/html");
  return refuse((html.querySelector("#said, .message") || html.body).textContent.trim(), answer.status);
}

// Files

async function upload(files) {
  let last = "/";
  for (const file of files) {
    const suffix = "." + file.name.split(".").pop();
    by("sending").textContent = "Sending …";
    const query = new URLSearchParams({ ...about(), suffix });
    try {
      last = (await told(ask(`/new/file?${query}`, file))).go;
    } catch (error) {
      by("sending").textContent = error.message;
      return;
    } finally {
      by("file").value = ""; // so that the same file can be chosen again
    }
  }
  location.assign(files.length === 1 ? last : "/");
}

by("file").addEventListener("change", (event) => upload([...event.target.files]));
by("drop").addEventListener("dragover", (event) => { event.preventDefault(); by("drop").classList.add("over"); });
by("drop").addEventListener("dragleave", () => by("drop").classList.remove("over"));
by("drop").addEventListener("drop", (event) => {
  event.preventDefault();
  by("drop").classList.remove("over");
  upload([...event.dataTransfer.files]);
});

// The microphone

const RECORDING = "Recording. Each second is sealed as it is heard.";
const HELD = "Evenfall does not answer. What is heard waits in this window until it does: leave it open.";
const SHUT = "Evenfall was locked meanwhile. What is heard waits in this window: open Evenfall again in another tab.";
const GONE = "The microphone is gone; what was heard is kept. Go on once it is back.";

let recording = null; // {id, about, first, context, stream, node, paused, deaf, sent, samples}
let starting = false; // from the button until the microphone is heard: a second press would open it twice
let heard = [];

async function record(id) {
  if (recording || starting) return;
  starting = true;
  let begun = null, sound = {};
  const whose = id ? null : new URLSearchParams(about());
  try {
    begun = id ? null : (await told(ask("/record/begin", whose))).id; // consent first
    await listen(sound);
    const sent = id ? (await told(ask(`/record/${id}/resume`))).samples : 0;
    recording = { id: id || begun, about: whose, first: 0, ...sound, paused: false, deaf: false, sent, samples: sent };
    buttons(true);
    by("mic").textContent = RECORDING;
  } catch (error) {
    hush(sound);
    if (begun) ask(`/record/${begun}/end`).catch(() => {}); // nothing was heard, so nothing is kept of it
    by("mic").textContent = why(error);
  }
  starting = false;
}

function why(error) { return error.name === "NotAllowedError" ? "The browser did not give the microphone." : error.message; }

// Open the microphone into `sound`, piece by piece: what is open when the next fails can be closed.
async function listen(sound) {
  sound.stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
  sound.context = new AudioContext({ sampleRate: 16000 });
  await sound.context.audioWorklet.addModule("/static/microphone.js");
  sound.node = new AudioWorkletNode(sound.context, "microphone");
  sound.node.port.onmessage = (event) => take(event.data);
  sound.context.createMediaStreamSource(sound.stream).connect(sound.node);
  for (const track of sound.stream.getTracks()) track.onended = lose;
}

function hush({ stream, context }) {
  stream?.getTracks().forEach((track) => track.stop());
  context?.close().catch(() => {}); // it may be closed already
}

function take(samples) {
  if (!recording || recording.paused) return;
  heard.push(samples);
  recording.samples += samples.length;
  by("level").value = Math.max(...samples) / 32767;
  by("time").textContent = clock(recording.samples / 16000);
  if (heard.length >= 10) flush();
}

function flush() {
  const parts = heard;
  heard = [];
  if (!parts.length || !recording) return;
  touched(); // who records is there
  deliver(recording, "chunk", { at: recording.sent, body: new Blob(parts) }).catch(() => {});
  recording.sent = recording.samples;
}

// What was heard, and what was done meanwhile, goes to the server in its order. What does not arrive is sent again until
// it does: a part names its first sample, so that one that arrives twice is kept once.
let sending = Promise.resolve();
let failing = false;
function deliver(own, what, part = {}) {
  const delivered = sending.then(() => insist(own, what, part));
  sending = delivered.catch((error) => {
    if (recording === own) stop();
    by("mic").textContent = error.message;
  });
  return delivered;
}

// An Evenfall that was started anew knows no more of this recording: what is still here goes into another one.
async function insist(own, what, { at, body }) {
  let anew = false;
  for (let wait = 500; ; wait = Math.min(2 * wait, 10_000)) { // ms
    try {
      if (anew) own.id = (await told(ask("/record/begin", own.about), HELD, SHUT)).id;
      if (anew) own.first = at ?? own.sent;
      anew = false;
      const where = `/record/${own.id}/${what}${body ? `?at=${at - own.first}` : ""}`;
      const answer = await told(ask(where, body, { keepalive: true }), HELD, SHUT);
      if (failing) by("mic").textContent = recording && !recording.paused ? RECORDING : "All that was heard is kept.";
      failing = false;
      return answer;
    } catch (error) {
      const ended = error.status === 404 && own.about && what !== "end" && !anew;
      anew ||= ended;
      failing = !error.status || error.status === 401 || error.status >= 500 || ended;
      if (ended) continue;
      if (!failing) throw error;
      by("mic").textContent = error.message;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

addEventListener("pagehide", flush); // the last second of a page that is reloaded
addEventListener("beforeunload", (event) => { if (failing) event.preventDefault(); });

function stop() {
  if (!recording) return;
  hush(recording);
  recording = null;
  heard = [];
  buttons(false);
}

async function finish(own) {
  flush();
  stop();
  const { go } = await deliver(own, "end").catch(() => ({})); // what went wrong is said
  if (go) location.assign(go);
}

function pause(what, words) {
  flush();
  recording.paused = true;
  deliver(recording, `pause?${new URLSearchParams({ what })}`).catch(() => {});
  by("pause").textContent = "Go on";
  by("mic").textContent = words;
}

async function go_on() {
  if (starting) return;
  const own = recording;
  starting = own.deaf;
  if (own.deaf) await listen(own).finally(() => { starting = false; });
  own.paused = own.deaf = false;
  deliver(own, "resume").catch(() => {});
  by("pause").textContent = "Pause";
  by("mic").textContent = RECORDING;
}

// The microphone ends by itself where it is pulled out, or taken by something else.
function lose() {
  if (!recording || recording.deaf) return;
  hush(recording);
  recording.deaf = true;
  pause("microphone lost", GONE);
}

function buttons(on) {
  for (const one of [by("start"), ...document.querySelectorAll("[data-resume]")]) one.disabled = on;
  for (const name of ["pause", "moment", "stop"]) by(name).disabled = !on;
  by("pause").textContent = "Pause";
}

function clock(seconds) { return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`; }

by("start").addEventListener("click", () => record(null));
by("stop").addEventListener("click", () => finish(recording));
by("pause").addEventListener("click", () => {
  if (recording.paused) go_on().catch((error) => { by("mic").textContent = why(error); });
  else pause("paused", "Paused: nothing is heard.");
});
by("moment").addEventListener("click", () => {
  flush();
  deliver(recording, "mark").catch(() => {});
});
document.addEventListener("click", (event) => {
  const { resume, finish: done } = event.target.dataset;
  if (resume) record(resume);
  if (done) finish({ id: done });
});

// Typed

const typed_form = by("typed");
typed_form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!(await save())) {
    sent.delete(typed_form);
    return;
  }
  typed_form.elements.client.value = by("client").value;
  typed_form.elements.seen.value = by("kept").dataset.seen;
  typed_form.submit();
});

// What is typed is kept a second after the last key, and at once when the field or the page is left.
let timer = null;
let saving = Promise.resolve(true); // whether the words need not stay in this window
by("text").addEventListener("input", () => {
  typed_form.dataset.unsaved = "typed";
  clearTimeout(timer);
  timer = setTimeout(save, 1000);
});
by("text").addEventListener("blur", save);
addEventListener("pagehide", save);
savers.push(async () => (await save()) && !recording); // nor does a page that records go

function save() {
  clearTimeout(timer);
  if (!typed_form.dataset.unsaved) return saving;
  delete typed_form.dataset.unsaved;
  const data = new URLSearchParams({ text: by("text").value, client: by("client").value });
  saving = saving.then(() => send_typing(data));
  return saving;
}

async function send_typing(data) {
  data.set("seen", by("kept").dataset.seen);
  try {
    const asked = ask("/new/typing", data, { keepalive: String(data).length < KEEPALIVE });
    by("kept").dataset.seen = (await told(asked, UNSAVED)).seen;
    by("kept").textContent = "Kept, sealed.";
    return true;
  } catch (error) {
    typed_form.dataset.unsaved = "failed";
    by("kept").textContent = error.message;
    return error.status === 409; // another window keeps other words: these are drafted all the same
  }
}
