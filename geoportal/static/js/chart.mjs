// @ts-check
// A form of a chart that offers what goes together: no second column where rows are counted.

const form = /** @type {HTMLFormElement} */ (document.querySelector("form.narrow"));
const field = (/** @type {string} */ name) => /** @type {HTMLSelectElement} */ (form.elements.namedItem(name));

/** Hide the fields that the kind of chart takes no notice of. */
function fit() {
  const kind = field("kind").value;
  const grouped = kind === "bar" || kind === "line";
  show("by", grouped);
  show("y", kind === "scatter" || (grouped && field("by").value !== "count"));
}

/** @param {string} name @param {boolean} shown */
function show(name, shown) {
  const select = field(name);
  const box = /** @type {HTMLElement} */ (select.closest(".field"));
  box.hidden = !shown;
  select.disabled = !shown;
}

form.addEventListener("change", fit);
fit();
