// Has this browser take alerts: asks for permission, subscribes with the delivery worker's public
// key, and sends the page's own form with what the browser handed over.
(function () {
  "use strict";

  const form = document.getElementById("push-form");
  const button = document.getElementById("push-add");
  if (!form || !button) return;
  const problem = document.getElementById("push-problem");
  const supported = "serviceWorker" in navigator && "PushManager" in window
    && "Notification" in window;
  if (!supported) return;
  button.hidden = false;
  document.getElementById("push-needs-script").hidden = true;

  function say(sentence) {
    problem.textContent = sentence;
    problem.hidden = false;
    button.disabled = false;
  }

  function bytes(text) {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (one) => one.charCodeAt(0));
  }

  function text(buffer) {
    const plain = String.fromCharCode(...new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  async function ready(registration) {
    if (registration.active) return;
    const worker = registration.installing || registration.waiting;
    await new Promise((resolve) => {
      worker.addEventListener("statechange", () => {
        if (worker.state === "activated") resolve();
      });
    });
  }

  async function subscribe() {
    if ((await Notification.requestPermission()) !== "granted") {
      say(form.dataset.forbidden);
      return;
    }
    const registration = await navigator.serviceWorker.register(form.dataset.worker);
    await ready(registration);
    const old = await registration.pushManager.getSubscription();
    // One that was made with another key would take nothing of ours.
    if (old) await old.unsubscribe();
    const made = await registration.pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: bytes(form.dataset.key),
    });
    form.elements.endpoint.value = made.endpoint;
    form.elements.public.value = text(made.getKey("p256dh"));
    form.elements.secret.value = text(made.getKey("auth"));
    form.submit();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    button.disabled = true;
    problem.hidden = true;
    subscribe().catch(() => say(form.dataset.unreachable));
  });
})();
