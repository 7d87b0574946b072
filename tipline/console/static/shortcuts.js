// Keyboard shortcuts. What a key does stands in the page: an element with data-key="c" is what "c"
// presses, goes to, or puts the cursor into. Rows with data-row are what "j" and "k" walk over. This
// script is not on the page of whoever switched shortcuts off. They do nothing in a field.
(function () {
  "use strict";

  const PLACES = { i: "/" };
  const LIST = "/shortcuts";
  const SECOND_KEY_MS = 1500;
  let isAfterG = false;
  let timer = 0;

  function isTyping(target) {
    if (!(target instanceof HTMLElement)) return false;
    if (target.isContentEditable) return true;
    const name = target.tagName;
    if (name === "INPUT") return !["checkbox", "radio", "button", "submit"].includes(target.type);
    return name === "TEXTAREA" || name === "SELECT";
  }

  function rows() {
    return Array.from(document.querySelectorAll("[data-row]"));
  }

  function currentRow() {
    const focused = document.activeElement;
    return focused ? focused.closest("[data-row]") : null;
  }

  function walk(step) {
    const all = rows();
    if (!all.length) return false;
    const at = all.indexOf(currentRow());
    const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step;
    if (next >= 0 && next < all.length) {
      const link = all[next].querySelector("h2 a");
      link.focus();
      link.scrollIntoView({ block: "nearest" });
    }
    return true;
  }

  function tick(row) {
    const box = row.querySelector("input[type=checkbox]");
    if (box) box.checked = !box.checked;
    return Boolean(box);
  }

  function claimRow(row) {
    for (const other of rows()) {
      const box = other.querySelector("input[type=checkbox]");
      if (box) box.checked = other === row;
    }
  }

  function press(key) {
    const element = document.querySelector('[data-key="' + CSS.escape(key) + '"]');
    if (!element) return false;
    if (element.tagName === "SUMMARY") {
      element.parentElement.open = true;
      const field = element.parentElement.querySelector("select, input:not([type=hidden])");
      if (field) field.focus();
    } else if (element.matches("input, textarea, select")) {
      element.focus();
    } else {
      element.click();
    }
    return true;
  }

  function onRow(key, row) {
    if (key === "o") row.querySelector("h2 a").click();
    else if (key === "x") return tick(row);
    else return false;
    return true;
  }

  function act(key) {
    if (key === "?") {
      window.location.assign(LIST);
      return true;
    }
    if (key === "j" || key === "k") return walk(key === "j" ? 1 : -1);
    const row = currentRow();
    if (row && onRow(key, row)) return true;
    if (key === "c" && rows().length) {
      // In the inbox it claims the one thread that one went to, or what is ticked.
      if (row) claimRow(row);
      else if (!document.querySelector("[data-row] input:checked")) return false;
    }
    if (!["c", "u", "r", "/"].includes(key)) return false;
    return press(key);
  }

  function afterG(key) {
    isAfterG = false;
    window.clearTimeout(timer);
    if (!Object.hasOwn(PLACES, key)) return false;
    window.location.assign(PLACES[key]);
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.isComposing || event.repeat || isTyping(event.target)) return;
    let isDone = false;
    if (isAfterG) {
      isDone = afterG(event.key);
    } else if (event.key === "g") {
      isAfterG = true;
      timer = window.setTimeout(() => { isAfterG = false; }, SECOND_KEY_MS);
      isDone = true;
    } else {
      isDone = act(event.key);
    }
    if (isDone) event.preventDefault();
  });
})();
