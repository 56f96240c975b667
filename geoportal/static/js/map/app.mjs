// @ts-check
// The eMap. The page works without this module; it adds the map and the tools, and holds all together.

import * as looks from "./looks.mjs";
import { State } from "./state.mjs";

/** @typedef {import("./drawing.mjs").Collection} Collection */
/** @typedef {import("./drawing.mjs").Look} Look */
/** @typedef {[number, number, number, number]} Box west, south, east, north in degrees */
/** @typedef {{lng: number, lat: number}} LngLat */
/** @typedef {{x: number, y: number}} Point in pixels of the map */
/** @typedef {"change" | "moved" | "loaded" | "clicked" | "theme" | "missing" | "described" | "drawn" | "looks"} Event */

/**
 * Whatever draws: maplibre.mjs, or leaflet.mjs without WebGL.
 * @typedef {{kind: "maplibre" | "leaflet", bounds(): Box, center(): LngLat, zoom(): number,
 *   fit(bbox: number[], animate?: boolean): void, go(at: LngLat, zoom?: number): void,
 *   show(ids: string[]): void, restyle(id: string): void, mark(collection: string | null, fid: string): void,
 *   sketch(name: string, geojson: object | null): void,
 *   at(point: Point): Promise<{collection: string, id: string, name: string}[]>,
 *   counts(): Promise<Record<string, number>>, base(id: string): void, picture(): Promise<Blob>,
 *   resize(): void}} View
 */

const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const stage = $("map");

/**
 * What the server says to the scripts.
 * @type {{library: string, library_css: string, leaflet: string, leaflet_css: string,
 *   basemaps: {list: import("./basemap.mjs").Basemap[], first: string}, collections: Collection[], words: Record<string, any>,
 *   looks: Record<string, any>, fonts: Record<string, unknown>, extent: Box, layers: string[], prefix: string}}
 */
const settings = JSON.parse($("settings").textContent ?? "");
const STYLES = new URL("../../css/", import.meta.url); // of the same version as this module
const CALM = matchMedia("(prefers-reduced-motion: reduce)");
const DARK = matchMedia("(prefers-color-scheme: dark)");

export class App {
  /** @type {View} */ view = /** @type {any} */ (null);
  /** The MapLibre map; null in another view. @type {any} */ map = null;
  /** All that was described so far; ask `described` for more. @type {Map<string, Collection>} */
  collections = new Map(settings.collections.map((each) => [each.id, each]));
  /** How layers are drawn otherwise than in one colour. @type {Map<string, Look>} */ looks = new Map();
  settings = settings;
  stage = stage;
  words = settings.words;
  language = document.documentElement.lang;
  calm = CALM.matches;
  touch = matchMedia("(pointer: coarse)").matches;
  /** @type {Map<string, Set<(detail: any) => void>>} */ #heard = new Map();
  /** @type {((at: LngLat, point: Point) => void) | null} */ #capturing = null;
  /** @type {{name: string, module: any, from: HTMLElement | null} | null} */ #open = null;
  /** @type {Promise<void> | null} */ #all = null;

  constructor() {
    /** When the view can be worked with, or will not come. @type {Promise<void>} */
    this.ready = new Promise((done) => (this.started = () => done()));
    this.state = new State(settings.layers, (changed) => this.emit("change", { changed, state: this.state.get() }));
    DARK.addEventListener("change", () => this.emit("theme", {}));
    new MutationObserver(() => this.emit("theme", {})).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  }

  /** An address of this site in the page's language. @param {string} path @param {Record<string, any>} [query] */
  link(path, query = {}) {
    const given = Object.entries(query).filter(([, value]) => value !== "" && value !== null && value !== undefined);
    const asked = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
    return `${settings.prefix}${path}${given.length ? `?${asked}` : ""}`;
  }

  /** A sentence with its `{names}` filled. @param {string} key @param {Record<string, any>} [values] */
  word(key, values = {}) {
    return filled(this.words[key], values);
  }

  /** A sentence that counts. @param {string} key @param {number} n */
  counted(key, n) {
    const forms = this.words[key];
    const form = new Intl.PluralRules(this.language).select(n);
    const at = form === "one" ? 0 : form === "few" ? 1 : forms.length - 1;
    return filled(forms[at], { n, shown: n.toLocaleString(this.language) });
  }

  /** Say something in a line that screen readers read out; empty takes it away. @param {string} text */
  say(text) {
    $("map-note").textContent = text;
    $("map-note").hidden = !text;
  }

  dark() {
    const theme = document.documentElement.dataset.theme;
    return theme ? theme === "dark" : DARK.matches;
  }

  /** Load a stylesheet of the site, once. @param {string} name @returns {Promise<void>} */
  stylesheet(name) {
    const href = new URL(name, STYLES).pathname;
    if (document.querySelector(`link[rel=stylesheet][href="${CSS.escape(href)}"]`)) return Promise.resolve();
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
    document.head.append(link);
    return new Promise((done) => ["load", "error"].forEach((event) => link.addEventListener(event, () => done())));
  }

  /** Hear of an event until the function that is given is called. @param {Event} event @param {(detail: any) => void} heard */
  on(event, heard) {
    const all = this.#heard.get(event) ?? new Set();
    this.#heard.set(event, all.add(heard));
    return () => void all.delete(heard);
  }

  /** @param {Event} event @param {any} detail */
  emit(event, detail) {
    for (const heard of [...(this.#heard.get(event) ?? [])]) heard(detail);
  }

  /** A tool takes what is clicked on the map, until null. @param {((at: LngLat, point: Point) => void) | null} taken */
  capture(taken) {
    this.#capturing = taken;
    stage.classList.toggle("taken", Boolean(taken));
  }

  /** A view tells of a click. @param {LngLat} at @param {Point} point */
  clicked(at, point) {
    if (this.#capturing) this.#capturing(at, point);
    else this.emit("clicked", { at, point });
  }

  /** Have collections described: these, or all that there are. @param {string[]} [ids] */
  async described(ids) {
    if (ids?.every((id) => this.collections.has(id))) return;
    this.#all ??= this.#describe().catch((error) => {
      this.#all = null;
      throw error;
    });
    await this.#all;
  }

  async #describe() {
    const answer = await fetch(this.link("/map/layers.json"));
    if (!answer.ok) throw new Error(`${answer.status} ${answer.url}`);
    for (const each of (await answer.json()).collections) if (!this.collections.has(each.id)) this.collections.set(each.id, each);
    this.emit("described", {});
  }

  /** Open a tool in the panel; its module is loaded at its first use. @param {string} name @param {any} [detail] what it is to begin with */
  async open(name, detail) {
    const from = /** @type {HTMLElement | null} */ (document.activeElement);
    this.close();
    await this.ready;
    let module;
    try {
      module = await import(`./${name}.mjs`);
    } catch {
      return this.say(this.words.tool_failed);
    }
    if (module.needs === "webgl" && !this.map) return this.say(this.words.needs_webgl);
    this.#open = { name, module, from: from?.matches("[data-open]") ? from : null };
    const button = document.querySelector(`[data-tool="${CSS.escape(name)}"]`);
    button?.setAttribute("aria-expanded", "true");
    $("tool-title").textContent = button?.textContent?.trim() ?? "";
    $("tool").hidden = false;
    await module.open(this, $("tool-body"), detail);
    $("tool-title").focus({ preventScroll: true });
    $("tool").scrollIntoView({ block: "nearest", behavior: this.calm ? "auto" : "smooth" });
  }

  /** Close the tool that is open. */
  close() {
    if (!this.#open) return;
    const { name, module, from } = this.#open;
    this.#open = null;
    this.capture(null);
    module.close(this);
    $("tool").hidden = true;
    $("tool-body").replaceChildren();
    const button = /** @type {HTMLElement | null} */ (document.querySelector(`[data-tool="${CSS.escape(name)}"]`));
    button?.setAttribute("aria-expanded", "false");
    (from?.checkVisibility() ? from : button)?.focus({ preventScroll: true });
  }

  /** The name of the tool that is open, or empty. */
  get tool() {
    return this.#open?.name ?? "";
  }

  /** The box of layers together; null where none has one. @param {string[]} ids @returns {Box | null} */
  around(ids) {
    const known = /** @type {Box[]} */ (ids.map((id) => this.collections.get(id)?.bounds).filter(Boolean));
    if (!known.length) return null;
    const side = (/** @type {number} */ i, /** @type {(...n: number[]) => number} */ pick) => pick(...known.map((box) => box[i]));
    return [side(0, Math.min), side(1, Math.min), side(2, Math.max), side(3, Math.max)];
  }
}

/** @param {string} text @param {Record<string, any>} values */
const filled = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));

/** The buttons of the tools: shown where they can do something. @param {App} app @param {boolean} webgl */
function toolbar(app, webgl) {
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-tool]"))) {
    button.hidden = button.dataset.needs === "webgl" && !webgl;
    button.addEventListener("click", () => (app.tool === button.dataset.tool ? app.close() : app.open(button.dataset.tool ?? "")));
  }
  $("tools").hidden = !document.querySelector("[data-tool]:not([hidden])");
  $("tool-close").addEventListener("click", () => app.close());
  for (const id of ["tool", "tools"]) {
    $(id).addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented) app.close();
    });
  }
}

/** What stands around the map. It is loaded beside the map, which waits for none of it. */
const PARTS = ["cards", "tree", "list", "identify", "legend", "display", "search"];

async function start() {
  const app = new App();
  /** @type {any} */ (window).emap = app; // for the tests, and for who wants to look
  const drawer = document.createElement("canvas").getContext("webgl2") ? "maplibre" : "leaflet";
  toolbar(app, drawer === "maplibre");
  const drawing = import(`./${drawer}.mjs`).then(({ open }) => open(app));
  drawing.catch(() => undefined); // told below, when all around the map is there
  looks.begin(app);
  try {
    const parts = await Promise.all(PARTS.map((name) => import(`./${name}.mjs`)));
    for (const part of parts) part.begin(app);
    await app.described(app.state.get().layers).catch(() => app.say(app.words.tiles_failed));
    await drawing;
    app.emit("loaded", {});
  } catch (error) {
    app.say(app.words[drawer === "leaflet" ? "no_webgl" : "tiles_failed"]);
    console.info(error);
  }
  app.started();
  if (app.map && app.state.get().compare) app.open("compare");
}

start();
