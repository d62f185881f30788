// Sends a form from its page, which keeps the typed texts, and waits behind the limit per address (`account.md` 8) to send it again.
for (const { form } of document.querySelectorAll("[name=try]")) {
  const { try: tries } = form.elements;
  const [line, over] = form.querySelectorAll("[data-wait]");
  const [timer, button] = [line.lastElementChild, form.querySelector("[type=submit]")];
  form.waits = async (seconds) => {
    line.hidden = false;
    for (const end = Date.now() + seconds * 1000; Date.now() < end; await new Promise((next) => setTimeout(next, 250)))
      timer.textContent = `${Math.ceil((end - Date.now()) / 1000)} s`;
    line.hidden = true;
  };
  form.onsubmit = async (event) => {
    event.preventDefault();
    [button.disabled, over.hidden, tries.value] = [true, true, ""];
    for (let to; ; await form.waits(to.get("wait"))) {
      const sent = { method: "POST", headers: { accept: "application/json" }, body: new URLSearchParams(new FormData(form)) };
      const place = await fetch(form.action, sent).then((answer) => answer.headers.get("location"), () => null);
      // Without a usable answer, the browser sends the form and shows the result.
      if (!place) return form.submit();
      to = new URL(place, location).searchParams;
      tries.value = to.get("try") ?? "";
      if (to.has("wait")) continue;
      [button.disabled, over.hidden] = [false, !to.has("try")];
      return over.hidden && location.assign(place);
    }
  };
}
