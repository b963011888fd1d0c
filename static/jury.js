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
  document.addEventListener("keydown", (event) => {
    if (typing(event) && event.target.type !== "radio") { if (event.key === "Escape") event.target.blur(); return; }
    if (event.ctrlKey || event.metaKey || event.target.type === "radio" && event.key.startsWith("Arrow")) return;
    if (event.key === "ArrowLeft") $("[rel=prev]")?.click();
    else if (event.key === "ArrowRight") $("[rel=next]")?.click();
    else if (/^[1-9]$/.test(event.key)) $$(".opt input[name=code]", card)[event.key - 1]?.click();
    else if (event.key.toLowerCase() === "m") { event.preventDefault(); $("select[data-usual]", card)?.focus(); }
  });
  /* a usual motive fills the field, which stays free */
  $$("select[data-usual]", card).forEach((select) => select.addEventListener("change", () => {
    const motive = $("textarea[name=motive]", select.form);
    if (select.value) { motive.value = select.value; motive.focus(); }
  }));
  /* hearing and advice are asked for when NAR is chosen */
  $$("form", card).forEach((form) => {
    const extra = $("[data-nar]", form);
    const show = () => { if (extra) extra.hidden = new FormData(form).get("code") !== "NAR"; };
    form.addEventListener("change", show);
    show();
  });
}
