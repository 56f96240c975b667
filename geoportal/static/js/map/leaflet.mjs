// @ts-check
// The map where there is no WebGL: Leaflet, with pictures that the server draws by the same styles.

import * as basemap from "./basemap.mjs";
import { scheme } from "./drawing.mjs";

/** @typedef {import("./app.mjs").App} App */
/** @typedef {import("./app.mjs").View} View */

const PADDING = /** @type {[number, number]} */ ([32, 32]);
const CLOSEST = 16; // Leaflet counts zooms from a world of 256 pixels, the address from one of 512
const DEEPEST = 20;
const TILE_PX = 512;
const REACH = { mouse: 6, touch: 14 };
const RATIO = devicePixelRatio > 1.4 ? 2 : 1;
const DRAWN_BY = /** @type {const} */ (["style", "where"]);

/** Make the map. @param {App} app @returns {Promise<View>} */
export async function open(app) {
  const { settings } = app;
  await Promise.all([import(settings.leaflet), app.stylesheet(settings.leaflet_css), app.stylesheet("map-leaflet.css")]);
  const L = /** @type {any} */ (window).L;
  const { center, zoom, bbox, layers } = app.state.get();
  const map = L.map(app.stage, { zoomControl: false, attributionControl: false, maxZoom: DEEPEST, fadeAnimation: !app.calm, zoomAnimation: !app.calm, inertia: !app.calm, worldCopyJump: false });
  if (center && zoom !== null) map.setView([center[1], center[0]], Math.round(zoom + 1), { animate: false });
  else map.fitBounds(corners(bbox ?? app.around(layers) ?? settings.extent), { padding: PADDING, maxZoom: CLOSEST, animate: false });
  L.control.zoom({ position: "topright", zoomInTitle: app.words.zoom_in, zoomOutTitle: app.words.zoom_out }).addTo(map);
  L.control.scale({ position: "bottomright", imperial: false }).addTo(map);
  const view = new LeafletView(app, map, L);
  app.view = view;
  view.begin();
  app.say(app.words.drawn_by_server);
  return view;
}

/** A box as Leaflet has it. @param {number[]} box */
const corners = ([west, south, east, north]) => [[south, west], [north, east]];

/** @implements {View} */
class LeafletView {
  kind = /** @type {const} */ ("leaflet");
  /** @type {Map<string, any>} */ #layers = new Map();
  /** @type {Map<string, any>} */ #sketches = new Map();
  /** @type {any} */ #marked = null;
  /** @type {any} */ #names = null;
  /** @type {any[]} */ #ground = [];
  /** @type {Set<string>} */ #missing = new Set();
  #turn = 0;
  #naming = 0;

  /** @param {App} app @param {any} map @param {any} L */
  constructor(app, map, L) {
    this.app = app;
    this.map = map;
    this.L = L;
  }

  begin() {
    const { app, map } = this;
    const stage = map.getContainer();
    stage.setAttribute("role", "region");
    stage.setAttribute("aria-label", app.words.map_region);
    stage.setAttribute("aria-describedby", "map-help");
    stage.dataset.view = "leaflet";
    map.createPane("ground").style.zIndex = "150";
    map.createPane("names").style.zIndex = "450";
    map.getPane("names").style.pointerEvents = "none";
    map.on("click", (/** @type {any} */ { latlng, containerPoint }) => app.clicked({ lng: latlng.lng, lat: latlng.lat }, containerPoint));
    map.on("moveend", () => this.#moved());
    map.on("zoomstart", () => this.#names?.setOpacity(0));
    app.on("theme", () => this.#all());
    app.on("looks", () => this.#written());
    app.on("described", () => this.show(app.state.get().layers));
    app.on("change", ({ changed, state }) => {
      if (changed.has("base")) this.base(state.base);
      if (changed.has("layers")) this.show(state.layers);
      else if (["opacity", "style", "where", "time"].some((name) => changed.has(name))) state.layers.forEach((/** @type {string} */ id) => this.restyle(id));
      if (changed.has("labels")) this.#written();
    });
    this.#all();
  }

  #all() {
    const { base, layers } = this.app.state.get();
    this.app.stage.style.background = scheme(this.app.dark()).ground;
    this.base(base);
    this.show(layers);
  }

  bounds() {
    const box = this.map.getBounds();
    return /** @type {import("./app.mjs").Box} */ ([box.getWest(), box.getSouth(), box.getEast(), box.getNorth()]);
  }

  center() {
    const { lng, lat } = this.map.getCenter();
    return { lng, lat };
  }

  zoom() {
    return this.map.getZoom() - 1;
  }

  /** @param {number[]} bbox */
  fit(bbox, animate = true) {
    this.map.fitBounds(corners(bbox), { padding: PADDING, maxZoom: CLOSEST, animate: animate && !this.app.calm });
  }

  /** @param {{lng: number, lat: number}} at @param {number} [zoom] */
  go({ lng, lat }, zoom = this.zoom()) {
    this.map.setView([lat, lng], Math.round(zoom + 1), { animate: !this.app.calm });
  }

  /** @param {string[]} ids top first */
  show(ids) {
    for (const [id, layer] of this.#layers) {
      if (ids.includes(id)) continue;
      layer.remove();
      this.#layers.delete(id);
    }
    ids.forEach((id, i) => this.#draw(id, ids.length - i));
    const { feature } = this.app.state.get();
    this.mark(feature?.collection ?? null, feature?.id ?? "");
    this.#written();
  }

  /** @param {string} id @param {number} [height] above other layers */
  #draw(id, height) {
    const collection = this.app.collections.get(id);
    if (!collection) return;
    const address = this.#address(collection);
    const known = this.#layers.get(id);
    const layer = known ?? this.L.tileLayer(address, { tileSize: TILE_PX, zoomOffset: -1, maxZoom: DEEPEST, ...(collection.bounds && { bounds: around(collection.bounds) }) });
    if (known?._url !== undefined && known._url !== address) layer.setUrl(address);
    if (height !== undefined) layer.setZIndex(height);
    layer.setOpacity(this.app.state.get().opacity[id] ?? 1);
    if (known) return;
    layer.on("tileerror", () => this.#failed(collection));
    layer.on("load", () => this.#idle());
    this.#layers.set(id, layer.addTo(this.map));
  }

  /** Where the tiles of a layer are; all that they show is in the address. @param {import("./drawing.mjs").Collection} collection */
  #address({ id, version, colour, shape }) {
    const state = this.app.state.get();
    const asked = new URLSearchParams({ v: String(version), size: String(TILE_PX), ratio: String(RATIO), look: `${shape}${colour.slice(1)}` });
    for (const name of DRAWN_BY) if (state[name][id]) asked.set(`${name}.${id}`, state[name][id]);
    if (state.time) asked.set("time", state.time);
    if (this.app.dark()) asked.set("dark", "1");
    return `/raster/${encodeURIComponent(id)}/{z}/{x}/{y}.png?${asked}`;
  }

  /** @param {string} id */
  restyle(id) {
    this.#draw(id);
    this.#written();
  }

  /** Names over all layers, as one picture of what is in view. */
  #written() {
    clearTimeout(this.#naming);
    this.#naming = window.setTimeout(() => this.#write(), 150);
  }

  #write() {
    const { app, map, L } = this;
    const { x, y } = map.getSize();
    const before = this.#names;
    this.#names = null;
    if (!app.state.get().layers.length || x < 16 || y < 16) return before?.remove();
    const query = this.#picture(x, y, { only: "names" });
    const names = L.imageOverlay(app.link("/map/picture.png") + query, map.getBounds(), { pane: "names", alt: "" });
    names.once("load", () => before?.remove());
    names.once("error", () => before?.remove());
    this.#names = names.addTo(map);
  }

  /** The query of a picture of what is in view. @param {number} width @param {number} height @param {Record<string, string>} more */
  #picture(width, height, more = {}) {
    const { lng, lat } = this.center();
    const asked = { width, height, ratio: RATIO, dark: this.app.dark() ? 1 : 0, ...more };
    const where = this.app.state.query({ center: [lng, lat], zoom: this.zoom(), feature: null });
    return `?${where}&${new URLSearchParams(Object.entries(asked).map(([name, value]) => [name, String(value)]))}`;
  }

  /** @param {string | null} id @param {string} fid */
  async mark(id, fid) {
    const mine = ++this.#turn;
    this.#marked?.remove();
    this.#marked = null;
    if (!id || !fid || !this.app.collections.has(id)) return;
    try {
      const answer = await fetch(`/ogc/collections/${encodeURIComponent(id)}/items/${encodeURIComponent(fid)}`, { headers: { Accept: "application/geo+json" } });
      if (answer.ok && mine === this.#turn) this.#marked = this.#shape(await answer.json(), scheme(this.app.dark()).ink, 4).addTo(this.map);
    } catch {
      // the panel tells of the feature all the same
    }
  }

  /** @param {any} geojson @param {string} color @param {number} weight @param {string} [dashArray] */
  #shape(geojson, color, weight, dashArray) {
    const { L } = this;
    const style = { color, weight, dashArray, fillOpacity: 0.12, interactive: false };
    return L.geoJSON(geojson, { style: () => style, interactive: false, pointToLayer: (/** @type {any} */ _, /** @type {any} */ at) => L.circleMarker(at, { ...style, radius: 12 }) });
  }

  /** @param {string} name @param {any} geojson */
  sketch(name, geojson) {
    this.#sketches.get(name)?.remove();
    this.#sketches.delete(name);
    if (geojson) this.#sketches.set(name, this.#shape(geojson, scheme(this.app.dark()).sketch, 3, "6 4").addTo(this.map));
  }

  /** @param {{x: number, y: number}} point */
  async at({ x, y }) {
    const reach = this.app.touch ? REACH.touch : REACH.mouse;
    const low = this.map.containerPointToLatLng([x - reach, y + reach]);
    const high = this.map.containerPointToLatLng([x + reach, y - reach]);
    const found = await this.#found([low.lng, low.lat, high.lng, high.lat]);
    return [...found.querySelectorAll("a[data-id]")].map((each) => {
      const { collection = "", id = "" } = /** @type {HTMLElement} */ (each).dataset;
      return { collection, id, name: each.textContent?.trim() ?? "" };
    });
  }

  async counts() {
    const found = await this.#found(this.bounds());
    const counted = this.app.state.get().layers.map((id) => [id, found.querySelector(`#in-view-${CSS.escape(id)} .chip`)?.textContent ?? "0"]);
    return Object.fromEntries(counted.map(([id, said]) => [id, Number(said.replace(/\D/g, ""))]));
  }

  /** The list of what is in a box, as the server renders it. @param {number[]} bbox */
  async #found(bbox) {
    const answer = await fetch(`${this.app.link("/map/list")}?${this.app.state.query({ bbox, center: null, zoom: null, feature: null })}`);
    return new DOMParser().parseFromString(answer.ok ? await answer.text() : "", "text/html").body;
  }

  /** @param {string} id */
  base(id) {
    for (const layer of this.#ground) layer.remove();
    this.#ground = basemap.tileLayers(this.app, this.L, id).map((layer) => layer.addTo(this.map));
    for (const layer of this.#ground) layer.on("tileerror", () => basemap.failed(this.app));
  }

  /** The map as it is seen now, as PNG. @returns {Promise<Blob>} */
  async picture() {
    const { x, y } = this.map.getSize();
    const answer = await fetch(this.app.link("/map/picture.png") + this.#picture(x, y));
    if (!answer.ok) throw new Error(`${answer.status} ${answer.url}`);
    return answer.blob();
  }

  resize() {
    this.map.invalidateSize({ animate: false });
  }

  #moved() {
    const { lng, lat } = this.center();
    this.app.state.set({ center: [lng, lat], zoom: this.zoom() });
    this.#written();
    this.app.emit("moved", { bounds: this.bounds() });
    this.#idle();
  }

  #idle() {
    this.app.stage.dataset.idle = String(Date.now());
    this.app.emit("drawn", {});
  }

  /** A tile did not come: said once for each layer. @param {import("./drawing.mjs").Collection} collection */
  #failed({ id, title }) {
    if (this.#missing.has(id)) return;
    this.#missing.add(id);
    this.app.say(this.app.word("layer_failed", { title }));
    this.app.emit("missing", { collection: id });
  }
}

/** A box with room for symbols at its edge. @param {number[]} box */
function around([west, south, east, north]) {
  const [wide, high] = [Math.max(east - west, 0.01) / 10, Math.max(north - south, 0.01) / 10];
  return [[south - high, west - wide], [north + high, east + wide]];
}
