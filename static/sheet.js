/* The mark sheet: keyboard, paste from a spreadsheet, a save as each cell is left, both values when two people
   wrote the same one. The page is a plain form: what is here only saves typing. No library; $ and $$ are app.js's. */
"use strict";
const grid = $("[data-grid]");
if (grid) {
  const form = grid.closest("form"), say = $("[data-status]");
  const RETRY = 5, BATCH = 100; // seconds; cells in one request
  const cells = new Map($$("input[data-column]", grid).map((el) => [el.id, el]));
  const rows = $$("tbody tr[data-enrolment]", grid);
  const columns = $$("thead [data-column]", grid).map((th) => th.dataset.column);
  const queue = new Map(); // input → the text to save
  let flying = null, retry = null, pasted = [];

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
  const show = (el, ...states) => { cellOf(el).classList.remove(...STATES); cellOf(el).classList.add(...states); };
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
  const tell = (text, family = "slate") => { say.hidden = !text; say.textContent = text; say.className = `note k-${family}`; };
  const spin = '<svg class="spin" viewBox="0 0 16 16" role="img" aria-label="enregistrement"><path d="M8 2a6 6 0 1 1-6 6" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round"/></svg>';

  /* ---------- saving ---------- */
  const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? form.elements.csrfmiddlewaretoken.value;
  const save = (el) => {
    if (el.disabled || (!dirty(el) && !queue.has(el))) return;
    queue.set(el, el.value);
    show(el, "saving");
    if (!$(".spin", cellOf(el))) cellOf(el).insertAdjacentHTML("beforeend", spin);
    flush();
  };
  const flush = async () => {
    if (flying || !queue.size) return;
    clearTimeout(retry); retry = null;
    const sent = [...queue].slice(0, BATCH);
    sent.forEach(([el]) => queue.delete(el));
    flying = sent;
    try {
      const response = await fetch(form.dataset.save, {
        method: "POST", redirect: "manual", keepalive: true,
        headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
        body: JSON.stringify({ cells: sent.map(([el, text]) => {
          const [a, e] = key(el).split("-").map(Number);
          return { a, e, v: versions.get(el), t: text };
        }) }),
      });
      if (response.type === "opaqueredirect") throw new Error("Votre session est finie. Se reconnecter dans un autre onglet : la frappe est gardée ici, puis enregistrée.");
      const said = response.headers.get("Content-Type")?.includes("json") ? await response.json() : null;
      if (!said?.cells) throw new Error(said?.reason ?? (response.status === 404 ? "Cette feuille n’est plus la vôtre : rien n’est enregistré." : "Le serveur n’a pas pu enregistrer."));
      flying = null;
      take(said, new Map(sent));
    } catch (error) {
      flying = null;
      sent.forEach(([el, text]) => { if (!queue.has(el)) queue.set(el, text); $(".spin", cellOf(el))?.remove(); show(el, "waiting"); });
      wait(error instanceof TypeError ? "Réseau perdu." : error.message, RETRY);
      return;
    }
    flush();
  };
  const wait = (why, seconds) => {
    const many = queue.size > 1 ? `${queue.size} notes sont gardées ici et ne sont pas enregistrées` : "La note est gardée ici, elle n’est pas enregistrée";
    tell(`${why} ${many}. Nouvel essai dans ${seconds} s.`, "gold");
    retry = setTimeout(() => { if (seconds > 1) wait(why, seconds - 1); else flush(); }, 1000);
  };
  addEventListener("online", flush);

  /* ---------- what the server answers ---------- */
  const take = (said, sent) => {
    let bad = 0;
    said.cells.forEach((cell) => {
      const el = cells.get(`c-${cell.a}-${cell.e}`);
      latest.set(el, cell.version);
      if (cell.state === "saved") versions.set(el, cell.version);
      if (cell.mark) el.dataset.mark = cell.mark;
      $(".spin", cellOf(el))?.remove();
      saved.set(el, cell.text);
      settle(el);
      const typedMeanwhile = el.value !== sent.get(el);
      if (cell.state === "saved") {
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
    Object.entries(said.averages).forEach(([enrolment, html]) => {
      $(`tr[data-enrolment="${enrolment}"] [data-average]`, grid).innerHTML = html;
    });
    Object.entries(said.columns).forEach(([column, { state, mean, figures }]) => {
      $(`thead [data-column="${column}"] [data-state]`, grid).innerHTML = state;
      $(`tfoot [data-column="${column}"]`, grid).textContent = mean;
      $(`[data-figures="${column}"]`).innerHTML = figures;
    });
    $("[data-mean-average]", grid).textContent = said.average.mean;
    $("[data-figures-average]").innerHTML = said.average.figures;
    $("[data-summary]").innerHTML = said.summary;
    const done = said.cells.length - bad, waiting = $$('[aria-invalid="true"]', grid);
    if (bad) tell(`${bad > 1 ? `${bad} notes ne sont pas enregistrées` : "1 note n’est pas enregistrée"} : ${said.cells.find((cell) => cell.reason)?.reason ?? ""}`, "rust");
    else if (waiting.length) tell(`${waiting.length > 1 ? `${waiting.length} notes attendent` : "1 note attend"} votre choix.`, "rust");
    else if (said.cells.length > 1) report(done);
    else tell("");
  };
  const report = (done) => {
    tell(`${done} notes enregistrées. `, "green");
    if (!pasted.length) return;
    const undo = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-quiet btn-sm", textContent: "Annuler le collage" });
    undo.addEventListener("click", () => { const before = pasted; pasted = []; before.forEach(([el, text]) => { el.value = text; save(el); }); });
    say.append(undo);
  };

  /* ---------- two values, or a refusal: choose ---------- */
  const choose = (el, what, value) => {
    versions.set(el, latest.get(el) ?? versions.get(el));
    if (what === "theirs") { el.value = saved.get(el) ?? ""; settle(el); rest(el); if (!$('[aria-invalid="true"]', grid)) tell(""); }
    else { if (what === "suggestion") el.value = value; queue.set(el, el.value); settle(el); save(el); }
    el.focus(); el.select(); seen.set(el, el.value);
  };
  grid.addEventListener("click", (event) => {
    const button = event.target.closest("[data-choose]");
    if (button) choose(cells.get(`c-${button.closest("[data-explains]").dataset.explains}`), button.dataset.choose, button.dataset.value);
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
    if (conflict && untouched && (event.key === "1" || event.key === "2")) {
      event.preventDefault();
      choose(el, event.key === "1" ? "theirs" : "mine");
    } else if (event.key === "Enter") {
      event.preventDefault();
      const suggestion = el.value === seen.get(el) && explained(el) && $("[data-choose=suggestion]", explained(el));
      if (suggestion) choose(el, "suggestion", suggestion.dataset.value);
      const next = from(el, event.shiftKey ? -1 : 1, 0);
      if (next) next.focus(); else { save(el); seen.set(el, el.value); el.select(); }
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (el.getAttribute("aria-invalid")) choose(el, "theirs");
      else { el.value = seen.get(el); el.select(); }
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
      if (next) { event.preventDefault(); next.focus(); }
    }
  });
  grid.addEventListener("focusin", (event) => {
    const el = event.target;
    if (!el.matches("input")) return;
    seen.set(el, el.value);
    el.select();
    turn(el.dataset.column);
    const link = $("[data-history-link]");
    if (link) { link.hidden = !el.dataset.mark; $("a", link).href = form.dataset.history.replace("/0/", `/${el.dataset.mark}/`); }
  });
  grid.addEventListener("focusout", (event) => {
    const el = event.target;
    if (!el.matches("input")) return;
    editing.delete(el);
    if (el.value !== seen.get(el)) { if (!dirty(el)) { settle(el); rest(el); queue.delete(el); } else save(el); }
  });

  /* ---------- paste ---------- */
  grid.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n").replace(/\n$/, "");
    if (!event.target.matches("input") || !/[\t\n]/.test(text)) return;
    event.preventDefault();
    const [r, c] = at(event.target), changed = [];
    let out = 0;
    text.split("\n").forEach((line, i) => line.split("\t").forEach((value, j) => {
      if (!value.trim()) return; // an empty cell copied changes nothing
      const el = input(r + i, c + j);
      if (!el) out += 1;
      else if (value.trim() !== el.value) { changed.push([el, el.value]); el.value = value.trim().slice(0, 20); }
    }));
    pasted = changed;
    changed.forEach(([el]) => { queue.set(el, el.value); show(el, "saving"); });
    seen.set(event.target, event.target.value);
    event.target.select();
    tell(`${changed.length} notes collées${out ? `, ${out} hors de la grille ou verrouillées, laissées de côté` : ""}.`);
    flush();
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
    $$("[data-figures]").forEach((part) => { part.hidden = part.dataset.figures !== column; });
  };
  $$("[data-tabs] button").forEach((button) => button.addEventListener("click", () => turn(button.dataset.column)));

  /* ---------- leaving with something unsaved ---------- */
  const unsaved = () => queue.size || flying || [...cells.values()].some((el) => !el.disabled && dirty(el));
  addEventListener("beforeunload", (event) => { if (!unsaved()) return; if (cells.has(document.activeElement.id)) save(document.activeElement); flush(); event.preventDefault(); });
  form.addEventListener("submit", (event) => event.preventDefault());

  $("[data-plain]")?.remove();
  $("[data-tabs]").hidden = false;
  grid.classList.add("live");
}
