/* « Et si » : nothing is stored, the answer comes as one types; a slider, where there is one, and the number
   follow each other. Without it the form still asks. */
"use strict";
$$("form[data-what-if]").forEach((form) => {
  const number = $("[name=value]", form),
    slider = $("[type=range]", form),
    answer = $("[data-answer]", form.parentNode);
  let wait = 0,
    asked = 0;
  const ask = () => {
    if (!number.value.trim()) return;
    const query = new URLSearchParams(new FormData(form)),
      turn = ++asked;
    reach(`${form.action.split("#")[0]}?${query}`, { headers: { "X-Part": "what-if" } })
      .then((reply) => (reply.ok ? reply.text() : ""))
      .then((html) => {
        if (turn === asked) answer.innerHTML = html; // not over that of a later question
      })
      .catch(() => {});
  };
  if (slider) {
    slider.hidden = false;
    slider.value = Number(number.value.replace(",", ".")) || 10;
  }
  form.addEventListener("input", (event) => {
    if (event.target === slider) number.value = slider.value.replace(".", ",");
    else if (slider && event.target === number) slider.value = Number(number.value.replace(",", ".")) || 0;
    clearTimeout(wait);
    wait = setTimeout(ask, 150);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask();
  });
});
