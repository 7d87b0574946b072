// Shows an alert, also when no page of the console is open, and opens the console when it is
// clicked. What it shows came encrypted for this browser; anything else is shown as the fixed words.
"use strict";

const TITLE = "A tip is waiting";
const HOME = new URL("/", self.location.origin).href;

function told(event) {
  try {
    const fields = event.data.json();
    return { title: String(fields.title), body: String(fields.body), tag: String(fields.tag) };
  } catch {
    return { title: TITLE, body: "Open the console.", tag: "tip" };
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
