/* What every page needs: the theme's button, dialogs. No library. */
"use strict";
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
/* "1 note", "3 notes", as `several` of butrt/base/french.py */
const several = (number, one, many) => `${number} ${number > 1 ? many : one}`;
/* whether a field receives what is typed; a box or a button to tick does not */
const typing = (event) =>
  event.target.matches(
    "textarea, select, input:not([type=radio], [type=checkbox], [type=button], [type=submit])",
  );
/* the digit of a key, "" for another: by its place, for AZERTY and BÉPO print something else there without
   Shift; on the keypad by what it types, for it may move instead. What types a letter, or BÉPO's « / », keeps
   its own meaning. */
const digit = (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.key === "/") return "";
  return /^Digit[0-9]$/.test(event.code) ? event.code.at(-1) : /^[0-9]$/.test(event.key) ? event.key : "";
};

$$("[data-theme-toggle]").forEach((button) =>
  button.addEventListener("click", () => {
    const next = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
    document.documentElement.dataset.bsTheme = next;
    localStorage.setItem("theme", next);
  }),
);

/* dialogs: <button data-open="id">, also opened by the address (#id) */
document.addEventListener("click", (event) => {
  const opens = event.target.closest("[data-open]"),
    closes = event.target.closest("dialog [data-close]");
  if (event.target.closest("[data-print]")) print();
  if (opens) document.getElementById(opens.dataset.open).showModal();
  if (closes) closes.closest("dialog").close();
});
if (location.hash && document.getElementById(location.hash.slice(1))?.matches("dialog"))
  document.getElementById(location.hash.slice(1)).showModal();

/* search: "/" goes to the box of the page (the results' own, else the header's); arrows go through the
   results */
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.key === "/" && !typing(event) && !$("[data-search]") && !$("dialog[open]")) {
    const box = $$("#search-q, #find-all")
      .filter((field) => field.checkVisibility())
      .pop();
    if (box) box.select(), box.focus(), event.preventDefault();
    else if ($(".find-link")) location.href = $(".find-link").href;
  }
  /* help: "?", where the page keeps no list of its own keys under it */
  if (event.key === "?" && !typing(event) && !$("#keys") && !$("dialog[open]") && $(".help-link"))
    location.href = $(".help-link").href;
  if (!["ArrowDown", "ArrowUp"].includes(event.key)) return;
  const stops = [...$$("#search-q"), ...$$("a[data-hit]")],
    at = stops.indexOf(document.activeElement);
  if (at < 0) return;
  stops[Math.max(0, Math.min(stops.length - 1, at + (event.key === "ArrowDown" ? 1 : -1)))].focus();
  event.preventDefault();
});

/* a form whose file is examined: sent once, and the page says that the examination is under way */
$$("form[data-examined]").forEach((form) => {
  const button = $("[type=submit]", form),
    progress = $("[data-under-way]", form);
  const say = (busy) => {
    form.setAttribute("aria-busy", String(busy));
    button.setAttribute("aria-disabled", String(busy));
    progress.textContent = busy ? "Examen du fichier en cours : quelques secondes." : "";
  };
  form.addEventListener("submit", (event) => {
    if (form.getAttribute("aria-busy") === "true") event.preventDefault();
    else say(true);
  });
  addEventListener("pageshow", () => say(false)); // back to this page
});
