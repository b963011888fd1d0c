/* From the table of the jury room: who is there, and one decision for the students ticked. */
"use strict";
{
  const { table, keys } = Room;
  /* who is there: a digit for a member, T for everybody; the list comes back as it stands */
  const presences = $("#presences");
  if (presences) {
    const sheet = $("[data-presences]", presences),
      list = $("[data-list]", presences);
    keys.p = () => presences.showModal();
    sheet.addEventListener("submit", async (event) => {
      event.preventDefault();
      const held = $$("button", list).indexOf(document.activeElement);
      const answer = await reach(sheet.action, {
        method: "POST",
        body: new FormData(sheet, event.submitter),
      }).catch(() => null);
      if (!answer?.ok) return;
      list.innerHTML = await answer.text();
      if (held >= 0) $$("button", list)[held]?.focus();
      const number = $$(".btn-primary", list).length;
      $("[data-present]").textContent = several(number, "présent", "présents");
    });
    presences.addEventListener("keydown", (event) => {
      if (digit(event)) {
        $$("button", list)[digit(event) - 1]?.click();
        event.preventDefault();
      } else if (event.key.toLowerCase() === "t" && !event.ctrlKey && !event.metaKey && !event.altKey)
        $("[name=all]", sheet).click();
    });
  }
  /* several students ticked, one decision */
  const together = $("#together");
  if (together) {
    const picked = () => $$(".pick:checked", table),
      refusal = $("[role=alert]", together),
      none = $("[data-none]", together);
    const tell = () => {
      const rows = picked().map((box) => box.closest("tr"));
      together.hidden = !rows.length;
      $("[data-chosen]", together).textContent =
        `${several(rows.length, "étudiant choisi", "étudiants choisis")} :`;
      $("[data-names]", together).textContent = rows.map((row) => $("a", row).textContent.trim()).join(", ");
      if (!rows.length) refusal.hidden = true;
    };
    const clear = () => {
      picked().forEach((box) => {
        box.checked = false;
      });
      tell();
    };
    none.hidden = false;
    none.addEventListener("click", clear);
    table.addEventListener("change", (event) => {
      if (event.target.matches(".pick")) tell();
    });
    keys.x = (rows, place) => {
      if (place >= 0) $(".pick", rows[place])?.click();
      return place >= 0;
    };
    together.addEventListener("submit", async (event) => {
      event.preventDefault();
      const answer = await reach(together.action, { method: "POST", body: new FormData(together) }).catch(
        () => null,
      );
      const reply =
        answer && (answer.ok || answer.status === 400)
          ? await answer.json()
          : { refused: "Rien n’est enregistré, votre saisie reste. Essayer de nouveau." };
      refusal.textContent = reply.refused ?? "";
      refusal.hidden = !reply.refused;
      if (reply.refused) return;
      together.reset();
      clear();
      Live.say(reply.told);
      Live.ask();
    });
    new MutationObserver(tell).observe(table, {
      childList: true,
      subtree: true,
    }); /* a row decided elsewhere loses its box */
    tell();
  }
}
