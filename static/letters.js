/* The preview of a letter follows what is typed: the frame's page is replaced, its scroll stays. */
"use strict";
{
  const form = document.getElementById("letter");
  const frame = document.querySelector("iframe[name=apercu]");
  let waiting = 0,
    asked = 0;

  const refresh = async () => {
    const turn = ++asked;
    const answer = await reach(form.dataset.preview, { method: "POST", body: new FormData(form) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const shown = frame.contentDocument;
    if (!answer.ok || turn !== asked || !shown?.body) return;
    shown.body.replaceWith(shown.adoptNode(page.body));
  };
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(refresh, 400);
  };
  form.addEventListener("input", soon);
  document.addEventListener("change", (event) => {
    if (event.target.form === form) soon();
  });
}
