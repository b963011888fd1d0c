/* What every page needs: the theme's button, dialogs. No library. */
"use strict";
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const typing = (event) => event.target.matches("input, textarea, select");

$$("[data-theme-toggle]").forEach((button) => button.addEventListener("click", () => {
  const next = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
  document.documentElement.dataset.bsTheme = next;
  localStorage.setItem("theme", next);
}));

/* dialogs: <button data-open="id">, also opened by the address (#id) */
document.addEventListener("click", (event) => {
  const opens = event.target.closest("[data-open]"), closes = event.target.closest("dialog [data-close]");
  if (opens) document.getElementById(opens.dataset.open).showModal();
  if (closes) closes.closest("dialog").close();
});
if (location.hash && document.getElementById(location.hash.slice(1))?.matches("dialog")) document.getElementById(location.hash.slice(1)).showModal();
