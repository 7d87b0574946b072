// Keeps the conversation fresh. Items are compared one by one and only what is new or different is
// put into the page, so that a screen reader says each message once.
(function () {
  "use strict";

  const PAUSE_MILLISECONDS = 1500;
  const list = document.getElementById("conversation");

  function atEnd() {
    return list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  }

  function scrollToEnd() {
    list.scrollTop = list.scrollHeight;
  }

  function merge(fresh) {
    const wanted = Array.from(fresh.children);
    const ids = new Set(wanted.map((item) => item.id));
    for (const item of Array.from(list.children)) {
      if (!ids.has(item.id)) item.remove();
    }
    for (const item of wanted) {
      const old = document.getElementById(item.id);
      if (!old) list.append(item);
      else if (old.outerHTML !== item.outerHTML) old.replaceWith(item);
    }
  }

  async function refresh() {
    try {
      const response = await fetch(list.dataset.source, { cache: "no-store" });
      if (response.ok) {
        const page = new DOMParser().parseFromString(await response.text(), "text/html");
        const follow = atEnd();
        merge(page.body);
        if (follow) scrollToEnd();
      }
    } catch (error) {
      // The simulator is away; the next round may find it again.
    }
    window.setTimeout(refresh, PAUSE_MILLISECONDS);
  }

  scrollToEnd();
  window.setTimeout(refresh, PAUSE_MILLISECONDS);
})();
