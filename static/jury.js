/* The card, by keyboard: neighbours, codes, motives. No library; without it every link still works. */
"use strict";
const card = $("[data-card]");
if (card) {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.ctrlKey) {
      const form = event.target.closest("form[data-decide]") || $("form.decide[data-decide]", card);
      if (form) {
        event.preventDefault();
        form.requestSubmit();
      }
      return;
    }
    if (typing(event)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      $("dialog[open]") ||
      (event.target.type === "radio" && event.key.startsWith("Arrow"))
    )
      return;
    const key = event.key.toLowerCase();
    if (event.key === "ArrowLeft") $("[rel=prev]")?.click();
    else if (event.key === "ArrowRight") $("[rel=next]")?.click();
    else if (digit(event))
      $$(".opt input[name=code]", card)
        .filter((choice) => $("kbd", choice.parentNode))
        [digit(event) - 1]?.click();
    else if (key === "a") $(".opt input[name=also]", card)?.click();
    else if (key === "m") {
      event.preventDefault();
      $("select[data-usual]", card)?.focus();
    } else if (key === "s") {
      event.preventDefault();
      const value = $("#if-v", card);
      value?.scrollIntoView({ block: "center" });
      value?.focus();
    }
  });
  $$("form[data-decide]", card).forEach(wireDecision);
}
