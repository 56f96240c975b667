// @ts-check
// The legend: symbol and name of each layer that is on, its classes, and how many are in view.

/** @typedef {import("./app.mjs").App} App */

const box = /** @type {HTMLDetailsElement} */ (document.getElementById("legend"));

/** @param {App} app */
export function begin(app) {
  box.open = !matchMedia("(max-width: 56rem)").matches;
  const draw = () => legend(app);
  app.on("loaded", draw);
  app.on("change", ({ changed }) => ["layers", "style"].some((name) => changed.has(name)) && draw());
}

/** @param {App} app */
function legend(app) {
  const rows = app.state.get().layers.map((id) => row(id));
  box.querySelector("ul")?.replaceChildren(...rows.filter((each) => each !== null));
  box.hidden = !rows.length || !app.view;
}

/** @param {string} id */
function row(id) {
  const label = document.querySelector(`#layers input[value="${CSS.escape(id)}"]`)?.parentElement;
  if (!label) return null;
  const made = document.createElement("li");
  for (const part of label.querySelectorAll(".symbol, .name")) made.append(part.cloneNode(true));
  return made;
}
