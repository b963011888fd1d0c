/* The card, by keyboard: neighbours, codes, motives. No library; without it every link still works. */
"use strict";
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
