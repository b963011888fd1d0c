/* The mark sheet: keyboard, paste from a spreadsheet, a save as each cell is left, both values when two
   people wrote the same one. The page is a plain form: what is here only saves typing. No library; $ and $$
   are app.js's. */
"use strict";
const grid = $("[data-grid]");
if (grid) {
  const form = grid.closest("form"),
    say = $("[data-status]");
  const RETRY = 5,
    REST = 3, // seconds without a save: who types a column has stopped
    BATCH = 5000; // seconds; cells in one request: a paste is one act, undone as one
  const KEPT = 60000; // characters that a browser still sends when its page closes
  const cells = new Map($$("input[data-column]", grid).map((el) => [el.id, el]));
  const rows = $$("tbody tr[data-enrolment]", grid);
  const columns = $$("thead [data-column]", grid).map((th) => th.dataset.column);
  const queue = new Map(); // input → the text to save
  let flying = null,
    retry = null,
    pasted = [],
    undoing = "";

  /* ---------- a cell and its state ---------- */
  const versions = new WeakMap(); // the version of the mark that the person has seen: what a save builds upon
  const latest = new WeakMap(); // the one that stands: taken over by a choice, never in silence
  const saved = new WeakMap(); // the text that stands
  const seen = new WeakMap(); // the text when the cell was entered
  const cellOf = (el) => el.closest("td");
  const key = (el) => el.id.slice(2);
  const dirty = (el) => el.value.trim() !== saved.get(el);
  const explained = (el) => $(`[data-explains="${key(el)}"]`, grid);
  const STATES = ["saved", "saving", "waiting", "refused", "conflict", "locked", "empty", "coded"];
  const show = (el, ...states) => {
    cellOf(el).classList.remove(...STATES);
    cellOf(el).classList.add(...states);
  };
  const rest = (el) => {
    const text = saved.get(el);
    show(el, text ? "saved" : "empty", ...(/^AB[IJ]$|^ATT$/.test(text) ? ["coded"] : []));
  };
  const settle = (el) => {
    explained(el)?.remove();
    el.removeAttribute("aria-invalid");
    el.removeAttribute("aria-describedby");
  };
  cells.forEach((el) => {
    const [, , , version] = el.name.split("-");
    versions.set(el, Number(version));
    saved.set(el, el.defaultValue);
    if (!el.disabled && el.getAttribute("aria-invalid")) saved.set(el, null); // refused without JavaScript
  });
  const tell = (text, family = "slate") => {
    say.hidden = !text;
    say.textContent = text;
    say.className = `note k-${family}`;
  };
  const spin =
    '<svg class="spin" viewBox="0 0 16 16" role="img" aria-label="enregistrement"><path d="M8 2a6 6 0 1 1-6 6" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round"/></svg>';

  /* ---------- saving ---------- */
  const save = (el) => {
    if (el.disabled || (!dirty(el) && !queue.has(el))) return;
    queue.set(el, el.value);
    show(el, "saving");
    if (!$(".spin", cellOf(el))) cellOf(el).insertAdjacentHTML("beforeend", spin);
    flush();
  };
  const entry = (id, text) => {
    const [a, e] = id.split("-").map(Number);
    return { a, e, v: versions.get(cells.get(`c-${id}`)) ?? 0, t: text };
  };
  const ask = async (address, entries) => {
    const body = JSON.stringify({ cells: entries });
    const response = await reach(address, {
      method: "POST",
      keepalive: body.length < KEPT,
      quiet: true,
      headers: { "Content-Type": "application/json" },
      body,
    });
    if (response.status === 401) throw new SignedOut("Votre session est finie.");
    if (response.status === 404 || response.status === 409)
      throw new Error("Cette feuille n’est plus la vôtre : rien n’est enregistré.");
    return response.headers.get("Content-Type")?.includes("json") ? response.json() : {};
  };
  class SignedOut extends Error {}
  const flush = async () => {
    if (flying || !queue.size) return;
    clearTimeout(retry);
    retry = null;
    const sent = [...queue].slice(0, BATCH);
    sent.forEach(([el]) => queue.delete(el));
    flying = sent;
    try {
      const reply = await ask(
        form.dataset.save,
        sent.map(([el, text]) => entry(key(el), text)),
      );
      if (!reply.cells) throw new Error(reply.reason ?? "Le serveur n’a pas pu enregistrer.");
      flying = null;
      take(reply, new Map(sent));
      refreshIn(sent.length === 1 && grid.contains(document.activeElement) ? REST : 0);
    } catch (error) {
      flying = null;
      sent.forEach(([el, text]) => {
        if (!queue.has(el)) queue.set(el, text);
        $(".spin", cellOf(el))?.remove();
        show(el, "waiting");
      });
      if (error instanceof SignedOut) {
        keep(error.message);
        return;
      }
      wait(error instanceof TypeError ? "Réseau perdu." : error.message, RETRY);
      return;
    }
    flush();
  };
  const kept = () =>
    queue.size > 1
      ? `${queue.size} notes sont gardées ici et ne sont pas enregistrées`
      : "La note est gardée ici, elle n’est pas enregistrée";
  /* the session ended: what waits is saved once signed in again, over the sheet; the cell keeps the focus */
  const keep = async (why) => {
    const el = document.activeElement;
    tell(`${why} ${kept()}. `, "gold");
    const button = Object.assign(document.createElement("button"), {
      type: "button",
      className: "btn btn-quiet btn-sm",
      textContent: "Se reconnecter",
    });
    button.addEventListener("click", () => keep(why));
    say.append(button);
    if (!(await Account.open())) return;
    tell("");
    el.focus();
    flush();
  };
  const wait = (why, seconds) => {
    tell(`${why} ${kept()}. Nouvel essai dans ${seconds} s.`, "gold");
    retry = setTimeout(() => {
      if (seconds > 1) wait(why, seconds - 1);
      else flush();
    }, 1000);
  };
  addEventListener("online", flush);

  /* ---------- what the server answers ---------- */
  const take = (reply, sent) => {
    let bad = 0;
    reply.cells.forEach((cell) => {
      const el = cells.get(`c-${cell.a}-${cell.e}`);
      latest.set(el, cell.version);
      if (cell.state === "saved") versions.set(el, cell.version);
      if (cell.mark) el.dataset.mark = cell.mark;
      $(".spin", cellOf(el))?.remove();
      saved.set(el, cell.text);
      settle(el);
      const typedMeanwhile = el.value !== sent.get(el);
      if (cell.state === "saved") {
        cellOf(el).classList.remove("odd"); // until it is compared with the others again
        if (!typedMeanwhile) el.value = cell.text;
        if (!queue.has(el)) rest(el);
      } else if (!typedMeanwhile) {
        bad += 1;
        show(el, cell.state === "conflict" ? "conflict" : "refused");
        el.setAttribute("aria-invalid", "true");
        el.setAttribute("aria-describedby", `x-${key(el)}`);
        el.closest("tr").insertAdjacentHTML("afterend", cell.explain);
      } else rest(el);
    });
    Object.entries(reply.averages).forEach(([enrolment, html]) => {
      $(`tr[data-enrolment="${enrolment}"] [data-average]`, grid).innerHTML = html;
    });
    const done = reply.cells.length - bad,
      waiting = $$('[aria-invalid="true"]', grid);
    const undo = pasted.some(([el]) => sent.has(el));
    if (bad) {
      tell(
        `${several(bad, "note n’est pas enregistrée", "notes ne sont pas enregistrées")} : ${reply.cells.find((cell) => cell.reason)?.reason ?? ""} `,
        "rust",
      );
      if (undo && done) offer();
    } else if (waiting.length)
      tell(`${several(waiting.length, "note attend", "notes attendent")} votre choix.`, "rust");
    else if (undo || done > 1) {
      tell(`${several(done, "note enregistrée", "notes enregistrées")}. `, "green");
      if (undo) offer();
    } else tell("");
  };
  const offer = () => {
    // the last block, taken back as one act
    const button = Object.assign(document.createElement("button"), {
      type: "button",
      className: "btn btn-quiet btn-sm",
      textContent: undoing,
    });
    button.addEventListener("click", () => {
      const before = pasted;
      pasted = [];
      fill(before.map(([el, text]) => [el, text]));
    });
    say.append(button);
  };
  const fill = (texts) => {
    // [cell, text]: as if they had been typed, in one request
    texts.forEach(([el, text]) => {
      el.value = text;
      if (!dirty(el)) {
        settle(el);
        rest(el);
        queue.delete(el);
      } else {
        queue.set(el, text);
        show(el, "saving");
      }
    });
    flush();
  };

  /* ---------- what the class has come to: read from the marks of all, so when typing rests ---------- */
  let waited = null;
  const refreshIn = (seconds) => {
    clearTimeout(waited);
    waited = setTimeout(refresh, 1000 * seconds);
  };
  const refresh = async () => {
    waited = null;
    const answer = await reach(form.dataset.refresh, { quiet: true }).catch(() => null);
    if (!answer?.ok) return; // the next save looks again
    const now = await answer.json();
    if (waited || flying || queue.size) return;
    Object.entries(now.columns).forEach(([column, { state, mean, figures }]) => {
      $(`thead [data-column="${column}"] [data-state]`, grid).innerHTML = state;
      $(`tfoot [data-column="${column}"]`, grid).textContent = mean;
      $(`[data-figures="${column}"]`).innerHTML = figures;
    });
    $("[data-mean-average]", grid).textContent = now.average.mean;
    $("[data-figures-average]").innerHTML = now.average.figures;
    $("[data-summary]").innerHTML = now.summary;
    point(new Set(now.odd));
    const declare = $("[data-declare]"),
      why = $("[data-why]");
    if (declare) declare.innerHTML = now.completion.declare;
    if (why) [why.textContent, why.closest("section").hidden] = [now.completion.why, !now.completion.why];
  };
  grid.addEventListener("focusout", (event) => {
    if (waited && !grid.contains(event.relatedTarget)) refreshIn(0);
  });
  const point = (odd) =>
    cells.forEach((el) => {
      cellOf(el).classList.toggle("odd", odd.has(key(el)));
      if (el.getAttribute("aria-invalid")) return;
      if (odd.has(key(el))) el.setAttribute("aria-describedby", "odd-note");
      else el.removeAttribute("aria-describedby");
    });

  /* ---------- two values, or a refusal: choose ---------- */
  const choose = (el, what, value) => {
    versions.set(el, latest.get(el) ?? versions.get(el));
    if (what === "theirs") {
      el.value = saved.get(el) ?? "";
      settle(el);
      rest(el);
      if (!$('[aria-invalid="true"]', grid)) tell("");
    } else {
      if (what === "suggestion") el.value = value;
      queue.set(el, el.value);
      settle(el);
      save(el);
    }
    el.focus();
    el.select();
    seen.set(el, el.value);
  };
  grid.addEventListener("click", (event) => {
    const button = event.target.closest("[data-choose]");
    if (button)
      choose(
        cells.get(`c-${button.closest("[data-explains]").dataset.explains}`),
        button.dataset.choose,
        button.dataset.value,
      );
  });

  /* ---------- moving ---------- */
  const at = (el) => [rows.indexOf(el.closest("tr")), columns.indexOf(el.dataset.column)];
  const input = (r, c) => (rows[r] ? $(`input[data-column="${columns[c]}"]:not(:disabled)`, rows[r]) : null);
  const from = (el, dr, dc) => {
    let [r, c] = at(el);
    for (r += dr, c += dc; rows[r] && columns[c]; r += dr, c += dc) if (input(r, c)) return input(r, c);
    return null;
  };
  const editing = new WeakSet(); // F2: the arrows move in the text
  const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  grid.addEventListener("keydown", (event) => {
    const el = event.target;
    if (!el.matches("input") || event.ctrlKey || event.metaKey || event.altKey) return;
    const whole = el.selectionStart === 0 && el.selectionEnd === el.value.length;
    const untouched = whole && el.value === seen.get(el);
    const conflict = cellOf(el).classList.contains("conflict");
    if (conflict && untouched && ["1", "2"].includes(digit(event))) {
      event.preventDefault();
      choose(el, digit(event) === "1" ? "theirs" : "mine");
    } else if (event.key === "Enter") {
      event.preventDefault();
      const suggestion =
        el.value === seen.get(el) && explained(el) && $("[data-choose=suggestion]", explained(el));
      if (suggestion) choose(el, "suggestion", suggestion.dataset.value);
      const next = from(el, event.shiftKey ? -1 : 1, 0);
      if (next) next.focus();
      else {
        save(el);
        seen.set(el, el.value);
        el.select();
      }
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (el.getAttribute("aria-invalid")) choose(el, "theirs");
      else {
        el.value = seen.get(el);
        el.select();
      }
      editing.delete(el);
    } else if (event.key === "F2") {
      event.preventDefault();
      editing.add(el);
      el.setSelectionRange(el.value.length, el.value.length);
    } else if (MOVES[event.key] && !event.shiftKey) {
      const across = MOVES[event.key][1];
      const edge = whole || (across < 0 ? el.selectionEnd === 0 : el.selectionStart === el.value.length);
      if (across && (editing.has(el) || !edge)) return;
      const next = from(el, ...MOVES[event.key]);
      if (next) {
        event.preventDefault();
        next.focus();
      } else if (event.key === "ArrowRight") {
        event.preventDefault();
        $(".reasons-link", el.closest("tr"))?.focus();
      }
    } else if (event.key === "Tab") {
      const open = [...cells.values()].filter((cell) => !cell.disabled && cell.offsetParent);
      const next = open[open.indexOf(el) + (event.shiftKey ? -1 : 1)];
      if (next) {
        event.preventDefault();
        next.focus();
      } // past the averages, to the next line
    }
  });
  grid.addEventListener("keydown", (event) => {
    // on an average: back to the marks, or to the next average
    const link = event.target.closest(".reasons-link"),
      way = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!link || !(way || event.key === "ArrowLeft")) return;
    const links = $$(".reasons-link", grid),
      shown = $$("input:not(:disabled)", link.closest("tr")).filter((cell) => cell.offsetParent);
    event.preventDefault();
    (way ? links[links.indexOf(link) + way] : shown.at(-1))?.focus();
  });
  grid.addEventListener("focusin", (event) => {
    const el = event.target;
    if (!el.matches("input")) return;
    seen.set(el, el.value);
    el.select();
    turn(el.dataset.column);
    const link = $("[data-history-link]");
    if (link) {
      link.hidden = !el.dataset.mark;
      $("a", link).href = form.dataset.history.replace("/0/", `/${el.dataset.mark}/`);
    }
  });
  grid.addEventListener("focusout", (event) => {
    const el = event.target;
    if (!el.matches("input")) return;
    editing.delete(el);
    if (el.value !== seen.get(el)) {
      if (!dirty(el)) {
        settle(el);
        rest(el);
        queue.delete(el);
      } else save(el);
    }
  });

  /* ---------- a block: what it would change first, its save when that is confirmed ---------- */
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
      preview.firstChild.textContent = `${error instanceof TypeError ? "Réseau perdu." : error.message} Rien n’est enregistré, le bloc reste ici.`;
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
    const [r, c] = last ? at(last) : [0, Math.max(0, columns.indexOf(turned))];
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
    [pasted, undoing] = [texts.map(([el]) => [el, saved.get(el) ?? ""]), undo];
    fill(texts.filter(([el]) => !el.disabled));
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

  /* ---------- why an average: its page, in a dialog ---------- */
  grid.addEventListener("click", async (event) => {
    const link = event.target.closest(".reasons-link");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    try {
      const page = new DOMParser().parseFromString(await (await reach(link.href)).text(), "text/html");
      $("#moyenne h2").textContent = $("h1", page).textContent;
      $("#moyenne [data-reasons]").innerHTML = $("[data-reasons]", page).innerHTML;
      $("#moyenne").showModal();
    } catch {
      location.assign(link.href);
    }
  });

  /* ---------- one évaluation at a time on a phone, its figures beside ---------- */
  let turned = $("thead .on", grid)?.dataset.column;
  const turn = (column) => {
    if (column === turned) return;
    turned = column;
    $$("[data-column]", form).forEach((el) => {
      if (el.matches("button")) el.setAttribute("aria-pressed", el.dataset.column === column);
      else if (!el.matches("input")) el.classList.toggle("on", el.dataset.column === column);
    });
    $$("[data-figures]").forEach((part) => {
      part.hidden = part.dataset.figures !== column;
    });
  };
  $$("[data-tabs] button").forEach((button) =>
    button.addEventListener("click", () => turn(button.dataset.column)),
  );

  /* ---------- leaving with something unsaved ---------- */
  const unsaved = () => queue.size || flying || [...cells.values()].some((el) => !el.disabled && dirty(el));
  addEventListener("beforeunload", (event) => {
    if (!unsaved()) return;
    if (cells.has(document.activeElement.id)) save(document.activeElement);
    flush();
    event.preventDefault();
  });
  form.addEventListener("submit", (event) => event.preventDefault());

  $$("[data-paste]").forEach((button) => {
    button.hidden = false;
  });
  $("[data-plain]")?.remove();
  $("[data-tabs]").hidden = false;
  grid.classList.add("live");
}
