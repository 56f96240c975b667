// @ts-check
// The layers to choose from: what is checked is on the map.

/** @typedef {import("./app.mjs").App} App */

const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {App} app */
export function begin(app) {
  const form = /** @type {HTMLFormElement} */ ($("layers"));
  const boxes = () => /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("input[name=layers][type=checkbox]")]);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.querySelector("[data-without-script]")?.remove();
  form.addEventListener("change", (event) => {
    const box = /** @type {HTMLInputElement} */ (event.target);
    if (box.name === "layers") toggle(app, box.value, box.checked);
  });
  app.on("change", ({ changed, state }) => {
    if (changed.has("layers")) for (const box of boxes()) box.checked = state.layers.includes(box.value);
  });
  app.on("loaded", () => {
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll("[data-zoom]"))) button.hidden = false;
    $("all").hidden = false;
  });
  form.addEventListener("click", (event) => {
    const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-zoom]"));
    if (button) zoomTo(app, button.dataset.zoom ?? "");
  });
  $("all").addEventListener("click", () => fit(app, app.state.get().layers));
}

/** Put a layer on top, or take it off. @param {App} app @param {string} id @param {boolean} on */
export async function toggle(app, id, on) {
  const others = app.state.get().layers.filter((each) => each !== id);
  await app.described([id]).catch(() => app.say(app.words.tiles_failed));
  app.state.set({ layers: on ? [id, ...others] : others });
}

/** @param {App} app @param {string} id */
async function zoomTo(app, id) {
  if (!app.state.get().layers.includes(id)) await toggle(app, id, true);
  fit(app, [id]);
}

/** @param {App} app @param {string[]} ids */
function fit(app, ids) {
  const box = app.around(ids);
  if (box) app.view.fit(box);
}
