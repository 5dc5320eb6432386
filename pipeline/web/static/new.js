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

const UNREADABLE = "It cannot be read: it is a folder, or no longer there.";

// Each is sent for itself: one that is refused is told by its name, and the next ones go all the same. Where nobody
// answers, or may be asked, the rest is told to be not sent.
async function upload(files) {
  const lines = [];
  const taken = [];
  let go = "/";
  for (const [number, file] of files.entries()) {
    by("sending").textContent = "Sending …";
    try {
      go = await send_file(file);
      taken.push(file.name);
    } catch (error) {
      lines.push(`${file.name}: ${error.message}`);
      const rest = files.slice(number + 1).map((one) => one.name);
      if (error.status && error.status !== 401 && error.status < 500) continue;
      if (rest.length) lines.push(`Not sent: ${rest.join(", ")}.`);
      break;
    }
  }
  by("file").value = ""; // so that the same file can be chosen again
  if (taken.length && (lines.length || recording)) lines.push(`Sent, and in the queue: ${taken.join(", ")}.`);
  by("sending").textContent = lines.join("\n");
  if (!lines.length) location.assign(files.length === 1 ? go : "/");
}

async function send_file(file) {
  const unread = () => Object.assign(new Error(UNREADABLE), { status: 400 });
  if (!(await readable(file))) throw unread();
  const query = new URLSearchParams({ ...about(), suffix: "." + file.name.split(".").pop() });
  try {
    return (await told(ask(`/new/file?${query}`, file))).go;
  } catch (error) {
    throw error.status || (await readable(file)) ? error : unread(); // it may go while it is sent
  }
}

function readable(file) { return file.slice(0, 1).arrayBuffer().then(() => true, () => false); }

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
const WAITS = "What is heard waits in this window until it can be kept: leave it open.";
const SHUT = "Evenfall was locked meanwhile. What is heard waits in this window: open Evenfall again in another tab.";
const GONE = "The microphone is gone; what was heard is kept. Go on once it is back.";

const OURS = 16000; // Hz, as the microphone hands on what it hears

let recording = null; // {id, about, first, context, stream, node, paused, deaf, sent, samples, at}
let starting = false; // from the button until the microphone is heard: a second press would open it twice
let heard = [];

async function record(id) {
  if (recording || starting) return;
  starting = true;
  let begun = null, sound = {};
  const whose = about();
  try {
    begun = id ? null : await told(ask("/record/begin", new URLSearchParams(whose))); // consent first
    await listen(sound);
    const known = id ? await told(ask(`/record/${id}/resume`)) : { ...whose, samples: 0 };
    const { samples, client, kind, participants } = known;
    const of = new URLSearchParams({ client, kind, participants });
    const from = { first: 0, paused: false, deaf: false, sent: samples, samples, at: Date.now() };
    recording = { id: id || begun.id, about: of, ...sound, ...from };
    buttons(true);
    by("mic").textContent = RECORDING;
    by("first").textContent = (begun?.announcements || []).map((words) => `Say first: “${words}”`).join(" ");
  } catch (error) {
    hush(sound);
    if (begun) ask(`/record/${begun.id}/end`).catch(() => {}); // nothing was heard, so nothing is kept of it
    by("mic").textContent = why(error);
  }
  starting = false;
}

function why(error) { return error.name === "NotAllowedError" ? "The browser did not give the microphone." : error.message; }

// Open the microphone into `sound`, piece by piece: what is open when the next fails can be closed.
async function listen(sound) {
  sound.stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
  sound.context = new AudioContext(); // at the device's own rate: not every browser brings a microphone to another
  await sound.context.audioWorklet.addModule("/static/microphone.js");
  sound.node = new AudioWorkletNode(sound.context, "microphone");
  sound.node.port.onmessage = ({ data }) => { if (typeof data === "number") wake(data); else take(data); };
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
  recording.at = Date.now();
  by("level").value = Math.max(0, ...samples) / 32767;
  by("time").textContent = clock(recording.samples / OURS);
  if (heard.length >= 10) flush();
}

// The computer slept for so many seconds: what was said before and after is no one sentence.
function wake(seconds) {
  if (!recording || recording.paused) return;
  flush();
  deliver(recording, `slept?${new URLSearchParams({ seconds })}`).catch(() => {});
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
      by("mic").textContent = error.status >= 500 ? `${error.message} ${WAITS}` : error.message;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

addEventListener("pagehide", flush); // the last second of a page that is reloaded
addEventListener("beforeunload", (event) => { if (recording || failing) event.preventDefault(); });

function stop() {
  if (!recording) return;
  hush(recording);
  recording = null;
  heard = [];
  by("first").textContent = "";
  buttons(false);
}

// One that was open before is finished for itself: what is recorded now goes on, and so does its page.
async function finish(own) {
  if (own === recording) {
    flush();
    stop();
  }
  const { go } = await deliver(own, "end").catch(() => ({})); // what went wrong is said
  if (!go) return;
  document.querySelector(`[data-recording="${own.id}"]`)?.remove();
  if (!recording && !starting) location.assign(go);
}

// `ago` is for how many seconds nothing was heard before that.
function pause(what, words, ago = 0) {
  flush();
  recording.paused = true;
  deliver(recording, `pause?${new URLSearchParams({ what, ago })}`).catch(() => {});
  by("pause").textContent = "Go on";
  by("mic").textContent = words;
}

async function go_on() {
  if (starting) return;
  const own = recording;
  starting = own.deaf;
  if (own.deaf) await listen(own).finally(() => { starting = false; });
  own.paused = own.deaf = false;
  own.at = Date.now();
  deliver(own, "resume").catch(() => {});
  by("pause").textContent = "Pause";
  by("mic").textContent = RECORDING;
}

// The microphone ends by itself where it is pulled out, or taken by something else.
function lose() {
  if (!recording || recording.deaf) return;
  hush(recording);
  recording.deaf = true;
  pause("microphone lost", GONE, Math.max(0, Date.now() - recording.at) / 1000);
}

function buttons(on) {
  for (const one of [by("start"), ...document.querySelectorAll("[data-resume], [data-finish]")])
    one.disabled = on && !(recording && one.dataset.finish === recording.id);
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
  if (done && recording?.id === done) finish(recording);
  else if (done && !recording && !starting) finish({ id: done });
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
