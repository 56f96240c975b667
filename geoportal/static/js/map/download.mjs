// @ts-check
// Downloading what is in view or in a drawn area. The server counts and gives the addresses; this module draws the area.

import { wire } from "./copying.mjs";
import { feature, point, Pointing, together } from "./pointing.mjs";
import { address, geometry, MOST, radiusOf } from "./shapes.mjs";
import { put } from "../pieces.mjs";

/** @typedef {import("./app.mjs").App} App */
/** @typedef {import("./shapes.mjs").Kind} Kind */

const SKETCH = "download";
const WAIT_MS = 300;
/** @type {(() => void)[]} */
let ends = [];
/** @type {Pointing | null} */
let pointing = null;
let counting = new AbortController();
let wait = 0;

/** @param {App} app @param {HTMLElement} panel @param {{kind: Kind, places: import("./geodesy.mjs").Position[]}} [drawn] */
export async function open(app, panel, drawn) {
  await app.stylesheet("map-tools.css");
  await show(app, panel);
  if (drawn) begin(app, panel, drawn);
  ends = [app.on("change", ({ changed }) => (changed.has("layers") ? show(app, panel) : soon(app, panel)))];
}

/** @param {App} app */
export function close(app) {
  clearTimeout(wait);
  counting.abort();
  for (const end of ends) end();
  ends = [];
  pointing?.end();
  pointing = null;
  app.view.sketch(SKETCH, null);
}

/** The form anew: other layers are on. @param {App} app @param {HTMLElement} panel */
async function show(app, panel) {
  const before = panel.querySelector("form");
  const asked = before ? query(app, before) : `${app.state.query()}&view=${seen(app)}`;
  const corners = pointing?.places ?? [];
  try {
    await put(`${app.link("/map/download")}?${asked}&piece=1`, panel);
  } catch {
    return app.say(app.words.tool_failed);
  }
  pointing?.end();
  pointing = null;
  const form = /** @type {HTMLFormElement | null} */ (panel.querySelector("form"));
  const text = /** @type {HTMLTextAreaElement | null} */ (form?.querySelector("#corners"));
  if (!form || !text) return;
  hideTyped(form);
  pointing = new Pointing(app, form, text, () => drawn(app, panel));
  pointing.places = corners;
  wire(panel);
  form.addEventListener("change", () => changed(app, panel));
  form.addEventListener("input", () => soon(app, panel));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    location.assign(`${app.link("/map/download/file")}?${query(app, form)}`);
  });
  changed(app, panel);
}

/** The field that an area is typed into without this module keeps what is drawn. @param {HTMLFormElement} form */
function hideTyped(form) {
  const typed = /** @type {HTMLInputElement} */ (form.querySelector("#area"));
  form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "area", value: typed.value }));
}

/** An area that was drawn elsewhere. @param {App} app @param {HTMLElement} panel @param {{kind: Kind, places: any[]}} drawn */
function begin(app, panel, { kind, places }) {
  for (const [name, value] of [["within", "area"], ["kind", kind]]) {
    const radio = /** @type {HTMLInputElement | null} */ (panel.querySelector(`[name=${name}][value=${value}]`));
    if (radio) radio.checked = true;
  }
  if (pointing) pointing.places = places;
  changed(app, panel);
}

/** @param {App} app @param {HTMLElement} panel */
function changed(app, panel) {
  const form = /** @type {HTMLFormElement} */ (panel.querySelector("form"));
  const fields = new FormData(form);
  const isArea = fields.get("within") === "area";
  /** @type {HTMLElement} */ (form.querySelector(".area")).hidden = !isArea;
  /** @type {HTMLElement} */ (form.querySelector("[data-radius]")).hidden = fields.get("kind") !== "circle";
  pointing?.listen(isArea);
  drawn(app, panel);
}

/** @param {App} app @param {HTMLElement} panel */
function drawn(app, panel) {
  const form = /** @type {HTMLFormElement | null} */ (panel.querySelector("form"));
  if (!form || !pointing) return;
  const fields = new FormData(form);
  const isArea = fields.get("within") === "area";
  const kind = /** @type {Kind} */ (fields.get("kind"));
  const places = kept(pointing.places, kind);
  const typed = /** @type {HTMLInputElement} */ (form.querySelector("#radius"));
  const radius = radiusOf(places, typed.value);
  if (places.length > 1 && kind === "circle") typed.value = String(Math.round(radius));
  const shape = isArea ? geometry(kind, places, radius) : null;
  /** @type {HTMLInputElement} */ (form.elements.namedItem("area")).value = address(kind, places, radius);
  app.view.sketch(SKETCH, isArea && places.length ? together([...(shape ? [feature(shape)] : []), ...places.map(point)]) : null);
  soon(app, panel);
}

/** A box or a circle takes two points: further clicks move the last. @param {any[]} places @param {Kind} kind */
const kept = (places, kind) => (places.length > MOST[kind] ? [places[0], places[places.length - 1]] : places);

/** @param {App} app @param {HTMLElement} panel */
function soon(app, panel) {
  clearTimeout(wait);
  wait = window.setTimeout(() => count(app, panel), WAIT_MS);
}

/** What it would bring, told anew. @param {App} app @param {HTMLElement} panel */
async function count(app, panel) {
  const form = /** @type {HTMLFormElement | null} */ (panel.querySelector("form"));
  if (!form) return;
  counting.abort();
  counting = new AbortController();
  const { signal } = counting;
  const holder = document.createElement("div");
  try {
    await put(`${app.link("/map/download")}?${query(app, form)}&piece=1`, holder, signal);
  } catch {
    return void (signal.aborted || app.say(app.words.tool_failed));
  }
  const [now, old] = [holder, form].map((each) => each.querySelector("[data-bring]"));
  if (now && old) old.replaceWith(now);
  wire(form);
}

/** The form's question, for the map as it is now. @param {App} app @param {HTMLFormElement} form */
function query(app, form) {
  const own = ["take", "within", "area", "cut", "f", "crs"];
  const fields = [...new FormData(form)].filter(([name]) => own.includes(name)).map(([name, value]) => [name, String(value)]);
  return `${app.state.query()}&view=${seen(app)}&${new URLSearchParams(fields)}`;
}

/** @param {App} app */
const seen = (app) => app.view.bounds().map((n) => n.toFixed(6)).join(",");
