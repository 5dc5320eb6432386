// The ways in: files as the body of a request, the microphone second by second, what is typed.
"use strict";

const by = (id) => document.getElementById(id);
const about = () => ({ client: by("client").value, kind: by("kind").value, participants: by("participants").value });

async function told(answer) {
  touched();
  if (answer.ok) return answer.status === 204 ? {} : answer.json();
  const html = new DOMParser().parseFromString(await answer.text(), "text/html");
  throw new Error(html.querySelector("#said, .message")?.textContent || "Not done. Reload the page.");
}

// Files

async function upload(files) {
  let last = "/";
  for (const file of files) {
    const suffix = "." + file.name.split(".").pop();
    by("sending").textContent = "Sending …";
    const query = new URLSearchParams({ ...about(), suffix });
    try {
      last = (await told(await ask(`/new/file?${query}`, file))).go;
    } catch (error) {
      by("sending").textContent = error.message;
      return;
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

let recording = null; // {id, context, stream, node, paused, samples}
let starting = false; // from the button until the microphone is heard: a second press would open it twice
let heard = [];
let sending = Promise.resolve();

async function record(id, seconds = 0) {
  if (recording || starting) return;
  starting = true;
  let begun = null, sound = {};
  try {
    begun = id ? null : (await told(await ask("/record/begin", new URLSearchParams(about())))).id; // consent first
    await listen(sound);
    recording = { id: id || begun, ...sound, paused: false, samples: seconds * 16000 };
    buttons(true);
    by("mic").textContent = "Recording. Each second is sealed as it is heard.";
  } catch (error) {
    hush(sound);
    if (begun) ask(`/record/${begun}/end`).catch(() => {}); // nothing was heard, so nothing is kept of it
    by("mic").textContent = error.name === "NotAllowedError" ? "The browser did not give the microphone." : error.message;
  }
  starting = false;
}

// Open the microphone into `sound`, piece by piece: what is open when the next fails can be closed.
async function listen(sound) {
  sound.stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
  sound.context = new AudioContext({ sampleRate: 16000 });
  await sound.context.audioWorklet.addModule("/static/microphone.js");
  sound.node = new AudioWorkletNode(sound.context, "microphone");
  sound.node.port.onmessage = (event) => take(event.data);
  sound.context.createMediaStreamSource(sound.stream).connect(sound.node);
}

function hush({ stream, context }) {
  stream?.getTracks().forEach((track) => track.stop());
  context?.close();
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
  const id = recording.id;
  sending = sending.then(async () => {
    try {
      await told(await ask(`/record/${id}/chunk`, new Blob(parts), { keepalive: true }));
    } catch (error) {
      stop();
      by("mic").textContent = error.message;
    }
  });
}

addEventListener("pagehide", flush); // the last second of a page that is reloaded

function stop() {
  if (!recording) return;
  hush(recording);
  recording = null;
  heard = [];
  buttons(false);
}

async function finish(id) {
  flush();
  await sending;
  if (recording) stop();
  try {
    location.assign((await told(await ask(`/record/${id}/end`))).go);
  } catch (error) {
    by("mic").textContent = error.message;
  }
}

function buttons(on) {
  for (const one of [by("start"), ...document.querySelectorAll("[data-resume]")]) one.disabled = on;
  for (const name of ["pause", "moment", "stop"]) by(name).disabled = !on;
}

function clock(seconds) { return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`; }

by("start").addEventListener("click", () => record(null));
by("stop").addEventListener("click", () => finish(recording.id));
by("pause").addEventListener("click", () => {
  flush();
  recording.paused = !recording.paused;
  by("pause").textContent = recording.paused ? "Go on" : "Pause";
  by("mic").textContent = recording.paused ? "Paused: nothing is heard." : "Recording.";
});
by("moment").addEventListener("click", () => {
  flush();
  const id = recording.id;
  sending = sending.then(() => ask(`/record/${id}/mark`)).catch(() => {});
});
document.addEventListener("click", (event) => {
  const { resume, seconds, finish: done } = event.target.dataset;
  if (resume) record(resume, Number(seconds));
  if (done) finish(done);
});

// Typed

by("typed").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = by("typed");
  await save();
  form.elements.client.value = by("client").value;
  form.elements.seen.value = by("kept").dataset.seen;
  form.submit();
});

// What is typed is kept a second after the last key, and at once when the field or the page is left.
let unsaved = null;
let saving = Promise.resolve();
by("text").addEventListener("input", () => {
  clearTimeout(unsaved);
  unsaved = setTimeout(save, 1000);
});
by("text").addEventListener("blur", save);
addEventListener("pagehide", save);

function save() {
  if (unsaved === null) return saving;
  clearTimeout(unsaved);
  unsaved = null;
  const data = new URLSearchParams({ text: by("text").value, client: by("client").value });
  saving = saving.then(async () => {
    data.set("seen", by("kept").dataset.seen);
    try {
      const answer = await ask("/new/typing", data, { keepalive: true });
      by("kept").dataset.seen = (await told(answer)).seen;
      by("kept").textContent = "Kept, sealed.";
    } catch (error) {
      by("kept").textContent = error.message;
    }
  });
  return saving;
}
