// @ts-check
// Drawing points, lines and areas with notes; they stay in this tab and can be taken away as GeoJSON.

import { areaSaid, lengthSaid } from "./measure.mjs";
import { area, length } from "./geodesy.mjs";
import { feature, point, Pointing, together } from "./pointing.mjs";
import { geometry, MOST, radiusOf } from "./shapes.mjs";
import { put } from "../pieces.mjs";

/** @typedef {import("./app.mjs").App} App */
/** @typedef {import("./shapes.mjs").Kind} Kind */
/** @typedef {import("./geodesy.mjs").Position} Position */
/** @typedef {{kind: Kind, places: Position[], radius: number, note: string}} Drawn */

const [NEW, DONE] = ["draw", "drawn"];
const KEPT = "emap-drawn";
/** @type {Pointing | null} */
let pointing = null;

/** @param {App} app @param {HTMLElement} panel */
export async function open(app, panel) {
  await app.stylesheet("map-tools.css");
  const form = /** @type {HTMLFormElement} */ (await put(`${app.link("/map/draw")}?piece=1`, panel));
  const text = /** @type {HTMLTextAreaElement} */ (form.querySelector("#drawing"));
  const draw = () => sketch(app, form);
  pointing = new Pointing(app, form, text, draw);
  pointing.listen(true);
  form.addEventListener("input", draw);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    add(app, form);
  });
  on(form, "data-save", () => save(form));
  on(form, "data-take", () => take(app));
  draw();
  list(app, form);
}

/** @param {App} app */
export function close(app) {
  pointing?.end();
  pointing = null;
  app.view.sketch(NEW, null);
}

/** @param {HTMLFormElement} form @param {string} name @param {() => void} heard */
const on = (form, name, heard) => form.querySelector(`[${name}]`)?.addEventListener("click", heard);

/** @returns {Drawn[]} */
const kept = () => JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");

/** @param {HTMLFormElement} form @param {string} id */
const field = (form, id) => /** @type {HTMLInputElement} */ (form.querySelector(`#${id}`));

/** The shape as it is now. @param {HTMLFormElement} form @returns {Drawn} */
function now(form) {
  const kind = /** @type {Kind} */ (new FormData(form).get("kind"));
  const every = pointing?.places ?? [];
  const places = every.length > MOST[kind] ? [...every.slice(0, MOST[kind] - 1), every[every.length - 1]] : every;
  return { kind, places, radius: radiusOf(places, field(form, "drawing-radius").value), note: field(form, "drawing-note").value.trim() };
}

/** @param {App} app @param {HTMLFormElement} form */
function sketch(app, form) {
  const { kind, places, radius } = now(form);
  const shape = geometry(kind, places, radius);
  const row = /** @type {HTMLElement} */ (form.querySelector("[data-radius]"));
  row.hidden = kind !== "circle";
  if (kind === "circle" && places.length > 1) field(form, "drawing-radius").value = String(Math.round(radius));
  /** @type {HTMLButtonElement} */ (form.querySelector("[type=submit]")).disabled = !shape;
  app.view.sketch(NEW, places.length ? together([...(shape ? [feature(shape)] : []), ...places.map(point)]) : null);
}

/** @param {App} app @param {HTMLFormElement} form */
function add(app, form) {
  const drawn = now(form);
  if (!geometry(drawn.kind, drawn.places, drawn.radius)) return;
  keep([...kept(), drawn]);
  field(form, "drawing-note").value = "";
  field(form, "drawing-radius").value = "";
  if (pointing) pointing.places = [];
  list(app, form);
}

/** @param {Drawn[]} every */
const keep = (every) => sessionStorage.setItem(KEPT, JSON.stringify(every));

/** @param {App} app @param {HTMLFormElement} form */
function list(app, form) {
  const every = kept();
  const rows = every.map((drawn, i) => row(app, form, drawn, () => {
    keep(kept().filter((_, at) => at !== i));
    list(app, form);
  }));
  form.querySelector(".drawn")?.replaceChildren(...rows);
  /** @type {HTMLElement} */ (form.querySelector("[data-nothing]")).hidden = every.length > 0;
  const disable = (/** @type {string} */ name, /** @type {boolean} */ is) => form.querySelector(`[${name}]`)?.toggleAttribute("disabled", is);
  disable("data-save", !every.length);
  disable("data-take", !last());
  app.view.sketch(DONE, every.length ? together(features()) : null);
}

/** @param {App} app @param {HTMLFormElement} form @param {Drawn} drawn @param {() => void} remove */
function row(app, form, drawn, remove) {
  const kind = form.querySelector(`[value=${drawn.kind}]`)?.parentElement?.textContent?.trim();
  const size = sizeSaid(app.language, drawn);
  const item = document.createElement("li");
  const words = Object.assign(document.createElement("span"), { textContent: [drawn.note || kind, size].filter(Boolean).join(" · ") });
  const button = Object.assign(document.createElement("button"), { type: "button", className: "small", textContent: form.dataset.remove ?? "" });
  button.ariaLabel = `${form.dataset.remove}: ${words.textContent}`;
  button.addEventListener("click", remove);
  item.append(words, button);
  return item;
}

/** @param {string} language @param {Drawn} drawn */
function sizeSaid(language, { kind, places, radius }) {
  const shape = /** @type {any} */ (geometry(kind, places, radius));
  if (shape.type === "LineString") return lengthSaid(language, length(shape.coordinates));
  return shape.type === "Polygon" ? areaSaid(language, area(shape.coordinates[0].slice(0, -1))) : "";
}

const features = () => kept().map(({ kind, places, radius, note }) => feature(/** @type {object} */ (geometry(kind, places, radius)), note ? { note } : {}));

/** @param {HTMLFormElement} form */
function save(form) {
  const blob = new Blob([JSON.stringify(together(features()))], { type: "application/geo+json" });
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: form.dataset.file });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href));
}

/** The last area that was drawn. */
const last = () => kept().filter(({ kind }) => ["polygon", "box", "circle"].includes(kind)).pop();

/** @param {App} app */
function take(app) {
  const drawn = last();
  if (drawn) app.open("download", drawn);
}
