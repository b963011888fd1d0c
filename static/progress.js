/* Work under way: what bears data-poll is fetched again every second, until nothing is under way.
   Without this file the page reloads itself. */
"use strict";
const refresh = async () => {
  let page;
  try {
    const answer = await reach(location.href, { headers: { Accept: "text/html" } });
    if (answer.ok) page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    /* the network is away: asked again later */
  }
  if (page) {
    document.querySelectorAll("[data-poll]").forEach((part) => {
      const fresh = page.getElementById(part.id);
      if (!fresh || fresh.innerHTML === part.innerHTML) return;
      const held = part.contains(document.activeElement) && document.activeElement.textContent;
      part.replaceWith(fresh);
      if (held) [...fresh.querySelectorAll("a, button")].find((one) => one.textContent === held)?.focus();
    });
  }
  if (document.querySelector("[data-poll]")) setTimeout(refresh, page ? 1000 : 5000);
};
if (document.querySelector("[data-poll]")) setTimeout(refresh, 1000);
