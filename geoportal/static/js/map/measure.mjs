// @ts-check
// Measuring distances and areas on the ellipsoid; the same form measures on the server without this module.

import { area, geodesic, length } from "./geodesy.mjs";
import { feature, point, Pointing, together } from "./pointing.mjs";
import { put } from "../pieces.mjs";

/** @typedef {import("./app.mjs").App} App */

const SKETCH = "measure";
/** @type {Pointing | null} */
let pointing = null;
/** @type {HTMLOutputElement | null} */
let readout = null;

/** @param {App} app @param {HTMLElement} panel */
export async function open(app, panel) {
  await app.stylesheet("map-tools.css");
  const form = /** @type {HTMLFormElement} */ (await put(`${app.link("/map/measure")}?${app.state.query()}&piece=1`, panel));
  const text = /** @type {HTMLTextAreaElement} */ (form.elements.namedItem("at"));
  const draw = () => measured(app, form);
  pointing = new Pointing(app, form, text, draw);
  readout = document.createElement("output");
  readout.className = "readout";
  readout.ariaHidden = "true"; // the panel says the same
  app.stage.after(readout);
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const radio of form.querySelectorAll("[name=of]")) radio.addEventListener("change", draw);
  pointing.listen(true);
  draw();
}

/** @param {App} app */
export function close(app) {
  pointing?.end();
  readout?.remove();
  pointing = readout = null;
  app.view.sketch(SKETCH, null);
}

/** @param {App} app @param {HTMLFormElement} form */
function measured(app, form) {
  if (!pointing) return;
  const { places, wrong } = pointing;
  const isArea = new FormData(form).get("of") === "area";
  const ring = isArea && places.length > 2 ? [...places, places[0]] : places;
  const line = lengthSaid(app.language, length(ring));
  const enough = places.length >= (isArea ? 3 : 2);
  const main = isArea ? areaSaid(app.language, area(places)) : line;
  const { first, next, around } = form.dataset;
  const said = /** @type {HTMLElement} */ (form.querySelector(".result"));
  const strong = Object.assign(document.createElement("strong"), { textContent: main });
  if (enough) said.replaceChildren(strong, isArea ? ` · ${around} ${line}` : "");
  else said.replaceChildren((places.length ? next : first) ?? "");
  if (readout) readout.textContent = enough ? main : "";
  form.elements.namedItem("at")?.toggleAttribute("aria-invalid", wrong.length > 0);
  steps(app, form, ring);
  app.view.sketch(SKETCH, sketched(places, ring, isArea));
}

/** @param {App} app @param {HTMLFormElement} form @param {import("./geodesy.mjs").Position[]} ring */
function steps(app, form, ring) {
  const box = /** @type {HTMLElement} */ (form.querySelector(".steps"));
  const items = ring.slice(1).map((to, i) => {
    const { length: metres } = geodesic(ring[i], to);
    return Object.assign(document.createElement("li"), { textContent: lengthSaid(app.language, metres) });
  });
  box.hidden = !items.length;
  box.querySelector("ol")?.replaceChildren(...items);
}

/** @param {import("./geodesy.mjs").Position[]} places @param {import("./geodesy.mjs").Position[]} ring @param {boolean} isArea */
function sketched(places, ring, isArea) {
  if (!places.length) return null;
  const filled = isArea && places.length > 2;
  const shape = filled ? { type: "Polygon", coordinates: [ring] } : { type: "LineString", coordinates: ring };
  return together([...(ring.length > 1 ? [feature(shape)] : []), ...places.map(point)]);
}

/** @param {string} language @param {number} value @param {number} decimals */
const number = (language, value, decimals) => value.toLocaleString(language, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });

/** A length as one says it, as `measuring.py` does. @param {string} language @param {number} metres */
export function lengthSaid(language, metres) {
  if (metres < 1000) return `${number(language, metres, metres < 100 ? 1 : 0)} m`;
  return `${number(language, metres / 1000, metres < 1e5 ? 2 : 0)} km`;
}

/** An area as one says it. @param {string} language @param {number} squareMetres */
export function areaSaid(language, squareMetres) {
  if (squareMetres < 1e4) return `${number(language, squareMetres, 0)} m²`;
  if (squareMetres < 1e6) return `${number(language, squareMetres / 1e4, 2)} ha`;
  return `${number(language, squareMetres / 1e6, 2)} km²`;
}
