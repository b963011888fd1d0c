/* The maquette typed on the screen: sums and findings come back from the server as one types, rows come and
   go without leaving the page, the number grid moves and pastes like a spreadsheet. The page is a plain form:
   what is here only saves clicks, and adds nothing up. No library; $ and $$ are app.js's. */
"use strict";
const edit = $("#edit");
if (edit) {
  const area = $("[data-editor]", edit),
    spoken = $("[data-spoken]", edit),
    note = $("[data-note]", edit),
    trouble = $("[data-trouble]", edit);
  const DELAY = 200; // ms without a key before the server is asked
  const shown = new Map(); // id of a part → what it shows
  let timer = null,
    flight = null,
    leaving = false;
  edit.classList.add("live");

  /* ---------- what the server makes of what is typed ---------- */
  const typed = () => new URLSearchParams(new FormData(edit));
  const ask = async (act = "", button = null) => {
    clearTimeout(timer);
    flight?.abort();
    flight = new AbortController();
    const body = typed(),
      sent = body.toString(),
      known = new Set($$("input", area).map((el) => el.name));
    const before = new URLSearchParams(body),
      about = button?.getAttribute("aria-label") ?? "";
    body.set("act", act);
    const rows = /^(add|drop)-/.test(act);
    const drops = $$(".take-out", area).indexOf(button);
    area.inert = rows; // a row that comes or goes names the others anew: nobody types meanwhile
    try {
      const answer = await send(body, flight.signal);
      area.inert = false;
      trouble.hidden = true;
      if (answer.whole && !rows && typed().toString() !== sent) {
        ask(act);
        return;
      } // typed meanwhile: again
      if (answer.whole) replace(answer.whole);
      if (rows) settle(act, known, drops);
      if (act.startsWith("drop"))
        offer(`${about.replace("Retirer ", "Retiré : ")}.`, "Annuler le retrait", () => bring(before));
      else if (rows) note.hidden = true;
      put(answer.parts);
      if (answer.refused) tell(answer.refused);
      spoken.textContent = [
        ...Object.values(answer.refused ?? {}).slice(0, 1),
        $("#live-bar b").textContent,
      ].join(" ");
    } catch (error) {
      if (error.name === "AbortError") return;
      area.inert = false;
      trouble.textContent = `${error instanceof TypeError ? "Réseau perdu." : error.message} Les totaux ne suivent plus ; ce qui est tapé reste ici.`;
      trouble.hidden = false;
    }
  };
  const send = async (body, signal) => {
    const response = await reach(edit.dataset.preview, { method: "POST", body, signal });
    if (response.status === 401) throw new Error("Votre session est finie.");
    if (response.status === 403 || response.status === 409 || response.status === 404)
      throw new Error("Ce programme n’est plus le vôtre.");
    if (!response.ok) throw new Error("Le serveur n’a pas pu lire cette page.");
    return response.json();
  };
  const bring = async (body) => {
    // the page as it was typed before a row went
    body.set("act", "whole");
    const answer = await send(body).catch(() => null);
    if (!answer) {
      ask();
      return;
    } // says what is wrong
    replace(answer.whole);
    put(answer.parts);
  };
  const offer = (text, label, undo) => {
    // what was just done, and its way back
    const button = Object.assign(document.createElement("button"), {
      type: "button",
      className: "btn btn-bare btn-sm",
      textContent: label,
    });
    button.addEventListener("click", () => {
      note.hidden = true;
      undo();
    });
    note.hidden = false;
    note.replaceChildren(`${text} `, button);
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => ask(), DELAY);
  };
  const put = (parts) =>
    Object.entries(parts).forEach(([id, html]) => {
      if (shown.get(id) === html) return;
      shown.set(id, html);
      const el = document.getElementById(id);
      if (el) el.innerHTML = html;
    });
  const replace = (html) => {
    // the same case keeps the focus
    const { id, selectionStart, selectionEnd } = document.activeElement;
    shown.clear();
    area.innerHTML = html;
    competences();
    const el = id && area.querySelector(`[id="${id}"]`);
    if (!el) return;
    el.focus({ preventScroll: true });
    if (selectionStart != null) el.setSelectionRange(selectionStart, selectionEnd);
  };
  const settle = (act, known, drops) => {
    // after a row came or went: to what is new, what is refused, or the next row
    const field = (el) => el.type !== "hidden" && el.checkVisibility();
    const next = act.startsWith("add")
      ? ($$("input", area).find((el) => field(el) && !known.has(el.name)) ??
        $$(".edit-add [aria-invalid]", area).find(field))
      : ($$(".take-out", area)[drops] ?? $$(".take-out", area).pop());
    next?.focus();
  };
  const tell = (refused) => {
    $$(".why-row, .refused[id^='x-']", area)
      .filter((el) => !el.closest(".edit-add"))
      .forEach((el) => el.remove());
    $$("[aria-invalid]", area)
      .filter((el) => !el.closest(".edit-add"))
      .forEach((el) => {
        el.removeAttribute("aria-invalid");
        el.removeAttribute("aria-describedby");
      });
    Object.entries(refused).forEach(([name, why]) => {
      const el = document.getElementById(name);
      if (!el) return;
      el.setAttribute("aria-invalid", "true");
      el.setAttribute("aria-describedby", `x-${name}`);
      const line = el.closest("[data-line]");
      if (!line) {
        el.insertAdjacentElement(
          "afterend",
          Object.assign(document.createElement("small"), {
            className: "refused",
            id: `x-${name}`,
            textContent: why,
          }),
        );
        return;
      }
      if (!line.nextElementSibling?.matches(".why-row"))
        line.insertAdjacentHTML("afterend", '<tr class="why-row"><td colspan="9"><ul></ul></td></tr>');
      const reason = document.createElement("li");
      reason.id = `x-${name}`;
      reason.append(
        Object.assign(document.createElement("b"), { textContent: el.dataset.label }),
        ` : ${why}`,
      );
      $("ul", line.nextElementSibling).append(reason);
    });
  };
  const mark = (el) => {
    if ("seen" in el.dataset) el.classList.toggle("changed", el.value !== el.dataset.seen);
  };
  const dirty = () => Boolean($(".changed, tr.new", area) || $(".rows-changed li", edit));
  area.addEventListener("input", (event) => {
    if (!event.target.closest(".edit-add, .add-line")) {
      mark(event.target);
      later();
    }
  });
  area.addEventListener("change", (event) => {
    if (event.target.matches("[data-competence]")) competences();
    if (event.target.closest("[data-whole]")) ask("whole");
  });
  edit.addEventListener("submit", (event) => {
    const act = event.submitter?.value ?? "check";
    if (act === "save") {
      leaving = true;
      return;
    }
    event.preventDefault();
    ask(act === "check" ? "" : act, event.submitter);
  });
  addEventListener("beforeunload", (event) => {
    if (!leaving && dirty()) event.preventDefault();
  });
  addEventListener("pageshow", () => {
    leaving = false;
  });
  edit.addEventListener("kept", () => {
    leaving = false;
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      event.preventDefault();
      edit.requestSubmit($("[name=act][value=save]", edit));
    }
  });
  const competences = () =>
    $$("[data-competence]", area).forEach((select) => {
      $("[data-new-competence]", select.closest(".edit-add")).hidden = select.value !== "";
    });
  competences();

  /* ---------- moving ---------- */
  const lines = () => $$("[data-line]", area);
  const inputs = (line) => (line ? $$("td.in input", line) : []);
  const from = (el, dr, dc) => {
    const all = lines(),
      line = el.closest("[data-line]");
    return inputs(all[all.indexOf(line) + dr])[inputs(line).indexOf(el) + dc] ?? null;
  };
  const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  let before = ""; // the text when the case was entered
  area.addEventListener("focusin", (event) => {
    if (event.target.matches("td.in input")) {
      before = event.target.value;
      event.target.select();
    }
  });
  area.addEventListener("keydown", (event) => {
    const el = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey || !el.matches("input")) return;
    if (event.key === "Enter") {
      const adds = el.closest(".edit-add");
      event.preventDefault();
      if (adds) $("[name=act]", adds).click();
      else if (el.closest("[data-line]")) (from(el, event.shiftKey ? -1 : 1, 0) ?? el).focus();
      else ask(el.closest("[data-whole]") ? "whole" : "");
    } else if (el.closest("[data-line]") && event.key === "Escape") {
      el.value = before;
      el.dispatchEvent(new Event("input", { bubbles: true }));
      el.select();
    } else if (el.closest("[data-line]") && MOVES[event.key] && !event.shiftKey) {
      const [down, across] = MOVES[event.key],
        whole = el.selectionStart === 0 && el.selectionEnd === el.value.length;
      if (across && !whole && (across < 0 ? el.selectionEnd > 0 : el.selectionStart < el.value.length))
        return;
      const next = from(el, down, across);
      if (next) {
        event.preventDefault();
        next.focus();
      }
    }
  });

  /* ---------- a block from a spreadsheet: as the inputs stand, or as the columns do, the total then left
     aside ---------- */
  const TOTAL = 4; // the column between the hours and the rest, computed
  const fill = (texts) => {
    texts.forEach(([el, text]) => {
      el.value = text;
      mark(el);
    });
    ask();
  };
  area.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n").replace(/\n+$/, ""),
      el = event.target;
    if (!el.matches("td.in input") || !/[\t\n]/.test(text)) return;
    event.preventDefault();
    const block = text.split("\n").map((row) => row.split("\t")),
      wide = Math.max(...block.map((row) => row.length));
    const grid = $$("[data-line]", el.closest("[data-grid]")),
      r = grid.indexOf(el.closest("[data-line]")),
      c = inputs(grid[r]).indexOf(el);
    const column = (j) =>
      wide === inputs(grid[r]).length - c || c >= TOTAL
        ? c + j
        : c + j === TOTAL
          ? -1
          : c + j - (c + j > TOTAL);
    const texts = block
      .flatMap((row, i) => row.map((value, j) => [inputs(grid[r + i])[column(j)], value.trim()]))
      .filter(([cell, value]) => cell && value);
    const was = texts.map(([cell]) => [cell.id, cell.value]),
      out = Math.max(0, block.length - (grid.length - r));
    fill(texts);
    offer(
      `${several(texts.length, "case collée", "cases collées")}${out ? `, ${several(out, "ligne hors de l’UE laissée", "lignes hors de l’UE laissées")} de côté` : ""}.`,
      "Annuler le collage",
      () => {
        fill(was.map(([id, value]) => [document.getElementById(id), value]).filter(([cell]) => cell));
        el.focus();
      },
    );
  });
}
