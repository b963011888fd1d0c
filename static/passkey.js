/* Passkeys and security keys: what the site asks, as the browser wants it, and what the key answers, as the
   site reads it. A page that adds one (data-passkey-add), or that asks for one (data-passkey). No library. */
"use strict";
const Passkey = (() => {
  const possible = Boolean(window.PublicKeyCredential && navigator.credentials);
  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .replace(/=+$/, "");
  const known = (list) => (list ?? []).map((key) => ({ ...key, id: bytes(key.id) }));
  const answered = (credential, names) =>
    JSON.stringify({
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      response: Object.fromEntries(
        names
          .filter((name) => credential.response[name])
          .map((name) => [name, text(credential.response[name])]),
      ),
      clientExtensionResults: {},
    });

  /* a new key for this site */
  const create = async ({ publicKey: asked }) => {
    const publicKey = {
      ...asked,
      challenge: bytes(asked.challenge),
      user: { ...asked.user, id: bytes(asked.user.id) },
      excludeCredentials: known(asked.excludeCredentials),
    };
    const credential = await navigator.credentials.create({ publicKey });
    return answered(credential, ["clientDataJSON", "attestationObject"]);
  };
  /* what one of the person's keys answers to the site's challenge, asked at this address */
  const get = async (address, token) => {
    const headers = { "X-Requested-With": "fetch", "X-CSRFToken": token };
    const answer = await fetch(address, { method: "POST", headers });
    if (!answer.ok) throw new Error("challenge");
    const { publicKey: asked } = await answer.json();
    const publicKey = {
      ...asked,
      challenge: bytes(asked.challenge),
      allowCredentials: known(asked.allowCredentials),
    };
    const credential = await navigator.credentials.get({ publicKey });
    return answered(credential, ["clientDataJSON", "authenticatorData", "signature", "userHandle"]);
  };
  const why = (error) =>
    ({
      InvalidStateError: "Cette clé est déjà enregistrée pour votre compte.",
      NotAllowedError: "La clé n’a pas répondu, ou la demande a été refusée. Essayer de nouveau.",
      SecurityError: "Les clés d’accès demandent le site à son nom, en HTTPS.",
    })[error.name] ?? "La clé n’a pas pu servir. Essayer de nouveau, ou prendre un code.";

  /* fills a form with what a key makes or answers, and sends it */
  const fill = async (form, make) => {
    const refusal = $("[data-refusal]", form);
    refusal.hidden = true;
    try {
      $("[data-credential]", form).value = await make();
      form.submit();
    } catch (error) {
      refusal.textContent = why(error);
      refusal.hidden = false;
    }
  };
  $$("form[data-passkey-add]").forEach((form) =>
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      fill(form, () => create(JSON.parse(form.dataset.passkeyAdd)));
    }),
  );
  $$("[data-passkey]").forEach((button) => {
    button.hidden = !possible;
    button.addEventListener("click", () =>
      fill(button.form, () =>
        get(button.dataset.passkey, $("[name=csrfmiddlewaretoken]", button.form).value),
      ),
    );
  });
  return { possible, get, why };
})();
