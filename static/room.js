/* The table of the jury room: sort, filter, search, group, columns, rows by keyboard. No library; without it
   the form of the page asks the server the same things. How the table stands is in the address, which the
   cards are opened with: their « suivant » is the next row. Other files use `Room`: live.js replaces rows,
   decide.js opens a form. */
"use strict";
const Room = (() => {
  const table = $("table[data-rows]");
  const scroll = table.closest(".jury-scroll");
  const form = $("#arrange");
  const all = () => $$("tbody tr[data-k]", table);
  const shown = () => all().filter((row) => !row.hidden && !row.parentNode.hidden);
  const chips = $$("[data-filter]");
  const state = {
    keep: chips.find((chip) => chip.getAttribute("aria-pressed") === "true")?.dataset.filter ?? "all",
    by: table.dataset.by,
    team: $("[data-team]")?.value ?? "",
    regime: $("[data-regime-alone]")?.value ?? "",
    sort: $("thead [aria-sort] [data-sort]", table)
      ? Number($("thead [aria-sort] [data-sort]", table).dataset.sort)
      : null,
    down: Boolean($("thead [aria-sort=descending]", table)),
  };
  const words = Object.fromEntries(
    chips.map((chip) => [
      chip.dataset.filter,
      [...chip.childNodes]
        .filter((node) => node.nodeType === 3)
        .map((node) => node.data.trim())
        .join(""),
    ]),
  );
  const STANDINGS = ["todo", "blocked", "right", "adopted", "person", "gone"];
  const HINTS = { todo: "pas de passage de droit : le jury choisit" };

  /* what a cell sorts by: its rank when it has one, else the number that it begins with, else its text */
  const value = (row, column) => {
    if (column === 0) return Number(row.dataset.i);
    const cell = row.cells[column];
    const text = cell.dataset.v ?? cell.firstChild?.textContent.trim() ?? "";
    if (text === "" || text === "—") return null;
    const number = Number(text.replace(",", "."));
    return Number.isNaN(number) ? text : number;
  };
  const compare = (a, b) =>
    typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "fr");
  const ordered = (rows, column, down) =>
    rows
      .map((row) => ({ row, value: value(row, column), place: Number(row.dataset.i) }))
      .sort(
        (a, b) =>
          (a.value === null) - (b.value === null) ||
          (a.value === null ? 0 : compare(a.value, b.value) * (down ? -1 : 1)) ||
          a.place - b.place,
      )
      .map((line) => line.row);
  const nearColumn = Number($("thead .near [data-sort]", table).dataset.sort);

  const groupsOf = (rows) => {
    if (state.by === "none") return [["none", "Tous", rows]];
    if (state.by === "acquired") {
      const numbers = [...new Set(rows.map((row) => Number(row.dataset.n)))].sort((a, b) => b - a),
        unit = table.dataset.unit;
      return numbers.map((n) => [
        `n${n}`,
        `${several(n, unit, unit === "UE" ? unit : `${unit}s`)} sur ${table.dataset.total}`,
        rows.filter((row) => Number(row.dataset.n) === n),
      ]);
    }
    if (state.by === "programme") {
      const programmes = [...new Set(rows.map((row) => row.dataset.programme))].sort((a, b) =>
        a.localeCompare(b, "fr"),
      );
      return programmes.map((programme) => [
        `parcours-${programme}`,
        programme,
        rows.filter((row) => row.dataset.programme === programme),
      ]);
    }
    if (state.by === "regime") {
      const regimes = [...new Set(rows.map((row) => row.dataset.regime))].sort();
      return regimes.map((regime) => [
        `regime-${regime}`,
        regime,
        rows.filter((row) => row.dataset.regime === regime),
      ]);
    }
    if (state.by === "group") {
      const teams = [...new Set(rows.map((row) => row.dataset.td))].sort(
        (a, b) => !a - !b || (a < b ? -1 : 1),
      );
      return teams.map((team) => [
        `td-${team}`,
        team || "sans groupe",
        rows.filter((row) => row.dataset.td === team),
      ]);
    }
    return STANDINGS.map((key) => {
      const rowsOf = rows.filter((row) => row.dataset.k.split(" ")[0] === key);
      return [
        key,
        words[key],
        key === "todo" && state.sort === null ? ordered(rowsOf, nearColumn, false) : rowsOf,
      ];
    }).filter(([, , rowsOf]) => rowsOf.length);
  };
  const bodyOf = (key, title) => {
    let body = $$("tbody", table).find((group) => group.dataset.group === key);
    if (!body) {
      body = document.createElement("tbody");
      body.className = `g-${key}`;
      body.dataset.group = key;
      const head = body.insertRow();
      head.className = "group";
      head.innerHTML =
        '<th colspan="99" scope="rowgroup"><span class="in"><b></b> <span class="tag"></span> <span class="faint"></span></span></th>';
      $("b", head).textContent = title;
      $(".faint", head).textContent = HINTS[key] ?? "";
    }
    return body;
  };
  /* as `folded` of butrt/base/words.py, without spaces: "nguessan" is in N’GUESSAN */
  const APART = { œ: "oe", æ: "ae", ł: "l", đ: "d", ð: "d", ø: "o", þ: "th", ß: "ss", ı: "i" };
  const plain = (text) =>
    text
      .toLowerCase()
      .normalize("NFKD")
      .replace(/[^\p{Letter}\p{Number}]/gu, "")
      .replace(/[œæłđðøþßı]/g, (letter) => APART[letter]);
  /* a row whose form is open stays, whatever it became; `holding`, so does the one that has the focus, until
     it leaves */
  let waiting = false;
  const filter = (holding = false) => {
    const sought = $("[data-search]").value.split(/\s+/).map(plain);
    let some = false;
    $$("tbody", table).forEach((body) => {
      let number = 0;
      $$("tr[data-k]", body).forEach((row) => {
        const open = Boolean(row.nextElementSibling?.matches(".deciding"));
        const fits =
          (state.keep === "all" || row.dataset.k.split(" ").includes(state.keep)) &&
          (!state.team || state.team === row.dataset.td) &&
          (!state.regime || state.regime === row.dataset.regime) &&
          sought.every((word) => plain(row.cells[0].textContent).includes(word));
        const kept = fits || open || (holding && row.contains(document.activeElement));
        waiting ||= kept && !fits;
        row.hidden = !kept;
        number += kept;
      });
      body.hidden = !number;
      const tag = $(".group .tag", body);
      if (tag.textContent !== String(number)) tag.textContent = number;
      some ||= number > 0;
    });
    $("[data-empty]").hidden = some;
    chips.forEach((chip) => chip.setAttribute("aria-pressed", chip.dataset.filter === state.keep));
    const held = document.activeElement.closest?.("tr[data-k]");
    if (held?.hidden) go(shown()[0]);
    remind();
  };
  /* the address that asks for the table as it stands, and the cards' that goes through it in this order */
  const remind = () => {
    const sort =
      state.sort === null
        ? ""
        : `${state.down ? "-" : ""}${$(`thead [data-sort="${state.sort}"]`, table).dataset.key}`;
    const asked = {
      filtre: state.keep === "all" ? "" : state.keep,
      cherche: $("[data-search]").value.trim(),
      groupe: state.by === "standing" ? "" : state.by,
      td: state.team,
      parcours: $("[data-programme-alone]")?.value ?? "",
      regime: state.regime,
      tri: sort,
    };
    const query = new URLSearchParams(Object.entries(asked).filter(([, value]) => value)).toString();
    history.replaceState(
      history.state,
      "",
      `${location.pathname}${query ? `?${query}` : ""}${location.hash}`,
    );
  };
  const undecided = () => {
    const left = (rows) => rows.filter((row) => /^(todo|blocked)/.test(row.dataset.k));
    return left(shown())[0] ?? left(all())[0];
  };
  const toCard = /\/etudiants\/[^/]+\/$/;
  document.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest("a[href]");
      if (!link || !toCard.test(link.pathname)) return;
      const row = link.matches("[data-next]") && undecided();
      if (row) link.href = $("a", row).href;
      link.search = location.search;
    },
    true,
  );
  const count = () =>
    chips.forEach((chip) => {
      const key = chip.dataset.filter,
        text = String(all().filter((row) => key === "all" || row.dataset.k.split(" ").includes(key)).length);
      if ($("b", chip).textContent !== text) $("b", chip).textContent = text;
    });
  /* put every row where it belongs; the one that holds the focus keeps it, and the reader keeps their place
   */
  const arrange = (holding = false) => {
    const focused = document.activeElement,
      held = focused.closest?.("tr");
    const anchor =
      held && table.contains(held)
        ? held
        : shown().find((row) => row.getBoundingClientRect().bottom > scroll.getBoundingClientRect().top + 60);
    const before = anchor?.getBoundingClientRect().top;
    const rows = state.sort === null ? ordered(all(), 0, false) : ordered(all(), state.sort, state.down);
    let last = $("thead", table);
    groupsOf(rows).forEach(([key, title, rowsOf]) => {
      const body = bodyOf(key, title);
      if (last.nextElementSibling !== body) last.after(body);
      let place = body.firstElementChild;
      rowsOf.forEach((row) => {
        const form = row.nextElementSibling?.matches(".deciding") ? row.nextElementSibling : null;
        if (place.nextElementSibling !== row) place.after(row);
        place = row;
        if (form) {
          if (row.nextElementSibling !== form) row.after(form);
          place = form;
        }
      });
      last = body;
    });
    $$("tbody", table).forEach((body) => {
      if (!$("tr[data-k]", body)) body.remove();
    });
    filter(holding);
    if (table.contains(focused) && document.activeElement !== focused) focused.focus({ preventScroll: true });
    if (anchor && before !== undefined && !anchor.hidden)
      scroll.scrollTop += anchor.getBoundingClientRect().top - before;
    reachable();
  };
  table.addEventListener("focusout", () =>
    setTimeout(() => {
      if (waiting) {
        waiting = false;
        filter(true);
        reachable();
      }
    }),
  );
  /* one row at least takes the Tab key */
  const reachable = () => {
    const rows = shown();
    if (rows.length && !rows.some((row) => row.tabIndex === 0)) rows[0].tabIndex = 0;
  };
  const sortBy = (column) => {
    if (state.sort !== column) {
      state.sort = column;
      state.down = false;
    } else if (!state.down) state.down = true;
    else {
      state.sort = null;
      state.down = false;
    }
    $$("thead th", table).forEach((head) => head.removeAttribute("aria-sort"));
    if (state.sort !== null)
      $(`thead [data-sort="${column}"]`, table)
        .closest("th")
        .setAttribute("aria-sort", state.down ? "descending" : "ascending");
    arrange();
    scroll.scrollTop = 0;
  };
  const keep = (name) => {
    state.keep = name;
    filter();
    reachable();
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const by = event.submitter;
    if (by?.dataset.filter) keep(by.dataset.filter);
    else if (by?.dataset.sort) sortBy(Number(by.dataset.sort));
    else filter();
  });
  $("[data-search]").addEventListener("input", () => {
    filter();
    reachable();
  });
  $("[data-team]")?.addEventListener("change", (event) => {
    state.team = event.target.value;
    filter();
    reachable();
  });
  $("[data-regime-alone]")?.addEventListener("change", (event) => {
    state.regime = event.target.value;
    filter();
    reachable();
  });
  /* one programme alone has its own columns: another page */
  $("[data-programme-alone]")?.addEventListener("change", () => {
    remind();
    location.reload();
  });
  $("[data-by]").addEventListener("change", (event) => {
    state.by = event.target.value;
    arrange();
  });

  /* columns: shown at once, remembered by the server */
  const view = $("[data-columns]");
  const narrow = matchMedia("(max-width: 86rem)");
  const columns = () => $$("input[type=checkbox]", view);
  const box = (key) => columns().find((input) => input.value === key);
  const spans = () =>
    $$("thead .rt", table).forEach((head) => {
      const units =
        getComputedStyle(table).getPropertyValue("--ue").trim() === "0" ? 0 : Number(head.dataset.units);
      const rcue = "odd" in head.dataset || table.classList.contains("no-rcue") ? 0 : 1;
      head.hidden = units + rcue === 0;
      head.colSpan = Math.max(units + rcue, 1);
    });
  const show = () => {
    columns().forEach((input) => table.classList.toggle(`no-${input.value}`, !input.checked));
    spans();
  };
  const remember = () => {
    table.classList.remove("auto");
    show();
    reach(view.action, { method: "POST", body: new FormData(view) });
  };
  /* until columns are chosen, those that the screen has room for; what is ticked is what is shown */
  const fit = () => {
    if (!table.classList.contains("auto")) return;
    if (!table.classList.contains("only-ue")) table.classList.toggle("no-ue", narrow.matches);
    columns().forEach((input) => {
      input.checked = getComputedStyle($(`thead .${input.value}`, table)).display !== "none";
    });
    spans();
  };
  view.addEventListener("change", remember);
  narrow.addEventListener("change", fit);
  view.closest("details").addEventListener("toggle", fit);
  /* on paper: every column, as the table is sorted, filtered and grouped */
  let onScreen = "";
  addEventListener("beforeprint", () => {
    onScreen = table.className;
    table.className = "tbl jury";
    spans();
  });
  addEventListener("afterprint", () => {
    table.className = onScreen;
    spans();
  });
  fit();
  spans();
  const toggleUnits = () => {
    if (!table.classList.contains("only-ue")) {
      box("ue").checked = !box("ue").checked;
      remember();
    }
  };

  /* rows by keyboard */
  const go = (row) => {
    if (!row) return;
    all().forEach((other) => {
      if (other !== row && other.tabIndex === 0) other.tabIndex = -1;
    });
    row.tabIndex = 0;
    row.focus();
  };
  table.addEventListener("focusin", (event) => {
    if (event.target.matches("tr[data-k]")) event.target.tabIndex = 0;
  });
  const keys = {
    ArrowDown: (rows, place) => go(rows[Math.min(place + 1, rows.length - 1)]),
    ArrowUp: (rows, place) => go(rows[Math.max(place - 1, 0)]),
    Enter: (rows, place) => {
      if (place >= 0) $("a", rows[place]).click();
      return place >= 0;
    },
    d: () => $("[data-next]")?.click(),
    a: () => $("[data-key=a]")?.click(),
    z: () => $("[data-key=z]")?.click(),
    c: () => $("[data-key=c]")?.click(),
    u: toggleUnits,
    "/": () => $("[data-search]").focus(),
    "?": () => document.getElementById("keys").showModal(),
    g: () => {
      const by = $("[data-by]");
      by.selectedIndex = (by.selectedIndex + 1) % by.options.length;
      by.dispatchEvent(new Event("change"));
    },
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || $("dialog[open]")) return;
    if (typing(event)) {
      if (event.key === "Escape" && event.target.matches("[data-search]")) {
        event.target.value = "";
        filter();
        go(shown()[0]);
      }
      return;
    }
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.key === "Enter" && !event.target.matches("tr")) return;
    if (digit(event)) {
      chips[(Number(digit(event)) + 9) % 10]?.click();
      event.preventDefault();
      return;
    }
    const act = keys[key];
    if (!act) return;
    const rows = shown();
    if (act(rows, rows.indexOf(event.target.closest("tr"))) !== false) event.preventDefault();
  });
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
  table.dataset.ready = "";
  return { table, all, shown, arrange, count, filter, go, keys, scroll };
})();
