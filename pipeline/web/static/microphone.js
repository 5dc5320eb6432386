// Runs beside the page: hands on what the microphone hears, as 16-bit samples, a tenth of a second at a time.
class Microphone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.held = new Int16Array(1600);
    this.count = 0;
  }

  process(inputs) {
    const sound = inputs[0][0];
    if (!sound) return true;
    for (const sample of sound) {
      this.held[this.count++] = Math.max(-1, Math.min(1, sample)) * 32767;
      if (this.count === this.held.length) {
        this.port.postMessage(this.held.slice());
        this.count = 0;
      }
    }
    return true;
  }
}
registerProcessor("microphone", Microphone);
