// A table that fills while one reads it stays where its reader had scrolled it.
(() => {
  const boxes = () => document.querySelectorAll("[data-keeps-scroll][id]");
  let places = [];
  document.addEventListener("htmx:beforeSwap", () => {
    places = [...boxes()].map((box) => [box.id, box.scrollLeft, box.scrollTop]);
  });
  document.addEventListener("htmx:afterSwap", () => {
    for (const [id, left, top] of places) document.getElementById(id)?.scrollTo(left, top);
  });
})();
