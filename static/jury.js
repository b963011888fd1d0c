/* The jury room and the card, by keyboard: filters, rows, neighbours. No library; without it every link still works. */
"use strict";
const table = $("table[data-rows]");
if (table) {
  const rows = () => $$("tbody tr[tabindex]", table).filter((row) => !row.hidden);
  const chips = $$("[data-filter]");
  const filter = (name) => {
    chips.forEach((chip) => chip.setAttribute("aria-pressed", chip.dataset.filter === name));
    $$("tbody tr[tabindex]", table).forEach((row) => { row.hidden = name !== "all" && row.dataset.k !== name; });
    $$("tbody", table).forEach((body) => { body.hidden = !$$("tr[tabindex]", body).some((row) => !row.hidden); });
  };
  chips.forEach((chip) => chip.addEventListener("click", () => filter(chip.dataset.filter)));
  const box = $("[data-ue]");
  const showUnits = (shown) => {
    table.classList.toggle("no-ue", !shown);
    $$("thead [data-wide]", table).forEach((head) => { head.colSpan = shown ? Number(head.dataset.wide) : 1; });
    box.checked = shown;
  };
  const hasRcue = Boolean($("thead [data-wide]", table));
  if (hasRcue) {
    box.addEventListener("change", () => showUnits(box.checked));
    if (matchMedia("(max-width: 86rem)").matches) showUnits(false);
  } else box.closest("label").hidden = true;
  const go = (row) => { if (row) { rows().forEach((other) => { other.tabIndex = -1; }); row.tabIndex = 0; row.focus(); } };
  document.addEventListener("keydown", (event) => {
    if (typing(event) || event.ctrlKey || event.metaKey || $("dialog[open]")) return;
    const all = rows(), place = all.indexOf(document.activeElement);
    if (event.key === "ArrowDown") { event.preventDefault(); go(all[Math.min(place + 1, all.length - 1)]); }
    else if (event.key === "ArrowUp") { event.preventDefault(); go(all[Math.max(place - 1, 0)]); }
    else if (event.key === "Enter" && place >= 0) $("a", all[place]).click();
    else if (event.key.toLowerCase() === "d") $("[data-next]")?.click();
    else if (event.key.toLowerCase() === "u" && hasRcue) showUnits(table.classList.contains("no-ue"));
    else if (/^[az]$/i.test(event.key)) $(`[data-key=${event.key.toLowerCase()}]`)?.click();
    else if (/^[1-8]$/.test(event.key)) chips[event.key - 1]?.click();
  });
}

const card = $("[data-card]");
if (card) {
  const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.ctrlKey) {
      const form = event.target.closest("form[data-decide]") || $("form.decide[data-decide]", card);
      if (form) { event.preventDefault(); form.requestSubmit(); }
      return;
    }
    if (typing(event) && !["radio", "checkbox"].includes(event.target.type)) { if (event.key === "Escape") event.target.blur(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.type === "radio" && event.key.startsWith("Arrow")) return;
    const key = event.key.toLowerCase();
    if (event.key === "ArrowLeft") $("[rel=prev]")?.click();
    else if (event.key === "ArrowRight") $("[rel=next]")?.click();
    else if (/^[1-9]$/.test(key)) $$(".opt input[name=code]", card)[key - 1]?.click();
    else if (key === "a") $(".opt input[name=also]", card)?.click();
    else if (key === "m") { event.preventDefault(); $("select[data-usual]", card)?.focus(); }
    else if (key === "s") { event.preventDefault(); const value = $("#if-v", card); value?.scrollIntoView({ block: "center" }); value?.focus(); }
  });
  /* a usual motive fills the field, which stays free; a letter picks the first that begins with it and suits the code */
  $$("select[data-usual]", card).forEach((select) => {
    const fill = () => { if (select.value) $("textarea[name=motive]", select.form).value = select.value; };
    select.addEventListener("change", () => { fill(); if (select.value) $("textarea[name=motive]", select.form).focus(); });
    select.addEventListener("keydown", (event) => {
      if (event.key.length !== 1 || event.key === " " || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      const same = [...select.options].filter((option) => option.value && !option.hidden && folded(option.value).startsWith(folded(event.key)));
      if (!same.length) return;
      select.selectedIndex = same[(same.indexOf(select.selectedOptions[0]) + 1) % same.length].index;
      fill();
    });
  });
  /* what the choice brings is asked of the server before it is confirmed; hearing and advice come with NAR */
  $$("form[data-decide]", card).forEach((form) => {
    const extra = $("[data-nar]", form), out = $("[data-conseq]", form);
    let asked = Promise.resolve(), waiting = false, last = "";
    const choice = () => { const data = new FormData(form); return [data.get("target"), data.get("code"), ...data.getAll("also")].join(" "); };
    const show = () => {
      const code = new FormData(form).get("code");
      if (extra) extra.hidden = code !== "NAR";
      $$("option[data-codes]", form).forEach((option) => { const fits = option.dataset.codes.split(" ").filter(Boolean); option.hidden = fits.length > 0 && code && !fits.includes(code); });
      if (!code || choice() === last) return;
      last = choice();
      const mine = last, data = new FormData(form);
      data.set("preview", "1");
      waiting = true;
      asked = fetch(location.pathname, { method: "POST", body: data, headers: { "X-Requested-With": "fetch" } })
        .then((answer) => answer.ok ? answer.text() : "").then((html) => { if (mine === last) out.innerHTML = html; })
        .catch(() => { last = ""; }).finally(() => { if (mine === last || !last) waiting = false; });
    };
    form.addEventListener("change", show);
    if (!form.matches(".decide")) form.addEventListener("focusin", show);
    form.addEventListener("submit", (event) => {
      if (!waiting) return;
      event.preventDefault();
      asked.then(() => setTimeout(() => form.requestSubmit()));
    });
    if (form.matches(".decide") && new FormData(form).get("code")) show();
  });
  /* what if: nothing is stored */
  const trial = $("[data-what-if-form]", card);
  if (trial) {
    const out = $("[data-out]", card);
    let wait = 0;
    const ask = () => {
      if (!trial.value.value.trim()) return;
      const query = new URLSearchParams(new FormData(trial));
      fetch(`${trial.action}?${query}`, { headers: { "X-Part": "what-if" } }).then((answer) => answer.text()).then((html) => { out.innerHTML = html; }).catch(() => {});
    };
    trial.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(ask, 150); });
    trial.addEventListener("submit", (event) => { event.preventDefault(); ask(); });
  }
}
