// Passkeys (W3C Web Authentication). The button appears where the browser knows them; what it brings
// goes with the form in a hidden field. Without script one uses the one-time code.
(function () {
  "use strict";

  const box = document.getElementById("passkey");
  const button = box && box.querySelector("button");
  if (!button || !window.PublicKeyCredential) return;
  const known = window.PublicKeyCredential;
  if (!known.parseCreationOptionsFromJSON || !known.parseRequestOptionsFromJSON) return;
  const problem = document.getElementById("passkey-problem");
  // The console takes a challenge for five minutes.
  const LIFETIME_MS = 280000;

  async function bring() {
    if (button.dataset.make) {
      const options = known.parseCreationOptionsFromJSON(JSON.parse(button.dataset.make));
      return navigator.credentials.create({ publicKey: options });
    }
    const options = known.parseRequestOptionsFromJSON(JSON.parse(button.dataset.ask));
    return navigator.credentials.get({ publicKey: options });
  }

  button.addEventListener("click", async function () {
    problem.textContent = "";
    if (performance.now() > LIFETIME_MS) {
      problem.textContent = problem.dataset.tooOld;
      return;
    }
    try {
      button.form.elements.passkey.value = JSON.stringify(await bring());
    } catch {
      problem.textContent = problem.dataset.unused;
      return;
    }
    button.form.requestSubmit();
  });
  box.hidden = false;
})();
