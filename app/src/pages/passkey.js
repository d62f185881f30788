// Passkey button of the sign-in page, which appears only with this script and in browsers that support passkeys.
((place) => {
  const [button, form] = [place.firstElementChild, place.closest("form")];
  const { remember, status } = form.elements;
  const headers = { "content-type": "application/json", "x-requested-with": "cookie" };
  const call = async (step, asked, left = 4) => {
    const answer = await fetch(`/api/auth/passkey/login/${step}`, { method: "POST", headers, body: JSON.stringify(asked) });
    const { data, error } = await answer.json();
    // A passkey is no guess: only the limit per address refuses it for a time (`account.md` 8).
    const isLimited = error?.code === "RATE_LIMITED";
    if (isLimited && left) return form.waits(error.retryAfterMs / 1000).then(() => call(step, asked, left - 1));
    // The page loads again with the error, so this script stops here.
    if (error) await new Promise(() => location.assign(`?form=account&error=${error.code === "BAD_CREDENTIALS" ? "PASSKEY" : error.code}${isLimited ? "&try=5" : ""}`));
    return data;
  };
  place.hidden = !window.PublicKeyCredential?.parseRequestOptionsFromJSON;
  button.onclick = async () => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON({ ...(await call("begin", {})), userVerification: "required" });
    // A closed dialog of the browser is no error.
    const found = await navigator.credentials.get({ publicKey }).catch(() => null);
    const { id, response } = found?.toJSON() ?? {};
    if (id) await call("finish", { id, ...response, remember: remember.checked, status: status.value || undefined }).then(() => location.assign("/app"));
  };
})(document.getElementById("passkey"));
