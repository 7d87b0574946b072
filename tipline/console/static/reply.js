// Counts the reply while it is typed, as tipline/text/segments.py does: GSM 7-bit characters (those
// of the extension table count twice) in pieces of 160 or 153, anything else in UTF-16 units of 70
// or 67. The page works without this script; the server counts again.
(function () {
  "use strict";

  const box = document.getElementById("reply");
  const count = document.getElementById("count");
  if (!box || !count) return;
  const characters = document.getElementById("characters");
  const segments = document.getElementById("segments");
  const basic = new Set(count.dataset.basic);
  const extended = new Set(count.dataset.extended);

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
    if (text.every((one) => basic.has(one) || extended.has(one))) {
      return [pieces(text.map((one) => (extended.has(one) ? 2 : 1)), 160, 153), "GSM-7"];
    }
    return [pieces(text.map((one) => one.length), 70, 67), "UCS-2"];
  }

  function show() {
    const text = Array.from(box.value.trim());
    const [number, encoding] = measure(text);
    const words = number + (number === 1 ? " segment (" : " segments (") + encoding + ")";
    characters.textContent = String(text.length);
    count.classList.toggle("trouble", text.length > Number(count.dataset.most));
    // Written only when it changes: a screen reader says it each time.
    if (segments.textContent !== words) segments.textContent = words;
  }

  box.addEventListener("input", show);
  show();
  // The newest message and the box are what one opens a thread for.
  document.getElementById("newest").scrollIntoView({ block: "center" });
})();
