// The pipeline works without this file: dragging a card is the mouse's way to press « Passer à… ». What a card opened is
// closed by « Annuler » or Escape, and the keyboard goes back to what opened it.
(() => {
  let dragged = null;
  let opener = null;

  const columnUnder = (event) => event.target.closest?.(".board-column.takes");
  const mark = (column) => {
    for (const other of document.querySelectorAll(".board-column")) other.classList.toggle("over", other === column);
  };
  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.(".board-card[draggable]");
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.querySelector("h3").textContent);
    dragged.classList.add("dragged");
    const targets = dragged.closest(".board-column").dataset.targets.split(" ");
    for (const column of document.querySelectorAll(".board-column")) {
      column.classList.toggle("takes", targets.includes(column.dataset.stage));
    }
  });
  document.addEventListener("dragover", (event) => {
    const column = dragged && columnUnder(event);
    if (column) event.preventDefault();
    if (dragged) mark(column);
  });
  document.addEventListener("drop", (event) => {
    const column = dragged && columnUnder(event);
    if (!column) return;
    event.preventDefault();
    htmx.ajax("POST", dragged.dataset.move, {
      source: dragged,
      target: `#${dragged.id}-form`,
      values: { stage: column.dataset.stage },
    });
  });
  document.addEventListener("dragend", () => {
    mark(null);
    for (const column of document.querySelectorAll(".takes")) column.classList.remove("takes");
    dragged?.classList.remove("dragged");
    dragged = null;
  });

  // What was opened or moved takes the keyboard; a refused form gives it to its first error, as everywhere.
  document.addEventListener("htmx:afterSettle", (event) => {
    const part = event.detail.elt;
    if (!part.querySelector?.("[aria-invalid='true']")) part.querySelector?.("[data-focus]")?.focus();
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt.matches(".actions > a")) opener = event.detail.elt;
  });
  const close = (slot) => {
    slot.replaceChildren();
    const card = slot.parentElement;
    (card.contains(opener) ? opener : card.querySelector("a")).focus();
  };
  document.addEventListener("click", (event) => {
    const slot = event.target.closest("[data-closes]")?.closest(".slot");
    if (!slot) return;
    event.preventDefault();
    close(slot);
  });
  document.addEventListener("keydown", (event) => {
    const slot = event.key === "Escape" && event.target.closest?.(".slot");
    if (slot) close(slot);
  });
})();
