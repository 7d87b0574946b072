// Asks every twenty seconds whether there is something new, and says so; it changes nothing on the
// page, so that nobody loses their place. The answer holds counts alone, and asking does not keep
// the session from ending. The page works without this script; what the script says stands in it.
(function () {
  "use strict";

  const news = document.getElementById("news");
  const words = document.getElementById("news-words");
  if (!news || !words) return;
  // Not document.title: that says at times what escalation.js has put before it.
  const title = news.dataset.title;
  const since = news.dataset.since;
  const unread = Number(news.dataset.unread);
  const pause = Number(news.dataset.seconds) * 1000;
  const MOST = 100;
  const FAILURES_TO_SAY = 3;
  let failures = 0;

  function say(sentence, mark) {
    // Written only when it changes: a screen reader says it each time.
    if (words.textContent !== sentence) words.textContent = sentence;
    document.title = mark ? "(" + mark + ") " + title : title;
  }

  function show(update) {
    failures = 0;
    // What was numbered before this page and committed after it shows as unread alone.
    const count = Math.max(update.new, update.unread - unread, 0);
    const shown = count >= MOST ? MOST - 1 + "+" : String(count);
    const sentence = count === 1 ? news.dataset.newOne : news.dataset.newOther;
    say(count ? sentence.replace("{count}", shown) : "", count ? shown : "");
    // Others listen for what must be heard as well as seen.
    if (Number.isInteger(update.escalated)) {
      const detail = { count: update.escalated };
      document.dispatchEvent(new CustomEvent("tipline:escalated", { detail }));
    }
  }

  async function ask() {
    try {
      const answer = await fetch(news.dataset.url + "?since=" + since, {
        redirect: "manual",
        cache: "no-store",
        headers: { Accept: "application/json" },
      });
      if (answer.type === "opaqueredirect" || answer.status === 401) {
        say(news.dataset.ended, "!");
        return;
      }
      if (!answer.ok) throw new Error("refused");
      show(await answer.json());
    } catch {
      failures += 1;
      if (failures >= FAILURES_TO_SAY) {
        say(news.dataset.silent, "!");
      }
    }
    window.setTimeout(ask, pause);
  }

  window.setTimeout(ask, pause);
})();
