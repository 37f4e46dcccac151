// The grid: a spreadsheet's keys, what is typed while an answer is on its way, blocks pasted into a cell.
// Without it the cells are saved all the same, and a block goes into the box of its own page.
(() => {
  const CELLS = ".grid :is(input:not([type='hidden']), select)";
  const cellIn = (place) => place?.querySelector(":is(input:not([type='hidden']), select)");
  const storedIn = (cell) => JSON.parse(cell.form.elements.before.value)[cell.name];

  function go(cell) {
    if (!cell) return false;
    cell.focus();
    cell.select?.();
    return true;
  }

  // The cell of the same column some lines further, or of the same line some columns further.
  function neighbour(cell, lines, columns) {
    const rows = [...cell.closest("tbody").rows].filter(cellIn);
    const row = rows[rows.indexOf(cell.closest("tr")) + lines];
    if (!row) return null;
    return cellIn(row.cells[cell.closest("td").cellIndex + columns]);
  }

  // What is typed while a new line is being saved is the name of the next one.
  let waiting = null;

  // --- Keys -------------------------------------------------------------------------------------------------------------
  function enter(cell, lines) {
    const anyway = cell.closest("td").querySelector("[name='force']");
    if (anyway) anyway.click();
    else if (cell.form.id === "fnew") {
      waiting = "";
      cell.form.requestSubmit();
    }
    else if (!go(neighbour(cell, lines, 0))) cell.form.requestSubmit();
  }

  function restore(cell) {
    const wasWrong = cell.getAttribute("aria-invalid") === "true";
    cell.value = storedIn(cell);
    if (wasWrong && cell.form.id !== "fnew") cell.form.requestSubmit();
    go(cell);
  }

  // Inside a text that is being written, the arrows are the text's until its ends.
  function isAtEnd(cell, end) {
    if (cell.matches("select")) return true;
    const { selectionStart: first, selectionEnd: last, value } = cell;
    const isWhole = first === 0 && last === value.length;
    return isWhole || (first === last && first === (end ? value.length : 0));
  }

  const keys = {
    Enter: (cell, event) => enter(cell, event.shiftKey ? -1 : 1) ?? true,
    Escape: (cell) => restore(cell) ?? true,
    F2: (cell) => cell.setSelectionRange?.(cell.value.length, cell.value.length) ?? true,
    ArrowUp: (cell) => !cell.matches("select") && go(neighbour(cell, -1, 0)),
    ArrowDown: (cell) => !cell.matches("select") && go(neighbour(cell, 1, 0)),
    ArrowLeft: (cell) => isAtEnd(cell, false) && go(neighbour(cell, 0, -1)),
    ArrowRight: (cell) => isAtEnd(cell, true) && go(neighbour(cell, 0, 1)),
  };
  document.addEventListener("keydown", (event) => {
    const cell = event.target.closest?.(CELLS);
    if (!cell || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (waiting !== null && cell.form.id === "fnew") {
      event.preventDefault();
      if (event.key.length === 1) waiting += event.key;
      return;
    }
    if (event.shiftKey && event.key !== "Enter") return;
    if (keys[event.key]?.(cell, event)) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".grid [data-grid='restore'], .grid [name='force']");
    if (!button) return;
    const place = button.closest("td");
    if (button.name === "force") place.querySelector("input[type='hidden']").remove();
    else restore(cellIn(place));
  });

  // --- Answers: what was typed since stays, the rest of the line is the server's --------------------------------------------
  const sent = new WeakMap();
  document.addEventListener("htmx:configRequest", (event) => {
    const row = event.detail.elt.closest(".grid tr");
    if (row) sent.set(row, new Map([...row.querySelectorAll(CELLS)].map((cell) => [cell.name, cell.value])));
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target: row, serverResponse, shouldSwap } = event.detail;
    if (!shouldSwap || !row.matches(".grid tr[id^='ligne-']")) return;
    const answer = document.createElement("template");
    answer.innerHTML = serverResponse;
    const fresh = answer.content.querySelector("tr");
    if (!fresh?.querySelector("[name='before']")) return;
    event.detail.shouldSwap = false;
    merge(row, fresh);
    const total = answer.content.getElementById("grid-total");
    if (total) document.getElementById("grid-total").textContent = total.textContent;
  });

  function merge(row, fresh) {
    row.querySelector("[name='before']").value = fresh.querySelector("[name='before']").value;
    for (const place of [...fresh.cells]) {
      const old = row.cells[place.cellIndex];
      const cell = cellIn(old);
      if (!cell || cell.value !== sent.get(row).get(cell.name)) continue;
      const hadFocus = old.contains(document.activeElement);
      const isTheSame = cell.value === cellIn(place).value && !old.querySelector(".errors") && !place.querySelector(".errors");
      if (hadFocus && isTheSame && cell.tagName === "INPUT") continue;
      old.replaceWith(place.cloneNode(true));
      if (hadFocus) go(cellIn(row.cells[place.cellIndex]));
    }
  }

  document.addEventListener("htmx:afterSettle", (event) => {
    const part = event.detail.elt;
    if (part.id === "new-line") beginNext(part);
    if (!part.matches(".grid .gone")) return;
    const next = part.nextElementSibling || part.previousElementSibling;
    part.querySelector("button")?.focus();
    setTimeout(() => {
      if (part.contains(document.activeElement)) go(cellIn(next));
      if (part.querySelector("form")) part.remove();
    }, 10_000);
  });

  function beginNext(row) {
    const name = cellIn(row);
    if (!row.querySelector("[aria-invalid]")) {
      go(name);
      if (waiting) name.setRangeText(waiting, 0, name.value.length, "end");
    }
    waiting = null;
  }
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.successful) waiting = null;
  });

  // --- A block pasted into a cell: its preview opens once everything is saved ----------------------------------------------
  document.addEventListener("paste", (event) => {
    const cell = event.target.closest?.(CELLS);
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const form = document.getElementById("paste-form");
    if (!cell || !form || !/[\t\n]/.test(text.replace(/\r?\n$/, ""))) return;
    event.preventDefault();
    form.elements.block.value = text;
    form.elements.column.value = cell.name;
    form.elements.start.value = cell.closest("tr").id.replace(/^\D+/, "");
    cell.blur();
    whenSaved(() => form.requestSubmit());
  });

  function whenSaved(then) {
    if (!document.querySelector(".grid .htmx-request")) then();
    else document.addEventListener("htmx:afterRequest", () => whenSaved(then), { once: true });
  }
})();
