/* Deciding in the table: Space, or the row's « Décider ici », opens the card's own form under the row. 1, 2…
   choose a code, M the motive, Ctrl Enter records, Escape closes. What the server refuses is said there, what
   was typed stays. */
"use strict";
(() => {
  const close = (line, back) => {
    const row = line.previousElementSibling;
    line.remove();
    if (back) Room.go(row);
  };
  const next = (row) => {
    const rows = Room.shown().filter((other) => /^(todo|blocked)/.test(other.dataset.k));
    return rows.find((other) => row.compareDocumentPosition(other) & 4) ?? rows[0];
  };
  const fill = (line, html) => {
    $("td", line).innerHTML = html;
    const form = $("form", line),
      row = line.previousElementSibling;
    wireDecision(form);
    ($("[role=alert]", form)
      ? $("textarea[name=motive]", form)
      : ($("input[name=code]:checked", form) ?? $("input[name=code]", form))
    ).focus();
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const answer = await reach(form.action, {
        method: "POST",
        body: new FormData(form),
        headers: { "X-Part": "here" },
      }).catch(() => null);
      if (answer?.status === 401 || answer?.status === 409) {
        Live.say("Rien n’est enregistré, votre saisie reste.", { stay: true });
        return;
      }
      if (!answer) {
        Live.say("Connexion perdue : rien n’est enregistré, votre saisie reste.", { stay: true });
        return;
      }
      if (answer.status !== 204) {
        fill(line, await answer.text());
        return;
      }
      const onwards = next(row);
      close(line, false);
      Room.go(onwards ?? row);
      Live.announce("");
      Live.ask();
    });
  };
  const open = async (row) => {
    $$("tr.deciding", Room.table).forEach((line) => close(line, false));
    const address = $("a", row).href;
    const answer = await reach(address, { headers: { "X-Part": "here" } });
    if (answer.status === 401 || answer.status === 409) return;
    if (!answer.ok) {
      location.assign(address);
      return;
    }
    const line = document.createElement("tr");
    line.className = "deciding";
    line.append(Object.assign(document.createElement("td"), { colSpan: 99 }));
    row.after(line);
    fill(line, await answer.text());
    line.scrollIntoView({ block: "nearest" });
    Live.announce(row.id.slice(2));
  };
  Room.table.addEventListener("click", (event) => {
    const button = event.target.closest("[data-here]"),
      cancel = event.target.closest("[data-cancel]");
    if (button) {
      event.preventDefault();
      open(button.closest("tr"));
    }
    if (cancel) close(cancel.closest("tr"), true);
  });
  Room.keys[" "] = (rows, place) => {
    const row = rows[place];
    if (row && $("[data-here]", row)) open(row);
    return Boolean(row);
  };
  Room.table.addEventListener("keydown", (event) => {
    const line = event.target.closest("tr.deciding");
    if (!line) return;
    const written = event.target.matches("textarea, select");
    if (event.key === "Escape") {
      close(line, true);
      event.preventDefault();
    } else if (event.key === "Enter" && event.ctrlKey) {
      event.preventDefault();
      $("form", line).requestSubmit();
    } else if (written || event.ctrlKey || event.metaKey || event.altKey) {
      /* typed */
    } else if (digit(event)) $$("input[name=code]", line)[digit(event) - 1]?.click();
    else if (event.key.toLowerCase() === "m") {
      event.preventDefault();
      $("select[data-usual]", line).focus();
    }
    event.stopPropagation();
  });
})();
