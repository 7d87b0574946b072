// Helps while a reply is typed: counts it, says which characters make it dear, puts ready-made
// replies into the box, and keeps the draft. The page works without this script; the server counts
// again.
//
// Counting is done as in tipline/text/segments.py: GSM 7-bit characters (those of the extension table
// count twice) in pieces of 160 or 153, anything else in UTF-16 units of 70 or 67.
(function () {
  "use strict";

  const newest = document.getElementById("newest");
  // The newest message and the box are what one opens a thread for.
  if (newest && !location.hash) newest.scrollIntoView({ block: "center" });

  const form = document.getElementById("reply-form");
  if (!form) return;
  const box = document.getElementById("reply");
  const count = document.getElementById("count");
  const characters = document.getElementById("characters");
  const segments = document.getElementById("segments");
  const advice = document.getElementById("advice");
  const saved = document.getElementById("saved");
  // What is put into a mailbox is no text: nothing is said of segments, and nothing needed for it.
  const basic = new Set(count.dataset.basic);
  const extended = new Set(count.dataset.extended);
  const plainWords = JSON.parse(count.dataset.plain || "{}");
  // In the reader's language, with places in braces; see tipline/console/thread/segment_words.py.
  const sentences = JSON.parse(count.dataset.sentences || "{}");
  const price = Number(count.dataset.price);
  const MOST_NAMED = 10;
  const PAUSE_MILLISECONDS = 4000;

  function isCheap(one) {
    return basic.has(one) || extended.has(one);
  }

  function pieces(widths, alone, joined) {
    const units = widths.reduce((sum, width) => sum + width, 0);
    if (units <= alone) return 1;
    let total = 1;
    let used = 0;
    for (const width of widths) {
      if (used + width > joined) {
        total += 1;
        used = 0;
      }
      used += width;
    }
    return total;
  }

  function measure(text) {
    if (text.every(isCheap)) {
      return [pieces(text.map((one) => (extended.has(one) ? 2 : 1)), 160, 153), "GSM-7"];
    }
    return [pieces(text.map((one) => one.length), 70, 67), "UCS-2"];
  }

  // What can stand for a character, or null: as plain_for() of segments.py says.
  function plainFor(one) {
    if (Object.hasOwn(plainWords, one)) return plainWords[one];
    const plain = one.normalize("NFKD").replace(/\p{Mn}/gu, "");
    return Array.from(plain).every((part) => basic.has(part)) && plain !== one ? plain : null;
  }

  function filled(sentence, places) {
    return sentence.replace(/\{(\w+)\}/g, (whole, name) => places[name]);
  }

  // Of two sentences, the one that fits a number.
  function fitting(pair, number) {
    return pair[number === 1 ? 0 : 1];
  }

  function named(one) {
    if (one === " ") return sentences.space;
    const code = one.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
    return Array.from(one).length === 1 && /^[\p{M}\p{C}\p{Z}]$/u.test(one) ? "U+" + code : one;
  }

  function insteadOf(one) {
    const plain = plainFor(one);
    const dear = named(one);
    return plain ? filled(sentences.instead, { plain: named(plain), dear }) : filled(sentences.nothing, { dear });
  }

  function adviceFor(text) {
    const dear = Array.from(new Set(text.filter((one) => !isCheap(one))));
    const number = measure(text)[0];
    if (!dear.length || number === 1) return "";
    const some = dear.slice(0, MOST_NAMED);
    const makes = { named: some.map(named).join(", "), segments: number };
    const words = filled(fitting(sentences.makes, dear.length), makes);
    if (dear.some((one) => plainFor(one) === null)) return words;
    const plain = Array.from(text.map((one) => (isCheap(one) ? one : plainFor(one))).join(""));
    const cheaper = measure(plain)[0];
    if (cheaper >= number) return "";
    const instead = { instead: some.map(insteadOf).join(", "), segments: cheaper };
    return words + " " + filled(fitting(sentences.cheaper, cheaper), instead);
  }

  // Written only when it changes: a screen reader says it each time.
  function write(element, words) {
    if (element.textContent !== words) element.textContent = words;
  }

  function show() {
    const text = Array.from(box.value.trim());
    characters.textContent = String(text.length);
    count.classList.toggle("trouble", text.length > Number(count.dataset.most));
    if (!segments) return;
    const [number, encoding] = measure(text);
    const sent = { segments: number, encoding, dollars: (price * number).toFixed(3) };
    write(segments, filled(fitting(sentences.sent, number), sent));
    write(advice, adviceFor(text));
  }

  let timer = 0;
  let kept = box.value;
  let isLeaving = false;

  // Registered on the server so that it does not prolong the session: only a person does.
  function keep() {
    timer = 0;
    if (isLeaving || box.value === kept) return;
    const text = box.value;
    const data = new URLSearchParams();
    for (const name of ["csrf_token", "thread", "token"]) data.set(name, form.elements[name].value);
    data.set("reply", text);
    fetch(form.dataset.autosave, { method: "POST", body: data, keepalive: true, redirect: "error" })
      .then((answer) => {
        if (!answer.ok) throw new Error("not kept");
        kept = text;
        write(saved, saved.dataset.saved);
      })
      .catch(() => write(saved, saved.dataset.lost));
  }

  function changed() {
    show();
    write(saved, "");
    window.clearTimeout(timer);
    timer = window.setTimeout(keep, PAUSE_MILLISECONDS);
  }

  box.addEventListener("input", changed);
  form.addEventListener("submit", () => {
    isLeaving = true;
    window.clearTimeout(timer);
  });
  // Leaving the page any other way.
  window.addEventListener("pagehide", keep);
  window.addEventListener("pageshow", () => {
    isLeaving = false;
  });

  const use = document.getElementById("use");
  if (use) {
    use.addEventListener("click", (event) => {
      event.preventDefault();
      const chosen = document.getElementById("canned").selectedOptions[0];
      const typed = box.value.trim();
      box.value = typed ? typed + "\n" + chosen.dataset.text : chosen.dataset.text;
      box.focus();
      changed();
    });
  }
  show();
})();
