// Everything here only makes a working page nicer: each screen also works without this file.
(() => {
  const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content;

  // --- htmx: the CSRF header, an expired session, a failed call -----------------------------------------------------
  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = meta("csrf-token");
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const answeredBy = new URL(event.detail.xhr.responseURL || location.href, location.href);
    if (answeredBy.pathname === meta("login-path")) {
      event.detail.shouldSwap = false;
      location.reload();
    }
  });
  // Whoever pressed something in a part that is replaced goes on from there: at its first error, or at its beginning.
  document.addEventListener("htmx:afterSettle", (event) => {
    const part = event.detail.elt;
    const refused = part.querySelector?.("[aria-invalid='true']");
    if (refused) refused.focus();
    else if (document.activeElement === document.body && event.detail.requestConfig?.triggeringEvent?.isTrusted) {
      part.tabIndex = -1;
      part.focus({ preventScroll: true });
    }
  });
  document.querySelector("main [aria-invalid='true']")?.focus();
  const sayFailed = () =>
    toast("La mise à jour n’a pas abouti. Vérifiez votre connexion, puis rechargez la page.", "error");
  document.addEventListener("htmx:sendError", sayFailed);
  document.addEventListener("htmx:responseError", sayFailed);

  function toast(text, level) {
    const box = document.getElementById("toasts");
    const template = document.getElementById("toast-template");
    if (!box || !template || [...box.querySelectorAll("p")].some((shown) => shown.textContent === text)) return;
    const shown = template.content.firstElementChild.cloneNode(true);
    shown.classList.add(level);
    shown.querySelector("p").textContent = text;
    box.append(shown);
  }

  // --- Clicks: closing toasts, choosing a theme -----------------------------------------------------------------------
  const actions = {
    dismiss: (button) => button.closest(".toast").remove(),
    theme: (button) => chooseTheme(button.dataset.theme),
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-action]");
    if (button) actions[button.dataset.action]?.(button);
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  function chooseTheme(theme) {
    if (theme) localStorage.setItem("theme", theme);
    else localStorage.removeItem("theme");
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    showTheme();
  }
  function showTheme() {
    for (const button of document.querySelectorAll("[data-action='theme']")) {
      button.setAttribute("aria-pressed", String(button.dataset.theme === (localStorage.getItem("theme") || "")));
    }
  }
  showTheme();

  // --- Keyboard: Ctrl K goes to the search box, Escape closes menus ---------------------------------------------------------
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      const search = document.getElementById("search");
      if (search) {
        event.preventDefault();
        search.focus();
        search.select();
      }
    }
    if (event.key === "Escape") {
      for (const menu of document.querySelectorAll("details.menu[open]")) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    }
  });

  // --- File drop zones, wherever they come from: a dropped file is chosen and sent -----------------------------------------
  const zoneOf = (event) => event.target.closest?.(".drop-zone");
  document.addEventListener("dragover", (event) => {
    const zone = zoneOf(event);
    if (!zone) return;
    event.preventDefault();
    zone.classList.add("over");
  });
  document.addEventListener("dragleave", (event) => zoneOf(event)?.classList.remove("over"));
  document.addEventListener("drop", (event) => {
    const zone = zoneOf(event);
    if (!zone) return;
    event.preventDefault();
    zone.classList.remove("over");
    if (!event.dataTransfer.files.length) return;
    const input = zone.querySelector("input[type='file']");
    input.files = event.dataTransfer.files;
    input.form.requestSubmit();
  });

  // --- Undoing: ten thousand lines take seconds, and a second click would only be told that it is done ----------------
  document.addEventListener("submit", (event) => {
    const offer = event.target.closest(".undo");
    if (!offer) return;
    offer.setAttribute("aria-busy", "true");
    event.submitter.disabled = true;
    event.submitter.textContent = "Annulation…";
  });
})();
