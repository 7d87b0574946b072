// An invitation's code stands behind the # of its link, which no browser sends anywhere. Put it into
// the field, and take it out of the address bar and the history. Without script one pastes it.
(function () {
  "use strict";

  const code = document.getElementById("code");
  const given = window.location.hash.slice(1);
  if (!code || !given) return;
  if (!code.value) code.value = given;
  window.history.replaceState(null, "", window.location.pathname);
})();
