// Runs beside the page: hands on what the microphone hears, as 16-bit samples at 16 kHz, a tenth of a second at a time;
// and, as a number, for how many seconds the computer slept.
const OURS = 16000; // Hz
const BLOCK = OURS / 10; // samples
const CROSSINGS = 32; // of the low-pass filter's sinc, on each side: by 8 kHz nothing is left to be heard as a lower tone
const EDGE = 0.92; // of the half of the lower rate: what is above is taken out
const ASLEEP = 5000; // ms without a call, after which the computer counts as having slept
const MOST = 2048; // samples that come at once; browsers give 128

function divisor(a, b) { return b ? divisor(b, a % b) : a; }

// The device's rate to ours by a windowed sinc: for each place between two samples that one of ours can have, a filter.
class Resampler {
  constructor(rate) {
    const shared = divisor(rate, OURS);
    this.places = OURS / shared; // between two samples
    this.step = rate / shared; // from one of our samples to the next, in such places
    this.low = Math.min(1, OURS / rate) * EDGE; // of the half of the device's rate
    this.reach = Math.ceil(CROSSINGS / this.low); // samples on each side
    this.filters = new Map();
    this.held = new Float32Array(4 * this.reach + this.step + MOST);
    this.length = this.at = this.reach - 1; // `at` is the last sample before the next of ours, `place` how far behind it
    this.place = 0;
  }

  // The rest of a stretch of sound comes with the next: about a millisecond of it stays here.
  take(sound, give) {
    this.held.set(sound, this.length);
    this.length += sound.length;
    while (this.at + this.reach < this.length) {
      const filter = this.filter(this.place);
      const first = this.at - this.reach + 1;
      let sum = 0;
      for (let tap = 0; tap < filter.length; tap++) sum += filter[tap] * this.held[first + tap];
      give(sum);
      this.place += this.step;
      this.at += Math.floor(this.place / this.places);
      this.place %= this.places;
    }
    const done = Math.min(this.at - this.reach + 1, this.length);
    this.held.copyWithin(0, done, this.length);
    this.length -= done;
    this.at -= done;
  }

  filter(place) {
    if (!this.filters.has(place)) this.filters.set(place, this.made(place / this.places));
    return this.filters.get(place);
  }

  made(behind) {
    const taps = Float64Array.from({ length: 2 * this.reach }, (_, tap) => {
      const away = tap - this.reach + 1 - behind;
      const angle = Math.PI * away / this.reach;
      const window = 0.42 + 0.5 * Math.cos(angle) + 0.08 * Math.cos(2 * angle); // Blackman's
      return window * (away ? Math.sin(Math.PI * this.low * away) / (Math.PI * away) : this.low);
    });
    const sum = taps.reduce((all, tap) => all + tap);
    return taps.map((tap) => tap / sum);
  }
}

class Microphone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.held = new Int16Array(BLOCK);
    this.count = 0;
    this.heard = Date.now();
    this.resampler = sampleRate === OURS ? null : new Resampler(sampleRate);
    this.keep = (sample) => {
      this.held[this.count++] = Math.max(-1, Math.min(1, sample)) * 32767;
      if (this.count === BLOCK) this.hand_on();
    };
  }

  hand_on() {
    this.port.postMessage(this.held.slice(0, this.count));
    this.count = 0;
  }

  process(inputs) {
    const now = Date.now();
    if (now - this.heard > ASLEEP) {
      this.hand_on();
      this.port.postMessage((now - this.heard) / 1000);
    }
    this.heard = now;
    const sound = inputs[0][0];
    if (!sound) return true;
    if (this.resampler) this.resampler.take(sound, this.keep);
    else sound.forEach(this.keep);
    return true;
  }
}
registerProcessor("microphone", Microphone);
