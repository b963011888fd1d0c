/* A session that ends never costs what was typed: one signs in over the page, then what was sent is sent
   again. Everything that a script asks of the site goes through `reach`; a form that was typed in asks who is
   signed in before it leaves the page. Signed in as somebody else, nothing is sent: the page was another's.
   No library. */
"use strict";
const Account = (() => {
  const { account, who, signIn } = document.body.dataset;
  const FRESH = 20000; // ms: a page just served was asked by who is signed in
  let dialog, form, second, refusal, name, password, code; // in the page from the first need of them
  const mount = () => {
    if (dialog) return;
    document.body.append($("#sign-in-parts").content.cloneNode(true));
    dialog = $("#sign-in");
    [form, second, refusal, name, password, code] = [
      $("[data-step=password]", dialog),
      $("[data-step=code]", dialog),
      $("[role=alert]", dialog),
      $("#sign-in-name"),
      $("#sign-in-password"),
      $("#sign-in-code"),
    ];
    form.addEventListener("submit", enter);
    second.addEventListener("submit", give);
    $("[data-key]", second).addEventListener("click", touch);
    dialog.addEventListener("close", () => finish(false));
    $("[data-reload]").addEventListener("click", () => location.reload());
  };
  const token = () =>
    document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/)?.[1] ??
    $("[name=csrfmiddlewaretoken]")?.value ??
    "";
  const refresh = (root = document) =>
    $$("[name=csrfmiddlewaretoken]", root).forEach((field) => {
      field.value = token();
    });
  const marked = { "X-Requested-With": "fetch" };
  let asked = null,
    done = null,
    since = Date.now(),
    warned = false;

  /* who is signed in now, {account: null} when nobody is */
  const now = async () => (await fetch(who, { headers: marked })).json();
  const refuse = (text) => {
    refusal.textContent = text;
    refusal.hidden = !text;
  };
  const finish = (mine) => {
    const tell = done;
    done = null;
    asked = null;
    if (dialog?.open) dialog.close();
    tell?.(mine);
  };
  const take = (session) => {
    // whether the page may go on: it is still its reader's; after the password, the second factor may be next
    if (session.step) {
      show(session);
      return false;
    }
    if (String(session.account) === account) {
      since = Date.now();
      refresh();
      finish(true);
      return true;
    }
    other(session.name);
    return false;
  };
  const other = (person) => {
    mount();
    $("[data-now]", $("#other-account")).textContent = person;
    if (!$("#other-account").open) $("#other-account").showModal();
    finish(false);
  };
  /* a step of the dialog: the password, the second factor ("code", and a key where there is one), or, in
     another tab, the choice of a first one */
  const show = ({ step = "password", keys = false }) => {
    $$("[data-step]", dialog).forEach((part) => {
      part.hidden = part.dataset.step !== step;
    });
    $("[data-key]", second).hidden = !keys || !Passkey.possible;
    refuse("");
    password.value = code.value = "";
    ({ password, code })[step]?.focus();
  };
  /* asks over the page for what its reader must give: true once they are back, false when they let it be */
  const open = (next = null, again = false) =>
    (asked ??= new Promise((tell) => {
      done = tell;
      mount();
      $("#h-sign-in").textContent = again ? "Pour continuer, encore" : "Votre session est finie";
      if (!dialog.open) dialog.showModal();
      show(next ?? {});
      if (!next)
        now().then(
          (session) => session.step && dialog.open && show(session),
          () => null,
        );
    }));
  const enter = (event) =>
    send(event, form, signIn, { username: name.value, password: password.value }, password);
  const give = (event) => send(event, second, second.action, { code: code.value }, code);
  const touch = async (event) => {
    refuse("");
    const credential = await Passkey.get(event.target.dataset.key, token()).catch((error) => {
      refuse(Passkey.why(error));
    });
    if (credential) await send(event, second, second.action, { credential }, code);
  };
  const send = async (event, from, to, fields, first) => {
    event.preventDefault();
    refuse("");
    const button = $("[type=submit]", from);
    button.disabled = true;
    try {
      if (!/(?:^|; )(?:__Host-)?csrftoken=/.test(document.cookie)) await now();
      const answer = await fetch(to, {
        method: "POST",
        headers: { ...marked, "X-CSRFToken": token() },
        body: new URLSearchParams(fields),
      });
      if (answer.ok) take(await answer.json());
      else if (answer.status === 429)
        refuse(
          "Trop de mots de passe refusés depuis cette connexion : attendre une heure au plus. Votre saisie reste dans la page : ne pas la fermer, ou la copier.",
        );
      else if (answer.status === 400) {
        refuse((await answer.json()).reason);
        first.select();
      } else refuse("Le serveur n’a pas pu répondre. Essayer de nouveau.");
    } catch {
      refuse("Connexion perdue. Essayer de nouveau.");
    }
    button.disabled = false;
  };
  /* signed in from another tab meanwhile */
  addEventListener("focus", async () => {
    if (dialog?.open) {
      const session = await now().catch(() => null);
      if (session?.account && dialog.open) take(session);
    }
  });

  /* fetch, for the page's account: signs in and asks again when the session ended; `quiet`, the 401 is the
     caller's */
  const reach = async (address, { quiet = false, headers = {}, ...options } = {}) => {
    const ask = () => {
      const sent = { ...marked, "X-Account": account, ...headers };
      if (options.method === "POST") sent["X-CSRFToken"] = token();
      if (options.body?.has?.("csrfmiddlewaretoken")) options.body.set("csrfmiddlewaretoken", token());
      return fetch(address, { ...options, headers: sent });
    };
    let answer = await ask();
    while (answer.status === 401 && !quiet && (await open(await answer.clone().json()))) answer = await ask();
    if (answer.headers.has("X-Other-Account") && !warned) {
      warned = true;
      other((await answer.clone().json()).other);
    }
    return answer;
  };

  /* a form that was typed in does not leave the page before its reader is known to be signed in */
  const passed = new WeakSet(),
    held = new WeakSet();
  const typed = (sent) =>
    [...sent.elements].some(
      (field) =>
        field.matches("textarea, input:not([type=hidden], [type=checkbox], [type=radio])") &&
        field.value !== field.defaultValue,
    );
  const mine = async (sent) => {
    const session = await now();
    if (session.account === null) return open(session);
    // a page that asks for a proof again answers 401 to a script: asked here, the file chosen stays
    if ("confirmed" in sent.dataset) {
      const answer = await fetch(location.href, { headers: marked });
      if (answer.status === 401) return open(await answer.json(), true);
    }
    return take(session);
  };
  document.addEventListener("submit", async (event) => {
    const sent = event.target,
      by = event.submitter;
    if (
      event.defaultPrevented ||
      sent.getAttribute("method")?.toLowerCase() !== "post" ||
      "unguarded" in sent.dataset
    )
      return;
    if (passed.delete(sent)) return;
    if (
      by?.getAttribute("formtarget") ||
      sent.getAttribute("target") ||
      Date.now() - since < FRESH ||
      !typed(sent)
    )
      return;
    event.preventDefault();
    if (held.has(sent)) return;
    held.add(sent);
    $(".not-sent", sent)?.remove();
    const goes = await mine(sent).catch(() => {
      sent.insertAdjacentHTML(
        "afterbegin",
        '<p class="note k-rust not-sent" role="alert">Connexion perdue : rien n’est envoyé, votre saisie reste. Envoyer de nouveau.</p>',
      );
      $(".not-sent", sent).scrollIntoView({ block: "nearest" });
    });
    held.delete(sent);
    if (!goes) {
      sent.dispatchEvent(new CustomEvent("kept"));
      return;
    }
    passed.add(sent);
    sent.requestSubmit(by?.form === sent ? by : undefined);
  });
  return { reach, open };
})();
const reach = Account.reach;
