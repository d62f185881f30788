// Keeps each form closed until its check for people has passed, or has failed in sight (`sign-in.md` 1.3). Turnstile calls functions of the
// page by the names that its element has.
document.querySelectorAll(".cf-turnstile").forEach((place, at) => {
  const form = place.closest("form");
  const show = (isClosed, hasFailed) => {
    form.querySelector("[type=submit]").disabled = isClosed;
    form.querySelector("[data-check]").hidden = !hasFailed;
  };
  const on = (kind, ...state) => {
    place.dataset[kind] = `${kind}${at}`;
    window[`${kind}${at}`] = () => show(...state);
  };
  on("callback", false, false);
  on("expiredCallback", true, false);
  for (const kind of ["errorCallback", "timeoutCallback", "unsupportedCallback"]) on(kind, false, true);
  // An error of a script does not bubble.
  addEventListener("error", ({ target }) => target.src?.includes("/turnstile/") && show(false, true), true);
  show(true, false);
});
