// @ts-check
// Comparing: a second map over the first, cut at an edge that is a slider.

import { add, ground, layersOf } from "./drawing.mjs";
import { put } from "../pieces.mjs";

/** @typedef {import("./app.mjs").App} App */

export const needs = "webgl";
const MIDDLE = 50;
/** @type {(() => void)[]} */
let ends = [];
/** @type {any} */
let beside = null;
let turn = 0;

/** @param {App} app @param {HTMLElement} panel */
export async function open(app, panel) {
  await app.stylesheet("map-tools.css");
  const form = /** @type {HTMLFormElement} */ (await put(`${app.link("/map/compare")}?${app.state.query()}&piece=1`, panel));
  for (const each of /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll("[data-with-map]"))) each.hidden = false;
  form.querySelector("[data-without-script]")?.remove();
  const choice = /** @type {HTMLSelectElement} */ (form.elements.namedItem("compare"));
  choice.addEventListener("change", () => show(app, form, choice));
  form.addEventListener("submit", (event) => event.preventDefault());
  if (choice.value) await show(app, form, choice);
}

/** @param {App} app */
export function close(app) {
  away();
  app.state.set({ compare: "" });
}

function away() {
  turn++;
  for (const end of ends) end();
  ends = [];
  beside?.remove();
  beside = null;
  document.querySelector(".beside-all")?.remove();
}

/** @param {App} app @param {HTMLFormElement} form @param {HTMLSelectElement} choice */
async function show(app, form, choice) {
  away();
  const mine = turn;
  app.state.set({ compare: choice.value });
  const [id, version] = choice.value.split("@");
  if (!id) return;
  const library = await import(app.settings.library);
  await app.described([id]);
  if (mine !== turn) return; // another was chosen, or the tool closed
  const whole = made("div", "beside-all");
  const holder = made("div", "beside-map");
  whole.append(holder);
  app.stage.after(whole);
  beside = new library.Map({
    container: holder,
    style: ground(app.settings.fonts, app.state.get().labels || app.language, app.dark()),
    ...place(app.map),
    interactive: false,
    attributionControl: false,
    fadeDuration: 0,
  });
  beside.getCanvas().tabIndex = -1;
  beside.getCanvas().ariaHidden = "true";
  slider(whole, form, choice);
  await new Promise((done) => beside.once("style.load", done));
  if (mine !== turn) return;
  draw(app, id, version);
  const follow = () => beside.jumpTo(place(app.map));
  app.map.on("move", follow);
  ends.push(() => app.map.off("move", follow), app.on("change", () => draw(app, id, version)), app.on("theme", () => show(app, form, choice)));
  follow();
}

/** @param {any} map */
const place = (map) => ({ center: map.getCenter(), zoom: map.getZoom(), bearing: map.getBearing(), pitch: map.getPitch() });

/**
 * A layer alone, or all layers that are on with one of them as it was.
 * @param {App} app @param {string} id @param {string} [version]
 */
function draw(app, id, version) {
  const { layers, opacity, extruded } = app.state.get();
  const ids = version && layers.includes(id) ? [...layers].reverse() : [id];
  for (const each of ids) {
    const collection = app.collections.get(each);
    if (!collection) continue;
    const drawn = { dark: app.dark(), opacity: opacity[each] ?? 1, extruded, look: app.looks.get(each) };
    const then = version && each === id ? { ...collection, version: Number(version), tiles: collection.tiles.replace(/([?&]v=)\d+/, `$1${version}`) } : collection;
    add(beside, then, layersOf(then, drawn));
  }
}

/** The edge, and what lies left and right of it. @param {HTMLElement} whole @param {HTMLFormElement} form @param {HTMLSelectElement} choice */
function slider(whole, form, choice) {
  const range = /** @type {HTMLInputElement} */ (made("input", "beside-slider"));
  Object.assign(range, { type: "range", min: "0", max: "100", step: "0.5", value: String(MIDDLE), ariaLabel: form.dataset.slider ?? "" });
  const edge = made("span", "beside-edge");
  const option = choice.selectedOptions[0];
  const group = option.parentElement instanceof HTMLOptGroupElement && choice.value.includes("@") ? `${option.parentElement.label.split(": ").slice(1).join(": ")}, ` : "";
  const [left, right] = [form.dataset.left ?? "", group + option.text].map((text, i) => {
    const said = made("span", `beside-said ${i ? "right" : "left"}`);
    said.textContent = text;
    return said;
  });
  const move = () => {
    const share = `${Number(range.value)}%`;
    whole.style.setProperty("--edge", share);
    range.setAttribute("aria-valuetext", `${Math.round(Number(range.value))} %`);
  };
  range.addEventListener("input", move);
  whole.append(edge, left, right, range);
  move();
}

/** @param {string} name @param {string} className @returns {HTMLElement} */
const made = (name, className) => Object.assign(document.createElement(name), { className });
