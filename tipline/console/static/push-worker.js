// Shows an alert, also when no page of the console is open, and opens the console when it is
// clicked. What it shows came encrypted for this browser; anything else is shown as the fixed words.
// Those stand in the script's own address, in the language of the page that registered it: a worker
// starts without any page. Browsers that were added before they stood there have them in English.
"use strict";

const WORDS = new URL(self.location.href).searchParams;
const TITLE = WORDS.get("title") || "A tip is waiting";
const BODY = WORDS.get("body") || "Open the console.";
const HOME = new URL("/", self.location.origin).href;

function told(event) {
  try {
    const fields = event.data.json();
    return { title: String(fields.title), body: String(fields.body), tag: String(fields.tag) };
  } catch {
    return { title: TITLE, body: BODY, tag: "tip" };
  }
}

self.addEventListener("push", (event) => {
  const { title, body, tag } = told(event);
  // A repetition has the same tag and takes the place of the first.
  const options = { body, tag, renotify: true, requireInteraction: true };
  event.waitUntil(self.registration.showNotification(title, options));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(HOME));
});
