// A person comes as a character or under an own name: whichever is chosen last takes the other one back.
addEventListener("input", ({ target: { form, name, value } }) => {
  const [field, tile] = ["[autocomplete=nickname]", "[name=persona]:checked"].map((part) => form?.querySelector(part));
  if (name === "persona") field.value = "";
  else if (tile && name === field?.name && value.trim()) tile.checked = false;
  else return;
  field.required = name !== "persona"; // Without a character, the name is needed.
});
