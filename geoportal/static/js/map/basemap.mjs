// @ts-check
// What the map lies on: layers of ours in quiet colours, tiles of others, or nothing.

import { scheme } from "./drawing.mjs";

/** @typedef {import("./app.mjs").App} App */
/**
 * @typedef {{role: string, layer: string, tiles: string, minzoom: number, maxzoom: number,
 *   labels: {own: string[], latin: string[]}}} Part
 * @typedef {{name: string, title: string, lang: string, attribution: string, creditLang: string, link: string, pictures: string[], own: boolean,
 *   pixels: number, maxzoom: number, parts: Part[], colours: Record<string, [string, string]>}} Basemap
 */

export const NONE = "none";
const PREFIX = "base/";
const WIDTHS = /** @type {Record<string, [number, number]>} */ ({ roads: [0.4, 6], boundaries: [0.5, 1.6], water: [0.6, 2.5] });
const OWN_PX = 512;
let told = false;

/** The basemap of an address; null for none. @param {App} app @param {string} name @returns {Basemap | null} */
export function named(app, name) {
  const { list, first } = app.settings.basemaps;
  if (name === NONE) return null;
  return list.find((each) => each.name === name) ?? list.find((each) => each.name === first) ?? null;
}

/** The layers of Leaflet for a basemap. @param {App} app @param {any} L @param {string} name @returns {any[]} */
export function tileLayers(app, L, name) {
  const basemap = named(app, name);
  credit(app, basemap);
  if (!basemap) return [];
  const size = basemap.own ? OWN_PX : basemap.pixels;
  const options = { pane: "ground", tileSize: size, zoomOffset: size === OWN_PX ? -1 : 0, maxNativeZoom: basemap.own ? undefined : basemap.maxzoom, maxZoom: 20 };
  return [L.tileLayer(picture(app, basemap), options)];
}

/** @param {App} app @param {Basemap} basemap */
function picture(app, { pictures, own }) {
  if (own) return pictures[0] + (app.dark() ? "&dark=1" : "") + (devicePixelRatio > 1.4 ? "&ratio=2" : "");
  return (app.dark() && pictures[1]) || pictures[0];
}

/** Put the basemap of the address under the layers of MapLibre. @param {App} app @param {any} map */
export function lay(app, map) {
  for (const id of map.getLayersOrder()) if (id.startsWith(PREFIX)) map.removeLayer(id);
  for (const id of Object.keys(map.getStyle().sources)) if (id.startsWith(PREFIX)) map.removeSource(id);
  const basemap = named(app, app.state.get().base);
  credit(app, basemap);
  if (!basemap) return;
  if (basemap.own) return parts(app, map, basemap);
  const absolute = new URL(picture(app, basemap), location.origin).href.replace(/%7B/g, "{").replace(/%7D/g, "}");
  map.addSource(`${PREFIX}tiles`, { type: "raster", tiles: [absolute], tileSize: basemap.pixels, maxzoom: basemap.maxzoom });
  map.addLayer({ id: `${PREFIX}tiles`, type: "raster", source: `${PREFIX}tiles`, paint: { "raster-fade-duration": app.calm ? 0 : 200 } }, "base");
}

/** @param {App} app @param {any} map @param {Basemap} basemap */
function parts(app, map, { parts: all, colours }) {
  const { layers } = app.state.get();
  for (const { role, layer, tiles, minzoom, maxzoom, labels } of all) {
    if (role === "places" && layers.includes(layer)) continue; // it writes its names itself
    const source = PREFIX + tiles;
    if (!map.getSource(source)) map.addSource(source, { type: "vector", tiles: [location.origin + tiles], minzoom, maxzoom });
    for (const made of styled(app, role, colours[role], labels)) map.addLayer({ ...made, id: `${PREFIX}${role}/${layer}/${made.type}`, source, "source-layer": layer }, "base");
  }
}

/** @param {App} app @param {string} role @param {[string, string] | undefined} colours @param {Part["labels"]} labels @returns {any[]} */
function styled(app, role, colours, labels) {
  const { ink, halo } = scheme(app.dark());
  if (role === "places") {
    const text = (/** @type {string[]} */ names) => ["coalesce", ...names.map((name) => ["get", name]), ""];
    const name = ["case", ["==", ["global-state", "script"], "sr-Cyrl"], text(labels.own), text(labels.latin)];
    return [{ type: "symbol", minzoom: 8, layout: { "text-field": ["to-string", name], "text-font": ["Noto Sans"], "text-size": 12 }, paint: { "text-color": ink, "text-opacity": 0.75, "text-halo-color": halo, "text-halo-width": 1.2 } }];
  }
  const colour = colours?.[app.dark() ? 1 : 0] ?? ink;
  const [low, high] = WIDTHS[role] ?? [0, 0];
  const line = { type: "line", layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": colour, "line-width": ["interpolate", ["linear"], ["zoom"], 8, low, 16, high] } };
  const fill = { type: "fill", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": colour } };
  if (role === "boundaries") return [line];
  return high ? [fill, { ...line, filter: ["==", ["geometry-type"], "LineString"] }] : [fill];
}

/** Whose the basemap is, where it is seen. @param {App} app @param {Basemap | null} basemap */
function credit(app, basemap) {
  const known = document.getElementById("base-credit");
  if (!basemap?.attribution) return known?.remove();
  const line = known ?? Object.assign(document.createElement("p"), { id: "base-credit", className: "base-credit" });
  const said = basemap.link ? Object.assign(document.createElement("a"), { href: basemap.link, rel: "noopener" }) : document.createElement("span");
  said.textContent = basemap.attribution;
  said.lang = basemap.creditLang;
  line.replaceChildren(said);
  app.stylesheet("map-base.css");
  app.stage.after(line);
}

/** A tile of the basemap did not come: said once. @param {App} app */
export function failed(app) {
  if (!told) app.say(app.words.base_failed);
  told = true;
}

/** @param {App} app @param {HTMLElement} panel */
export async function open(app, panel) {
  const { list } = app.settings.basemaps;
  const now = named(app, app.state.get().base)?.name ?? NONE;
  const choices = [...list.map(({ name, title, lang }) => [name, title, lang]), [NONE, app.words.base_none, app.language]];
  const group = document.createElement("fieldset");
  group.className = "bases";
  await app.stylesheet("map-base.css");
  group.append(Object.assign(document.createElement("legend"), { className: "hidden-visually", textContent: app.words.base_choose }));
  for (const [name, title, lang] of choices) group.append(choice(name, title, lang, name === now));
  group.addEventListener("change", (event) => {
    told = false;
    app.say("");
    app.state.set({ base: /** @type {HTMLInputElement} */ (event.target).value });
  });
  panel.replaceChildren(group);
}

/** @param {string} name @param {string} title @param {string} lang @param {boolean} checked */
function choice(name, title, lang, checked) {
  const label = document.createElement("label");
  const input = Object.assign(document.createElement("input"), { type: "radio", name: "base", value: name, checked });
  const said = Object.assign(document.createElement("span"), { textContent: title, lang });
  label.append(input, said);
  return label;
}

/** @param {App} _app */
export function close(_app) {}
