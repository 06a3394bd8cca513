/** A sound for new messages. Browsers allow one only after the first touch of the frame, so it is loaded then. */
import { effect } from '@preact/signals-core';

let audio = null;

/** Two soft tones, made here: no file to fetch. */
function chime() {
  if (audio.state !== 'running') return;
  [[660, 0], [880, 0.12]].forEach(([frequency, delay]) => {
    const tone = new OscillatorNode(audio, { frequency });
    const loudness = new GainNode(audio, { gain: 0 });
    const at = audio.currentTime + delay;
    loudness.gain.setValueAtTime(0, at);
    loudness.gain.linearRampToValueAtTime(0.09, at + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0001, at + 0.35);
    tone.connect(loudness).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.4);
  });
}

/** Sounds for what arrives while the customer looks elsewhere. Calling it again only wakes the sound up. */
export function followArrivals(store) {
  if (audio) return void audio.resume();
  audio = new AudioContext();
  let last = store.arrived.peek();
  effect(() => {
    const message = store.arrived.value;
    const seen = store.shown.peek() && document.hasFocus();
    if (message && message !== last && !seen && store.sound.peek()) chime();
    last = message;
  });
}
