/* Appreciations: beside the mark sheet, that of the student whose row is chosen, saved as it is left; on their
   own page, Enter goes to the next line. $ and $$ are app.js's, reach is signin.js's. */
"use strict";
const beside = $("[data-appreciation]"),
  lines = $("[data-lines]");

if (beside && $("form", beside)) {
  const sheet = $("[data-grid]"),
    form = $("form", beside),
    field = $("textarea", form),
    status = $("[role=status]", form),
    help = status.textContent;
  const texts = JSON.parse($("#appreciations", beside).textContent); // as they stand, by enrolment
  const waiting = {}; // typed, not saved
  let chosen = "",
    from = null; // the cell to come back to

  const say = (text, family = "") => {
    status.textContent = text || help;
    status.classList.toggle("faint", !family);
    status.classList.toggle("k-rust", family === "rust");
  };
  const choose = (row, cell) => {
    from = cell;
    if (row.dataset.enrolment === chosen) return;
    chosen = row.dataset.enrolment;
    const who = $("th.who", row).cloneNode(true);
    $$(".num, .tag", who).forEach((part) => part.remove());
    $("[data-who]", form).textContent = who.textContent.replace(/\s+/g, " ").trim();
    field.value = waiting[chosen] ?? texts[chosen] ?? "";
    say(chosen in waiting ? "Pas encore enregistrée." : "");
    form.hidden = false;
  };
  const save = async () => {
    const whose = chosen,
      text = field.value.replace(/\s+/g, " ").trim(),
      seen = texts[whose] ?? "";
    if (!whose || text === seen) return;
    waiting[whose] = text;
    try {
      const answer = await reach(beside.dataset.address.replace("/0/", `/${whose}/`), {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ text, seen }),
      });
      const reply = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
      if (!answer.ok) throw new Error(reply.reason ?? "Le serveur n’a pas pu l’enregistrer.");
      texts[whose] = reply.text;
      delete waiting[whose];
      $("[data-number]", beside).textContent = reply.number;
      if (whose === chosen) say("Enregistrée.");
    } catch (error) {
      if (whose === chosen)
        say(error instanceof TypeError ? "Réseau perdu, pas enregistrée." : error.message, "rust");
    }
  };

  sheet.addEventListener("focusin", (event) => {
    const row = event.target.closest("tr[data-enrolment]");
    if (row) choose(row, event.target);
  });
  sheet.addEventListener("keydown", (event) => {
    if (event.key !== "F4" || form.hidden) return;
    event.preventDefault();
    field.focus();
  });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || !["Enter", "Escape"].includes(event.key)) return;
    event.preventDefault();
    if (event.key === "Escape") {
      delete waiting[chosen];
      field.value = texts[chosen] ?? "";
      say("");
    }
    from?.focus(); // what is left is saved
  });
  field.addEventListener("blur", save);
  addEventListener("beforeunload", (event) => {
    if (Object.keys(waiting).length) event.preventDefault();
  });
}

lines?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || !event.target.matches("input")) return;
  const fields = $$("td input", lines),
    next = fields[fields.indexOf(event.target) + (event.shiftKey ? -1 : 1)];
  event.preventDefault();
  next?.focus();
  next?.select();
});
