/* A block in the mark sheet, pasted from a spreadsheet or a code for those who have none: what it would change
   first, its save when that is confirmed. */
"use strict";
{
  const { form, grid, cells, rows, columns, key, entry, ask, at } = Sheet;
  const dialog = $("#coller"),
    confirm = $("[data-confirm]", dialog),
    preview = $("[data-preview]", dialog);
  const source = {
    part: $("[data-block]", dialog),
    text: $("#block-text"),
    row: $("#block-row"),
    column: $("#block-column"),
  };
  let proposed = null; // what a confirmation writes: { texts: Map(key → text), undo }
  const empty = () => {
    proposed = null;
    confirm.hidden = true;
    preview.innerHTML = "";
  };
  const propose = async (title, entries, { note = "", undo = "Annuler le collage", words = "" } = {}) => {
    empty();
    $("h2", dialog).textContent = title;
    if (!dialog.open) dialog.showModal();
    preview.textContent = "Lecture…";
    try {
      const reply = await ask(form.dataset.lookAt, entries);
      if (!reply.html) throw new Error(reply.reason ?? "Le serveur n’a pas pu lire ce bloc.");
      preview.innerHTML = reply.html;
      if (note) preview.insertAdjacentHTML("beforeend", `<p class="small muted mt-2 mb-0">${note}</p>`);
      const write = new Set(reply.write);
      proposed = {
        undo,
        texts: entries
          .map(({ a, e, t }) => [cells.get(`c-${a}-${e}`), t])
          .filter(([el]) => el && write.has(key(el))),
      };
      confirm.hidden = !reply.saved;
      confirm.innerHTML = `${words && reply.saved === entries.length ? words : reply.confirm} <kbd>⏎</kbd>`;
      if (reply.saved) confirm.focus();
    } catch (error) {
      empty();
      source.part.hidden = false;
      preview.innerHTML = '<p class="note k-gold"></p>';
      const why = error instanceof TypeError ? "Réseau perdu." : error.message;
      preview.firstChild.textContent = `${why} Rien n’est enregistré, le bloc reste ici.`;
    }
  };
  const spread = (text, r, c) => {
    // a block from this cell on: [entries, what is left out, in words]
    const entries = [];
    let lines = 0,
      wide = 0;
    text
      .replace(/\r\n?/g, "\n")
      .replace(/\n+$/, "")
      .split("\n")
      .forEach((line, i) => {
        if (!rows[r + i]) {
          lines += Boolean(line.trim());
          return;
        }
        line.split("\t").forEach((value, j) => {
          if (!value.trim()) return; // an empty cell copied changes nothing
          if (columns[c + j])
            entries.push(
              entry(`${columns[c + j]}-${rows[r + i].dataset.enrolment}`, value.trim().slice(0, 40)),
            );
          else wide = Math.max(wide, c + j + 1 - columns.length);
        });
      });
    const out = [
      lines && several(lines, "ligne", "lignes"),
      wide && several(wide, "colonne", "colonnes"),
    ].filter(Boolean);
    return [
      entries,
      out.length
        ? `${out.join(" et ")} hors de la grille, ${lines + wide > 1 ? "laissées" : "laissée"} de côté.`
        : "",
    ];
  };
  const look = (text, r, c) => {
    const [entries, note] = spread(text, r, c);
    source.text.value = text;
    source.row.selectedIndex = r;
    source.column.selectedIndex = c;
    propose(
      `Coller dans ${source.column.selectedOptions[0].text}, à partir de ${source.row.selectedOptions[0].text}`,
      entries,
      { note },
    );
  };
  const origin = () => [source.row.selectedIndex, source.column.selectedIndex];
  grid.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain");
    if (!event.target.matches("input") || !/[\t\n]/.test(text.replace(/\r?\n$/, ""))) return;
    event.preventDefault();
    source.part.hidden = true;
    look(text, ...at(event.target));
  });
  let last = null; // the cell where the person was
  grid.addEventListener("focusin", (event) => {
    if (cells.has(event.target.id)) last = event.target;
  });
  $("[data-paste]")?.addEventListener("click", () => {
    empty();
    source.part.hidden = false;
    source.text.value = "";
    const [r, c] = last ? at(last) : [0, Math.max(0, columns.indexOf(Sheet.column()))];
    source.row.selectedIndex = r;
    source.column.selectedIndex = c;
    $("h2", dialog).textContent = "Coller un bloc";
    dialog.showModal();
    source.text.focus();
  });
  source.text.addEventListener("paste", () => setTimeout(() => look(source.text.value, ...origin())));
  source.part.addEventListener("input", empty);
  $("[data-look]", dialog).addEventListener("click", () => {
    if (source.text.value.trim()) look(source.text.value, ...origin());
    else source.text.focus();
  });
  confirm.addEventListener("click", () => {
    const { texts, undo } = proposed;
    Sheet.write(texts, undo);
    dialog.close();
    texts[0]?.[0].focus();
  });
  $(".sheet-side").addEventListener("click", (event) => {
    // ABI or ABJ where nothing is written
    const button = event.target.closest("[data-fill]");
    if (!button) return;
    const code = button.dataset.fill,
      left = button.dataset.cells.split(" ").filter((id) => !cells.get(`c-${id}`)?.value.trim());
    const words = `Mettre ${code} aux ${left.length} sans note`;
    source.part.hidden = true;
    propose(
      `${left.length > 1 ? words : `Mettre ${code} à qui n’a pas de note`}, ${button.dataset.title}`,
      left.map((id) => entry(id, code)),
      { undo: `Retirer ces ${code}`, words: left.length > 1 ? words : "" },
    );
  });

  $$("[data-paste]").forEach((button) => {
    button.hidden = false;
  });
}
