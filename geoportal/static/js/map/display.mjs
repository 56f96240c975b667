// @ts-check
// How the map is written and seen: the script of its labels, buildings in three dimensions.

/** @typedef {import("./app.mjs").App} App */

const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const TILTED = 50; // degrees

/** @param {App} app */
export function begin(app) {
  const labels = /** @type {HTMLSelectElement} */ ($("labels"));
  const extruded = /** @type {HTMLInputElement} */ ($("extruded").querySelector("input"));
  labels.addEventListener("change", () => app.state.set({ labels: labels.value }));
  extruded.addEventListener("change", () => {
    app.state.set({ extruded: extruded.checked });
    app.map?.easeTo({ pitch: extruded.checked ? TILTED : 0, bearing: extruded.checked ? -20 : 0, animate: !app.calm });
  });
  const offered = () => {
    const high = app.map && app.state.get().layers.some((id) => app.collections.get(id)?.height);
    $("extruded").hidden = !high;
  };
  app.on("loaded", offered);
  app.on("change", ({ changed, state }) => {
    if (changed.has("layers")) offered();
    if (changed.has("labels")) labels.value = state.labels;
    if (changed.has("extruded")) extruded.checked = state.extruded;
  });
}
