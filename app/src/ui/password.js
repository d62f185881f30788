// Shows the passwords of a form on request, and judges a new one while it is written, in the place of a refusal of the field. Judges by a
// cheap part of the server's rule: the list of common passwords stays there.
document.querySelector("[data-shows]")?.parentElement.removeAttribute("hidden");
addEventListener("change", ({ target: { dataset, form, checked } }) => {
  if (dataset.shows === "") for (const field of form.querySelectorAll("[autocomplete$=-password]")) field.type = checked ? "text" : "password";
});
addEventListener("input", ({ target, target: { autocomplete, form, id, minLength, value } }) => {
  const old = document.getElementById(`${id}-refusal`), words = autocomplete === "new-password" && form.querySelector("[data-judges]")?.children;
  // The page's wasm ends the refusals of its own forms.
  if (old && form?.method === "post") [old.hidden, old.id, target.ariaInvalid] = [true, "", null];
  if (!words) return;
  const isWeak = [...value].length < minLength || [1, 2, 3, 4].some((length) => value.slice(length) === value.slice(0, -length));
  [...words].forEach((line, at) => (line.hidden = at !== (value && isWeak ? 1 : value.length < 16 ? 0 : 2)));
});
