// Sounds and changes the page's title while an urgent tip waits that nobody has read in time.
//
// Whoever polls says so: document.dispatchEvent(new CustomEvent("tipline:escalated",
// { detail: { count: 2 } })). It sounds when the count grows, and every minute while it is not 0. A
// button with the id "escalation-mute" (aria-pressed) keeps it silent, in this browser, until it is
// pressed again; the title and the words in "escalation-words" (role="alert") change either way. Both
// elements are in templates/console/alerts/_escalation.html; the second holds the sentences, with
// {count} for the number.
(function () {
  "use strict";

  const AGAIN_MS = 60000;
  const MUTED = "tipline-escalation-muted";
  const button = document.getElementById("escalation-mute");
  const words = document.getElementById("escalation-words");
  // What waited when the page was made is said by the page itself, and in its title.
  const title = (words && words.dataset.title) || document.title;
  let count = Number(words && words.dataset.count) || 0;
  let timer = 0;
  let audio = null;

  // Storage may be forbidden; then muting lasts as long as the page.
  let muted = false;
  try {
    muted = localStorage.getItem(MUTED) === "yes";
  } catch {
    muted = false;
  }

  function remember() {
    try {
      localStorage.setItem(MUTED, muted ? "yes" : "no");
    } catch {
      // As above.
    }
  }

  function tone(at, pitch) {
    const source = audio.createOscillator();
    const volume = audio.createGain();
    source.frequency.value = pitch;
    // Faded in and out, so that it does not click.
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.2, at + 0.02);
    volume.gain.linearRampToValueAtTime(0, at + 0.3);
    source.connect(volume).connect(audio.destination);
    source.start(at);
    source.stop(at + 0.32);
  }

  function sound() {
    if (muted || count === 0) return;
    try {
      audio = audio || new AudioContext();
      // Browsers keep a page silent until somebody has clicked or typed on it.
      audio.resume();
      [660, 880, 660].forEach((pitch, number) => tone(audio.currentTime + number * 0.35, pitch));
    } catch {
      // No sound in this browser: the title and the words remain.
    }
  }

  function said(one, other) {
    return (count === 1 ? one : other).replace("{count}", String(count));
  }

  function show() {
    if (words) {
      const { waitingOne, waitingOther, unreadOne, unreadOther } = words.dataset;
      // Whoever polls has just written the title for what is new; this is more urgent.
      if (count) document.title = "(!) " + said(waitingOne, waitingOther) + " - " + title;
      const sentence = count ? said(unreadOne, unreadOther) : "";
      // Written only when it changes: a screen reader says it each time.
      if (words.textContent !== sentence) words.textContent = sentence;
      words.hidden = !count;
    }
    if (button) {
      button.hidden = !count && !muted;
      button.setAttribute("aria-pressed", String(muted));
    }
  }

  // Left alone while the count stays: whoever polls says it more often than once a minute.
  function remind(anew) {
    if (count && timer && !anew) return;
    window.clearInterval(timer);
    timer = count ? window.setInterval(sound, AGAIN_MS) : 0;
  }

  document.addEventListener("tipline:escalated", (event) => {
    const now = Math.max(0, Number(event.detail && event.detail.count) || 0);
    const grew = now > count;
    count = now;
    show();
    if (grew) sound();
    remind(grew);
  });

  if (button) {
    button.addEventListener("click", () => {
      muted = !muted;
      remember();
      show();
      sound();
    });
  }
  show();
  sound();
  remind(true);
})();
