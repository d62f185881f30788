// Passkeys on the sign-in page, only with this script and in browsers that support them: a button, and the browser's own offer in the field
// of the address.
((place) => {
  const [button, form, { PublicKeyCredential: kind }] = [place.firstElementChild, place.closest("form"), window];
  const { remember, status } = form.elements;
  const headers = { "content-type": "application/json", "x-requested-with": "cookie" };
  const post = async (step, asked) => (await fetch(`/api/auth/passkey/login/${step}`, { method: "POST", headers, body: JSON.stringify(asked) })).json();
  const call = async (step, asked, left = 4) => {
    const { data, error } = await post(step, asked);
    // A passkey is no guess: only the limit per address refuses it for a time (`account.md` 8).
    const isLimited = error?.code === "RATE_LIMITED";
    if (isLimited && left) return form.waits(error.retryAfterMs / 1000).then(() => call(step, asked, left - 1));
    // The browser stops offering a passkey that the account does not have.
    if (error?.code === "NOT_FOUND") await kind.signalUnknownCredential?.({ rpId: location.hostname, credentialId: asked.id }).catch(() => {});
    const code = ["BAD_CREDENTIALS", "NOT_FOUND"].includes(error?.code) ? "PASSKEY" : error?.code;
    // The page loads again with the error, so this script stops here.
    if (code) await new Promise(() => location.assign(`?form=account&error=${code}${isLimited ? "&try=5" : ""}`));
    return data;
  };
  let isFound = false;
  const get = async (asked, more) => {
    const publicKey = kind.parseRequestOptionsFromJSON({ ...asked, userVerification: "required" });
    // A closed dialog of the browser is no error.
    const found = await navigator.credentials.get({ publicKey, ...more }).catch(() => null);
    const { id, response } = found?.toJSON() ?? {};
    // The offer and the button may find one at the same moment.
    if (!id || isFound) return;
    isFound = true;
    const signedIn = call("finish", { id, ...response, remember: remember.checked, status: status.value || undefined });
    // Until the next page has come, no other one signs in once more.
    await signedIn.then(() => location.assign("/app"), () => (isFound = false));
  };
  // The browser's offer stands as long as its challenge is good, and is renewed before that ends. Where no challenge is to be had, the page
  // asks again after a while.
  let [offered, until] = [new AbortController(), 0];
  const offer = async () => {
    until = Date.now() + 60_000;
    offered.abort();
    const { signal } = (offered = new AbortController());
    const { data } = await post("begin", {}).catch(() => ({}));
    if (!data || signal.aborted) return;
    until = Date.now() + data.timeout * 0.8;
    await get(data, { mediation: "conditional", signal });
  };
  button.onclick = async () => {
    until = Infinity;
    offered.abort();
    await get(await call("begin", {}));
    until = 0;
  };
  place.hidden = !kind?.parseRequestOptionsFromJSON;
  // A dialog of the browser has the focus while it is open, and a renewal would close it.
  const renew = () => Date.now() > until && document.hasFocus() && offer();
  place.hidden || kind.isConditionalMediationAvailable?.().then((isOffered) => isOffered && (offer(), setInterval(renew, 1_000)));
})(document.getElementById("passkey"));
