// @ts-check
// "What is here?": a click on the map, or its centre, and all that is published of that place.

import { put } from "../pieces.mjs";

/** @typedef {import("./app.mjs").App} App */

const SKETCH = "here";
let asking = new AbortController();

/** @param {App} app @param {HTMLElement} panel @param {{lng: number, lat: number}} [at] */
export async function open(app, panel, at) {
  await app.stylesheet("search.css");
  const how = Object.assign(document.createElement("p"), { textContent: app.words.here_click });
  const centre = Object.assign(document.createElement("button"), { type: "button", className: "small", textContent: app.words.here_centre });
  const found = document.createElement("div");
  found.setAttribute("aria-live", "polite");
  panel.replaceChildren(how, centre, found);
  const ask = (/** @type {{lng: number, lat: number}} */ place) => look(app, place, found);
  centre.addEventListener("click", () => ask(app.view.center()));
  found.addEventListener("click", (event) => chosen(app, event));
  app.capture(ask);
  if (at) ask(at);
}

/** @param {App} app */
export function close(app) {
  asking.abort();
  app.view.sketch(SKETCH, null);
}

/** @param {App} app @param {{lng: number, lat: number}} at @param {HTMLElement} into */
async function look(app, { lng, lat }, into) {
  asking.abort();
  asking = new AbortController();
  const at = `${lat.toFixed(5)}, ${lng.toFixed(5)}`;
  app.view.sketch(SKETCH, { type: "Feature", properties: {}, geometry: { type: "Point", coordinates: [lng, lat] } });
  try {
    await put(app.link("/map/here", { at, distance: 50, piece: 1 }), into, asking.signal);
    const page = Object.assign(document.createElement("a"), { href: app.link("/map/here", { at }), textContent: app.words.here_page });
    const line = document.createElement("p");
    line.append(page);
    into.append(line);
  } catch {
    if (!asking.signal.aborted) into.textContent = app.words.here_failed;
  }
}

/** A feature of the answer is shown on the map if its layer is on; else its page opens. @param {App} app @param {MouseEvent} event */
export function chosen(app, event) {
  const link = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("a[data-id]"));
  const { collection = "", id = "" } = link?.dataset ?? {};
  if (!link || event.ctrlKey || event.metaKey || !app.state.get().layers.includes(collection)) return;
  event.preventDefault();
  app.state.set({ feature: { collection, id } });
}
