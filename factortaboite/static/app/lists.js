// Long lists by keyboard, ticked rows counted. Without this file lists are read, filtered and ticked all the same.
(() => {
  const SINGLE_KEYS = "single-keys"; // « no » for whoever dictates to the computer, or types with one finger
  const table = () => document.querySelector("table[data-list]");
  const linkOf = (row) => row.querySelector("th a");
  const dialog = document.getElementById("shortcuts");
  const usesSingleKeys = () => localStorage.getItem(SINGLE_KEYS) !== "no";

  // --- Rows: the link of the row where one is has the focus, so that Enter opens it and readers say it ------------------
  function currentRow() {
    return document.activeElement?.closest("table[data-list] > tbody > tr");
  }
  function move(step) {
    const rows = [...(table()?.tBodies[0].rows ?? [])].filter(linkOf);
    const from = rows.indexOf(currentRow());
    const to = rows[from < 0 ? (step > 0 ? 0 : rows.length - 1) : from + step];
    if (!to) return;
    linkOf(to).focus();
    to.scrollIntoView({ block: "nearest" });
  }
  function tick(row) {
    const box = row?.querySelector("[name='ligne']");
    if (!box) return;
    box.checked = !box.checked;
    count();
  }
  const keys = {
    j: () => move(1),
    k: () => move(-1),
    x: () => tick(currentRow()),
    "/": () => (document.getElementById("list-search") ?? document.getElementById("search"))?.focus(),
    "?": () => dialog?.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || dialog?.open) return;
    if (event.target.closest("input:not([type='checkbox']), select, textarea, details[open] .menu-panel")) return;
    if (currentRow() && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (usesSingleKeys() && Object.hasOwn(keys, event.key)) {
      event.preventDefault();
      keys[event.key]();
    }
  });

  // --- Ticked rows -------------------------------------------------------------------------------------------------------
  const boxes = () => [...document.querySelectorAll("table[data-list] [name='ligne']")];
  function count() {
    const ticked = boxes().filter((box) => box.checked).length;
    const said = document.querySelector("[data-chosen]");
    if (said) said.textContent = ticked > 1 ? `${ticked} lignes cochées` : `${ticked} ligne cochée`;
    const all = document.querySelector("[data-all]");
    if (all) {
      all.hidden = false;
      all.checked = ticked > 0 && ticked === boxes().length;
      all.indeterminate = ticked > 0 && !all.checked;
    }
  }
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-all]")) for (const box of boxes()) box.checked = event.target.checked;
    if (event.target.matches("[data-all], [name='ligne']")) count();
    if (event.target.matches("[data-single-keys]")) localStorage.setItem(SINGLE_KEYS, event.target.checked ? "yes" : "no");
  });
  document.addEventListener("htmx:afterSettle", count);

  // --- The help ---------------------------------------------------------------------------------------------
  for (const button of document.querySelectorAll("[data-shortcuts]")) {
    button.hidden = false;
    button.addEventListener("click", () => dialog.showModal());
  }
  for (const box of document.querySelectorAll("[data-single-keys]")) box.checked = usesSingleKeys();
  count();
})();
