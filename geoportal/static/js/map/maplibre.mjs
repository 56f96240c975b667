// @ts-check
// The map drawn by MapLibre, with WebGL.

import { APART, apart } from "./crowds.mjs";
import * as basemap from "./basemap.mjs";
import { add, ground, idOf, layersOf, mark, paint, remove, scheme, symbol, targets } from "./drawing.mjs";

/** @typedef {import("./app.mjs").App} App */
/** @typedef {import("./app.mjs").View} View */

const PADDING = 32;
/** Room around what is shown whole, less on a small stage. @param {HTMLElement} stage */
const padding = (stage) => Math.min(PADDING, stage.clientWidth / 5, stage.clientHeight / 5);
const CLOSEST = 15; // no nearer when a layer or a feature is shown whole
const REACH = { mouse: 6, touch: 14 };

/** Make the map; the app's `view` and `map` are set when it can be worked with. @param {App} app @returns {Promise<View>} */
export async function open(app) {
  const { settings } = app;
  app.stylesheet(settings.library_css);
  const library = await import(settings.library);
  const { center, zoom, bbox, pitch, bearing, layers } = app.state.get();
  const box = bbox ?? app.around(layers) ?? settings.extent;
  const map = new library.Map({
    container: app.stage,
    style: ground(settings.fonts, script(app), app.dark()),
    ...(center && zoom !== null ? { center, zoom } : { bounds: box, fitBoundsOptions: { padding: padding(app.stage), maxZoom: CLOSEST } }),
    pitch: pitch ?? 0,
    bearing: bearing ?? 0,
    attributionControl: false,
    canvasContextAttributes: { preserveDrawingBuffer: false },
    cooperativeGestures: app.touch,
    fadeDuration: app.calm ? 0 : 150,
    locale: locale(app),
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new library.NavigationControl({ showCompass: true, visualizePitch: true }), "top-right");
  map.addControl(new library.ScaleControl({ unit: "metric" }), "bottom-right");
  map.getCanvas().setAttribute("aria-describedby", "map-help");
  const view = new MapLibreView(app, map);
  await new Promise((done) => map.once("style.load", done));
  app.map = map;
  app.view = view;
  view.begin();
  return view;
}

/** The script in which labels are written. @param {App} app */
const script = (app) => app.state.get().labels || app.language;

/** @param {App} app */
function locale({ words }) {
  return {
    "Map.Title": words.map_region,
    "NavigationControl.ZoomIn": words.zoom_in,
    "NavigationControl.ZoomOut": words.zoom_out,
    "NavigationControl.ResetBearing": words.north_up,
    "CooperativeGesturesHandler.MobileHelpText": words.two_fingers,
    "CooperativeGesturesHandler.WindowsHelpText": words.ctrl_scroll,
    "CooperativeGesturesHandler.MacHelpText": words.cmd_scroll,
  };
}

/** @implements {View} */
class MapLibreView {
  kind = /** @type {const} */ ("maplibre");
  /** @type {Set<string>} */ #missing = new Set();

  /** @param {App} app @param {any} map */
  constructor(app, map) {
    this.app = app;
    this.map = map;
  }

  begin() {
    const { app, map } = this;
    basemap.lay(app, map);
    map.on("click", async (/** @type {any} */ event) => {
      if (!(await apart(map, event.point, app.calm))) app.clicked(event.lngLat, event.point);
    });
    if (!app.touch) map.on("mousemove", (/** @type {any} */ event) => this.#pointed(event.point));
    map.on("moveend", () => this.#moved());
    map.on("error", (/** @type {any} */ event) => this.#failed(event));
    map.on("idle", () => {
      app.stage.dataset.idle = String(Date.now());
      app.emit("drawn", {});
    });
    app.on("theme", () => this.#recoloured());
    app.on("change", ({ changed, state }) => {
      if (changed.has("labels")) map.setGlobalStateProperty("script", script(app));
      if (changed.has("base") || changed.has("layers")) basemap.lay(app, map);
      if (changed.has("layers")) this.show(state.layers);
      else if (["opacity", "style", "where", "time", "extruded"].some((name) => changed.has(name))) state.layers.forEach((/** @type {string} */ id) => this.restyle(id));
    });
    app.on("described", () => this.show(app.state.get().layers));
    this.show(app.state.get().layers);
  }

  bounds() {
    return this.map.getBounds().toArray().flat();
  }

  center() {
    return this.map.getCenter();
  }

  zoom() {
    return this.map.getZoom();
  }

  /** @param {number[]} bbox */
  fit(bbox, animate = true) {
    this.map.fitBounds(bbox, { padding: padding(this.app.stage), maxZoom: CLOSEST, animate: animate && !this.app.calm });
  }

  /** @param {{lng: number, lat: number}} at @param {number} [zoom] */
  go(at, zoom = this.zoom()) {
    if (this.app.calm) this.map.jumpTo({ center: at, zoom });
    else this.map.easeTo({ center: at, zoom });
  }

  /** @param {string[]} ids top first */
  show(ids) {
    const known = ids.filter((id) => this.app.collections.has(id));
    for (const id of this.app.collections.keys()) if (!known.includes(id)) remove(this.map, id);
    for (const id of [...known].reverse()) this.#draw(id);
    const { feature } = this.app.state.get();
    this.mark(feature?.collection ?? null, feature?.id ?? "");
  }

  /** @param {string} id */
  #draw(id) {
    const { app, map } = this;
    const collection = /** @type {import("./drawing.mjs").Collection} */ (app.collections.get(id));
    add(map, collection, layersOf(collection, this.#drawn(id)));
  }

  /** @param {string} id */
  #drawn(id) {
    const { opacity, extruded } = this.app.state.get();
    return { dark: this.app.dark(), opacity: opacity[id] ?? 1, extruded, look: this.app.looks.get(id) };
  }

  /** @param {string} id */
  restyle(id) {
    const collection = this.app.collections.get(id);
    if (!collection || !this.map.getSource(id)) return;
    const wanted = layersOf(collection, this.#drawn(id));
    if (!paint(this.map, collection, wanted)) this.show(this.app.state.get().layers); // other kinds of layers
  }

  /** @param {string | null} id @param {string} fid */
  mark(id, fid) {
    mark(this.map, (id && this.app.collections.get(id)) || null, fid, this.app.dark());
  }

  /** @param {string} name @param {any} geojson */
  sketch(name, geojson) {
    const { map } = this;
    const id = `sketch/${name}`;
    if (map.getSource(id) && geojson) return void map.getSource(id).setData(geojson);
    for (const kind of ["fill", "line", "point"]) if (map.getLayer(`${id}/${kind}`)) map.removeLayer(`${id}/${kind}`);
    if (map.getSource(id)) map.removeSource(id);
    if (!geojson) return;
    map.addSource(id, { type: "geojson", data: geojson });
    const colour = scheme(this.app.dark()).sketch;
    map.addLayer({ id: `${id}/fill`, type: "fill", source: id, filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": colour, "fill-opacity": 0.15 } }, "top");
    map.addLayer({ id: `${id}/line`, type: "line", source: id, filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": colour, "line-width": 3, "line-dasharray": [2, 1.5] } }, "top");
    map.addLayer({ id: `${id}/point`, type: "circle", source: id, filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 6, "circle-color": scheme(this.app.dark()).halo, "circle-stroke-color": colour, "circle-stroke-width": 3 } }, "top");
  }

  /** @param {{x: number, y: number}} point */
  async at({ x, y }) {
    const reach = this.app.touch ? REACH.touch : REACH.mouse;
    const layers = this.#targets();
    const found = this.map.queryRenderedFeatures([[x - reach, y - reach], [x + reach, y + reach]], { layers });
    const named = new Map(found.map((/** @type {any} */ feature) => {
      const collection = feature.source.replace(/\/points$/, ""); // of points that are put together
      return [`${collection}/${idOf(feature)}`, { collection, id: idOf(feature), name: this.#name(feature, collection) }];
    }));
    return [...named.values()];
  }

  /** @param {any} feature @param {string} collection */
  #name({ properties }, collection) {
    const { labels } = /** @type {import("./drawing.mjs").Collection} */ (this.app.collections.get(collection));
    const order = script(this.app) === "sr-Cyrl" ? labels.own : labels.latin;
    return String(order.map((name) => properties[name]).find((value) => value !== undefined && value !== "") ?? "");
  }

  /** How many are drawn, by layer, and by layer/number of each class of its legend. */
  async counts() {
    /** @type {Record<string, number>} */
    const counts = {};
    for (const id of this.app.state.get().layers) {
      const kind = this.app.looks.get(id)?.kind;
      if ((kind === "heat" || kind === "cluster") && this.zoom() < APART) continue; // none is drawn alone
      counts[id] = this.#count(id);
      const classes = this.app.looks.get(id)?.legend ?? [];
      classes.forEach(({ filter }, i) => filter && (counts[`${id}/${i}`] = this.#count(id, filter)));
    }
    return counts;
  }

  /** @param {string} id @param {any} [filter] */
  #count(id, filter) {
    const layers = targets(this.map, id);
    if (!layers.length) return 0;
    return new Set(this.map.queryRenderedFeatures({ layers, ...(filter && { filter }) }).map(idOf)).size;
  }

  /** The basemap is another. @param {string} id */
  async base(id) {
    this.app.state.set({ base: id });
  }

  /** The map as it is seen now, as PNG. @returns {Promise<Blob>} */
  picture() {
    const { map } = this;
    return new Promise((done, failed) => {
      map.once("render", () => map.getCanvas().toBlob((/** @type {Blob | null} */ blob) => (blob ? done(blob) : failed(new Error("no picture")))));
      map.triggerRepaint();
    });
  }

  resize() {
    this.map.resize();
  }

  #targets() {
    const { layers } = this.app.state.get();
    return layers.flatMap((id) => targets(this.map, id));
  }

  /** @param {{x: number, y: number}} point */
  #pointed(point) {
    this.map.getCanvas().style.cursor = this.map.queryRenderedFeatures(point, { layers: this.#targets() }).length ? "pointer" : "";
  }

  #moved() {
    const { map, app } = this;
    const { lng, lat } = map.getCenter();
    app.state.set({ center: [lng, lat], zoom: map.getZoom(), pitch: map.getPitch() || null, bearing: map.getBearing() || null });
    app.emit("moved", { bounds: this.bounds() });
  }

  /** A tile did not come: said once for each layer, until it is drawn again. @param {any} event */
  #failed({ sourceId, error }) {
    if (sourceId?.startsWith("base/")) return basemap.failed(this.app);
    if (sourceId && this.#missing.has(sourceId)) return;
    if (sourceId) this.#missing.add(sourceId);
    const title = this.app.collections.get(sourceId)?.title;
    this.app.say(title ? this.app.word("layer_failed", { title }) : this.app.words.tiles_failed);
    this.app.emit("missing", { collection: sourceId, error });
  }

  #recoloured() {
    const { map, app } = this;
    const colours = scheme(app.dark());
    map.setPaintProperty("ground", "background-color", colours.ground);
    basemap.lay(app, map);
    for (const image of map.listImages()) if (/ #/.test(image)) map.updateImage(image, symbol(...image.split(" "), app.dark()));
    for (const id of app.state.get().layers) this.restyle(id);
    const { feature } = app.state.get();
    this.mark(feature?.collection ?? null, feature?.id ?? "");
  }
}
