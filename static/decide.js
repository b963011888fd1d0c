/* A form that decides, on the card or in the table: what the choice brings is asked of the server before it
   is confirmed, hearing and advice come with NAR and DEF, the competences left with ADJ on the year, a usual
   motive fills the field, which stays free. */
"use strict";
const wireDecision = (form) => {
  const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const extra = $("[data-nar]", form),
    out = $("[data-conseq]", form),
    usual = $("select[data-usual]", form);
  const fill = () => {
    if (usual.value) $("textarea[name=motive]", form).value = usual.value;
  };
  usual?.addEventListener("change", () => {
    fill();
    if (usual.value) $("textarea[name=motive]", form).focus();
  });
  /* a letter picks the first that begins with it and suits the code */
  usual?.addEventListener("keydown", (event) => {
    if (event.key.length !== 1 || event.key === " " || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const same = [...usual.options].filter(
      (option) => option.value && !option.hidden && folded(option.value).startsWith(folded(event.key)),
    );
    if (!same.length) return;
    usual.selectedIndex = same[(same.indexOf(usual.selectedOptions[0]) + 1) % same.length].index;
    fill();
  });
  let asked = Promise.resolve(),
    waiting = false,
    last = "";
  const choice = () => {
    const data = new FormData(form);
    return [data.get("target"), data.get("code"), ...data.getAll("also")].join(" ");
  };
  /* where it is too long for the screen it scrolls by itself, by the keyboard too */
  const tell = (html) => {
    out.innerHTML = html;
    out.tabIndex = out.scrollHeight > out.clientHeight ? 0 : -1;
  };
  const show = () => {
    const code = new FormData(form).get("code");
    if (extra) extra.hidden = !["NAR", "DEF"].includes(code);
    $$("[data-adj]", form).forEach((part) => {
      part.hidden = code !== "ADJ";
    });
    $$("[data-not-adj]", form).forEach((part) => {
      part.hidden = code === "ADJ";
    });
    $$("option[data-codes]", form).forEach((option) => {
      const fits = option.dataset.codes.split(" ").filter(Boolean);
      option.hidden = fits.length > 0 && code && !fits.includes(code);
    });
    if (!code || choice() === last) return;
    last = choice();
    const mine = last,
      data = new FormData(form);
    data.set("preview", "1");
    waiting = true;
    asked = reach(form.action, { method: "POST", body: data })
      .then((answer) => {
        if (!answer.ok) last = "";
        return answer.ok ? answer.text() : "";
      })
      .then((html) => {
        if (mine === last) tell(html);
      })
      .catch(() => {
        last = "";
      })
      .finally(() => {
        if (mine === last || !last) waiting = false;
      });
  };
  form.addEventListener("change", show);
  if (!form.matches(".decide")) form.addEventListener("focusin", show);
  form.addEventListener("submit", (event) => {
    if (!waiting) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    asked.then(() => setTimeout(() => form.requestSubmit()));
  });
  if (form.matches(".decide") && new FormData(form).get("code")) show();
};
