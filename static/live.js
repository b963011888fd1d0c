/* Following a session: asks every second what changed. Rows and counters are replaced under the reader, never
   their focus, their scroll, nor what they type. On the projection the whole screen is replaced; on a card, a
   note tells. */
"use strict";
const Live = (() => {
  const main = $("[data-live]");
  const RHYTHM = 1000,
    HIDDEN = 5000,
    RETRY = 2000,
    TOLD = 8000;
  const address = new URL(main.dataset.live, location);
  const post = (to, fields) => reach(to, { method: "POST", body: new URLSearchParams(fields), quiet: true });
  let version = main.dataset.version,
    timer = 0,
    busy = false,
    stale = false;
  const known = new Set();

  /* what is said on the side, politely */
  const state =
    $("[data-live-state]") ??
    document.body.appendChild(
      Object.assign(document.createElement("p"), { className: "live-state", hidden: true }),
    );
  state.setAttribute("role", "status");
  let saying = 0;
  const say = (text, { stay = false, to = "", label = "", act = null } = {}) => {
    clearTimeout(saying);
    state.textContent = text;
    if (to) state.append(" ", Object.assign(document.createElement("a"), { href: to, textContent: label }));
    if (act) {
      const button = Object.assign(document.createElement("button"), {
        type: "button",
        className: "btn btn-quiet btn-sm",
        textContent: label,
      });
      button.addEventListener("click", act);
      state.append(" ", button);
    }
    state.hidden = !text;
    if (text && !stay)
      saying = setTimeout(() => {
        state.hidden = true;
      }, TOLD);
  };

  /* a part of the page, its focus kept; one that holds an open dialog waits until it closes */
  const put = (name, html) => {
    const part = $(`[data-part="${name}"]`);
    if (!part || part.dataset.html === html) return;
    const open = $("dialog[open]", part);
    if (open) {
      open.addEventListener("close", () => put(name, html), { once: true });
      return;
    }
    const held = part.contains(document.activeElement) ? document.activeElement : null;
    const same =
      held &&
      ["data-key", "data-next", "data-toggle-names", "href"]
        .map((name) => (held.hasAttribute(name) ? `[${name}="${held.getAttribute(name)}"]` : ""))
        .find(Boolean);
    part.innerHTML = html;
    part.dataset.html = html;
    if (same) $(same, part)?.focus({ preventScroll: true });
  };
  /* a row: its cells, what filters it; just changed, it is marked. The element stays, so does the focus in it
   */
  const row = (html) => {
    const made = document.createElement("tbody");
    made.innerHTML = html;
    const now = made.firstElementChild,
      old = document.getElementById(now.id);
    if (!old || (old.innerHTML === now.innerHTML && old.dataset.k === now.dataset.k)) return false;
    const held =
      old !== document.activeElement && old.contains(document.activeElement)
        ? document.activeElement.tagName
        : "";
    old.replaceChildren(...now.childNodes);
    old.dataset.k = now.dataset.k;
    old.dataset.n = now.dataset.n;
    if (held) ($(held, old) ?? old).focus({ preventScroll: true });
    old.classList.remove("fresh");
    void old.offsetWidth;
    old.classList.add("fresh");
    setTimeout(() => old.classList.remove("fresh"), TOLD);
    return true;
  };
  const take = (answer) => {
    version = answer.version;
    if (answer.moved) {
      if (document.body.classList.contains("proj")) {
        location.reload();
        return;
      }
      say(answer.moved, { stay: true, to: answer.to, label: "Voir la page à jour" });
      return;
    }
    if (answer.main !== undefined) put("main", answer.main);
    Object.entries(answer.parts ?? {}).forEach(([name, html]) => put(name, html));
    const changed = (answer.rows ?? []).map((html) => ({ id: html.match(/id="r-([^"]*)"/)[1], html }));
    if (typeof Room !== "undefined") {
      const moved = changed.filter(({ html }) => row(html)).length;
      if (moved) {
        Room.count();
        Room.arrange(true);
      }
    }
    const news = Object.entries(answer.told ?? {}).filter(([key]) => !known.has(key));
    news.forEach(([key]) => known.add(key));
    if (main.dataset.student) {
      if (news.length && changed.some(({ id }) => id === main.dataset.student))
        say(`${news[0][1]}.`, { stay: true, to: location.href, label: "Relire le dossier" });
    } else if (news.length) say(`${news[0][1]}.`);
  };
  const ask = async () => {
    clearTimeout(timer);
    if (busy) return;
    busy = true;
    let wait = document.hidden ? HIDDEN : RHYTHM;
    try {
      const programme = new URLSearchParams(location.search).get("parcours");
      if (programme) address.searchParams.set("parcours", programme);
      address.searchParams.set("depuis", stale ? version.replace(/\|\d+\|/, "|-1|") : version);
      stale = false;
      const answer = await reach(address, { quiet: true });
      if (answer.status === 401) {
        say("Votre session est finie.", {
          stay: true,
          act: async () => {
            if (await Account.open()) {
              say("");
              ask();
            }
          },
          label: "Se reconnecter",
        });
        wait = 30000;
      } else if (answer.status === 403 || answer.status === 409) {
        say("Cette page n’est plus la vôtre.", { stay: true, to: location.href, label: "La recharger" });
        wait = 30000;
      } else if (answer.status === 404) {
        say("Cette session n’est plus là pour vous.", { stay: true });
        wait = 30000;
      } else if (!answer.ok) throw new Error(answer.status);
      else {
        if (state.dataset.lost) {
          delete state.dataset.lost;
          say("Connexion retrouvée.");
        }
        if (answer.status === 200) take(await answer.json());
      }
    } catch {
      state.dataset.lost = "1";
      say("Connexion perdue : nouvel essai toutes les 2 secondes. Ce que vous tapez reste.", { stay: true });
      wait = RETRY;
    }
    busy = false;
    timer = setTimeout(ask, wait);
  };
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) ask();
  });
  timer = setTimeout(ask, RHYTHM);

  /* the presidency tells which case it has open */
  const announce = (number) => {
    if (main.dataset.announce) post(main.dataset.announce, { number }).catch(() => {});
  };
  if (version.split("|")[3] !== (main.dataset.student ?? "")) announce(main.dataset.student ?? "");

  /* the projection: names or numbers, remembered */
  const names = async () => {
    const button = $("[data-toggle-names]");
    await post(main.dataset.names, { names: button.dataset.on === "1" ? "0" : "1" });
    stale = true;
    ask();
  };
  if (main.dataset.names) {
    document.addEventListener("keydown", (event) => {
      if (event.key.toLowerCase() === "n" && !typing(event) && !event.ctrlKey && !event.metaKey) names();
    });
    document.addEventListener("click", (event) => {
      if (event.target.closest("[data-toggle-names]")) names();
    });
  }
  return { ask, announce, say };
})();
