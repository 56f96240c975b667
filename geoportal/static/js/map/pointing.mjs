// @ts-check
// Points that are set on the map by click or from its centre, or typed: the lines of a text area.

import { read, written } from "./positions.mjs";

/** @typedef {import("./app.mjs").App} App */
/** @typedef {import("./geodesy.mjs").Position} Position */

export class Pointing {
  /**
   * @param {App} app @param {HTMLElement} panel with buttons data-center, data-undo, data-clear
   * @param {HTMLTextAreaElement} text one point a line
   * @param {() => void} changed
   */
  constructor(app, panel, text, changed) {
    this.app = app;
    this.text = text;
    this.changed = changed;
    for (const each of /** @type {NodeListOf<HTMLElement>} */ (panel.querySelectorAll("[data-with-map]"))) each.hidden = false;
    for (const each of panel.querySelectorAll("[data-without-script]")) each.remove();
    const on = (/** @type {string} */ name, /** @type {() => void} */ f) => panel.querySelector(`[${name}]`)?.addEventListener("click", f);
    on("data-center", () => this.#add([app.view.center().lng, app.view.center().lat]));
    on("data-undo", () => this.#write(this.#lines().slice(0, -1)));
    on("data-clear", () => this.#write([]));
    text.addEventListener("input", changed);
    this.cross = Object.assign(document.createElement("span"), { className: "map-cross", ariaHidden: "true" });
    app.stage.after(this.cross);
  }

  /** Take what is clicked on the map, or let it go. @param {boolean} on */
  listen(on) {
    this.app.capture(on ? ({ lng, lat }) => this.#add([lng, lat]) : null);
    this.cross.hidden = !on;
  }

  /** The points in order; lines that say none are left out. @returns {Position[]} */
  get places() {
    return this.#lines().map(read).filter((place) => place !== null);
  }

  /** Lines that say no point. @returns {string[]} */
  get wrong() {
    return this.#lines().filter((line) => !read(line));
  }

  /** Put points in place of those that are there. @param {Position[]} places */
  set places(places) {
    this.#write(places.map(written));
  }

  end() {
    this.app.capture(null);
    this.cross.remove();
  }

  #lines() {
    return this.text.value.split("\n").map((line) => line.trim()).filter(Boolean);
  }

  /** @param {string[]} lines */
  #write(lines) {
    this.text.value = lines.map((line) => `${line}\n`).join("");
    this.text.scrollTop = this.text.scrollHeight;
    this.changed();
  }

  /** @param {Position} place */
  #add([longitude, latitude]) {
    this.#write([...this.#lines(), written([((((longitude + 180) % 360) + 360) % 360) - 180, latitude])]);
  }
}

/** A point of GeoJSON. @param {Position} coordinates */
export const point = (coordinates) => feature({ type: "Point", coordinates });

/** @param {object} geometry @param {Record<string, unknown>} [properties] */
export const feature = (geometry, properties = {}) => ({ type: "Feature", properties, geometry });

/** @param {object[]} features */
export const together = (features) => ({ type: "FeatureCollection", features });
