// @ts-check
// How a collection is drawn: sources, style layers, and the symbols of points.

import { APART, groups, heat, source } from "./crowds.mjs";

/**
 * @typedef {{id: string, title: string, dataset: string, version: number, organization: string, credit: string,
 *   geometry: string, features: number, tiles: string, bounds: [number, number, number, number] | null,
 *   minzoom: number, maxzoom: number, labels: {own: string[], latin: string[]},
 *   height: {column: string, metres: number} | null, times: string[], interval: (string | null)[],
 *   colour: string, shape: string, columns: {name: string, title: string, type: string}[]}} Collection
 */

/**
 * How a layer is drawn by its values, as `geoportal/emap/looks.py` says it. `colour` is a colour, or an expression
 * where it goes by classes, and then `icon` and `size` are too; `filter` is an expression or null. `heat` and
 * `cluster` draw points so at low zoom, for which `points` are at an address. `legend` are the classes.
 * @typedef {{kind: "single" | "categories" | "graduated" | "heat" | "cluster", style: string, where: string, cql2: string,
 *   filter: any, colour?: any, icon?: any, size?: any, points?: string, chosen?: number, column?: {label: string, lang: string},
 *   legend: {label: string, lang: string, colour: string, shape: string, size: number, where: string}[]}} Look
 */
/** @typedef {{dark: boolean, opacity: number, extruded: boolean, look?: Look}} Drawn */

const SYMBOL_PX = 48;
const LEAST_CONTRAST = 3; // of a symbol without an edge, WCAG 1.4.11
const COLOURS = {
  light: { ground: "#eef3f2", ink: "#17252a", halo: "#ffffff", sketch: "#7b1fa2" },
  dark: { ground: "#1a2529", ink: "#e6eef0", halo: "#10181b", sketch: "#e0a8ff" },
};

/** Empty layers that keep the order: the basemap lies under all, what is marked and labels on top. */
const ORDER = ["base", "layers", "labels", "top"];

/** The colours of the map itself. @param {boolean} dark */
export const scheme = (dark) => (dark ? COLOURS.dark : COLOURS.light);

/** The style without any data. @param {Record<string, unknown>} fonts @param {string} script of labels @param {boolean} dark */
export function ground(fonts, script, dark) {
  return {
    version: 8,
    state: { script: { default: script } },
    "font-faces": fonts,
    sources: {},
    layers: [
      { id: "ground", type: "background", paint: { "background-color": scheme(dark).ground } },
      ...ORDER.map((id) => ({ id, type: "background", layout: { visibility: "none" } })),
    ],
  };
}

/**
 * Put a collection on top of the others, with its layers as they are wanted; its tiles are asked for only while it is on.
 * @param {any} map @param {Collection} collection @param {any[]} wanted
 */
export function add(map, collection, wanted) {
  if (!map.getSource(collection.id)) {
    map.addSource(collection.id, {
      type: "vector",
      tiles: [location.origin + collection.tiles],
      minzoom: collection.minzoom,
      maxzoom: collection.maxzoom,
      ...(collection.bounds && { bounds: collection.bounds }),
    });
  }
  group(map, collection.id, wanted);
  if (drawnNow(map, collection.id).join() !== wanted.map(({ id }) => id).join()) clear(map, collection.id);
  for (const { before, ...layer } of wanted) {
    images(map, layer);
    if (map.getLayer(layer.id)) map.moveLayer(layer.id, before);
    else map.addLayer(layer.source ? layer : { ...layer, source: collection.id, "source-layer": collection.id }, before);
  }
  paint(map, collection, wanted);
}

/** The source of points that are put together, where a layer wants one. @param {any} map @param {string} id @param {any[]} wanted */
function group(map, id, wanted) {
  const name = `${id}/points`;
  const data = wanted.find((layer) => layer.source === name)?.metadata?.look;
  if (data && map.getSource(name)) map.getSource(name).setData(source(data).data);
  else if (data) map.addSource(name, source(data));
}

/** Take a collection off the map. @param {any} map @param {string} id */
export function remove(map, id) {
  if (!map.getSource(id)) return;
  mark(map, null, "", false);
  clear(map, id);
  map.removeSource(id);
  if (map.getSource(`${id}/points`)) map.removeSource(`${id}/points`);
}

/**
 * Draw layers that are there in another way; false where other layers are wanted than there are.
 * @param {any} map @param {Collection} collection @param {any[]} wanted
 */
export function paint(map, collection, wanted) {
  if (drawnNow(map, collection.id).slice().sort().join() !== wanted.map(({ id }) => id).sort().join()) return false;
  for (const layer of wanted) {
    images(map, layer);
    map.setFilter(layer.id, layer.filter ?? null);
    for (const [name, value] of Object.entries(layer.paint ?? {})) map.setPaintProperty(layer.id, name, value);
    for (const [name, value] of Object.entries(layer.layout ?? {})) map.setLayoutProperty(layer.id, name, value);
  }
  return true;
}

/** @param {any} map @param {string} id @returns {string[]} */
const drawnNow = (map, id) => map.getLayersOrder().filter((/** @type {string} */ layer) => layer.startsWith(`${id}/`));

/** @param {any} map @param {string} id */
const clear = (map, id) => drawnNow(map, id).forEach((layer) => map.removeLayer(layer));

/** The style layers of a collection that can be pointed at. @param {any} map @param {string} id */
export const targets = (map, id) => drawnNow(map, id).filter((layer) => !/\/(label|heat|groups|casing)$/.test(layer));

/** Symbols that a layer needs, drawn before. @param {any} map @param {any} layer */
function images(map, layer) {
  for (const image of new Set(JSON.stringify(layer.layout?.["icon-image"] ?? "").match(/(circle|square|triangle|diamond) #[0-9a-f]{6}/g))) {
    const [shape, colour] = image.split(" ");
    if (!map.hasImage(image)) map.addImage(image, symbol(shape, colour, layer.metadata.dark), { pixelRatio: 2 });
  }
}

/**
 * The style layers of a collection, from the lowest.
 * @param {Collection} collection @param {Drawn} drawn @returns {any[]}
 */
export function layersOf(collection, drawn) {
  const may = (/** @type {string} */ kind) => collection.geometry.includes(kind) || collection.geometry.startsWith("Geometry");
  return [
    ...(may("Polygon") ? areas(collection, drawn) : []),
    ...(may("Line") ? lines(collection, drawn) : []),
    ...(may("Point") ? points(collection, drawn) : []),
    ...labels(collection, drawn, may),
  ];
}

/** @param {Collection} collection @param {Drawn} drawn */
function areas({ id, colour, height }, { opacity, extruded, look, dark }) {
  const ink = look?.colour ?? colour;
  const classed = Boolean(look?.icon);
  const filled = classed ? 0.75 : 0.18;
  const filter = both(kind("Polygon"), look?.filter);
  if (extruded && height) {
    const metres = ["*", ["to-number", ["get", height.column], 0], height.metres];
    return [{ id: `${id}/fill`, before: "labels", type: "fill-extrusion", filter, paint: { "fill-extrusion-color": ink, "fill-extrusion-height": metres, "fill-extrusion-opacity": 0.85 * opacity } }];
  }
  return [
    { id: `${id}/fill`, before: "labels", type: "fill", filter, paint: { "fill-color": ink, "fill-opacity": filled * opacity } },
    { id: `${id}/edge`, before: "labels", type: "line", filter, paint: { "line-color": classed ? scheme(dark).ink : ink, "line-width": ["interpolate", ["linear"], ["zoom"], 6, 0.6, 12, 1.8], "line-opacity": 0.7 * opacity } },
  ];
}

/** @param {Collection} collection @param {Drawn} drawn */
function lines({ id, colour }, { opacity, look, dark }) {
  const line = { before: "labels", type: "line", filter: both(kind("LineString"), look?.filter), layout: { "line-cap": "round", "line-join": "round" } };
  const size = look?.size ?? 1;
  const width = (/** @type {number} */ more) => ["interpolate", ["linear"], ["zoom"], 6, ["+", ["*", 1.2, size], more], 14, ["+", ["*", 4, size], more]];
  return [
    ...(look?.icon ? [{ ...line, id: `${id}/casing`, paint: { "line-color": scheme(dark).ink, "line-width": width(2), "line-opacity": opacity } }] : []),
    { ...line, id: `${id}/line`, paint: { "line-color": look?.colour ?? colour, "line-width": width(0), "line-opacity": opacity } },
  ];
}

/** @param {Collection} collection @param {Drawn} drawn */
function points(collection, { opacity, look, dark }) {
  const { id, colour, shape } = collection;
  const icon = look?.icon ?? `${shape} ${look?.colour ?? colour}`;
  const size = look?.size ?? 1;
  const crowded = look?.kind === "heat" || look?.kind === "cluster";
  const filter = both(kind("Point"), look?.filter);
  const alone = {
    id: `${id}/point`, before: "labels", type: "symbol", filter, metadata: { dark },
    ...(crowded && { minzoom: APART }),
    layout: {
      "icon-image": icon, "icon-allow-overlap": true, "icon-ignore-placement": true,
      "icon-size": ["interpolate", ["linear"], ["zoom"], 5, ["*", 0.4, size], 9, ["*", 0.62, size], 14, size],
    },
    paint: { "icon-opacity": opacity },
  };
  if (look?.kind === "heat") return [heat(id, filter, opacity), alone];
  return look?.kind === "cluster" ? [...groups(collection, look, opacity, scheme(dark).halo, { dark, look }), alone] : [alone];
}

/**
 * Where a name stands at its point. Of a layer of moments many lie at one place: the first name hides
 * the others, which would else stand around it.
 * @param {string[]} times
 */
const anchored = (times) => ({ "text-variable-anchor": times.length === 1 ? ["top"] : ["top", "bottom", "left", "right"] });

/** @param {Collection} collection @param {Drawn} drawn @param {(kind: string) => boolean} may */
function labels({ id, labels: names, times }, { dark, look, opacity }, may) {
  if (!names.own.length) return [];
  const text = (/** @type {string[]} */ columns) => ["to-string", ["coalesce", ...columns.map((name) => ["get", name])]];
  const layout = {
    "text-field": ["case", ["==", ["global-state", "script"], "sr-Cyrl"], text(names.own), text(names.latin)],
    "text-font": ["Noto Sans"], "text-size": 13, "text-optional": true,
  };
  const paint = { "text-color": scheme(dark).ink, "text-halo-color": scheme(dark).halo, "text-halo-width": 1.5, "text-opacity": opacity };
  const made = [];
  if (may("Line")) made.push({ id: `${id}/names/label`, before: "top", type: "symbol", minzoom: 12, filter: both(kind("LineString"), look?.filter), layout: { ...layout, "symbol-placement": "line" }, paint });
  if (may("Point")) made.push({ id: `${id}/label`, before: "top", type: "symbol", minzoom: look?.kind === "cluster" ? APART : 9, filter: both(kind("Point"), look?.filter), layout: { ...layout, ...anchored(times), "text-radial-offset": 1.05 }, paint });
  return made;
}

/** @param {string} name */
const kind = (name) => ["in", ["geometry-type"], ["literal", [name, `Multi${name}`]]];

/** @param {any} one @param {any} [other] */
const both = (one, other) => (other ? ["all", one, other] : one);

/** The id of a feature in a tile: whole numbers are its own, others stand in `id`. @param {any} feature */
export const idOf = (feature) => String(feature.properties.id ?? feature.id);

/**
 * Mark one feature, or none.
 * @param {any} map @param {Collection | null} collection @param {string} id @param {boolean} dark
 */
export function mark(map, collection, id, dark) {
  for (const layer of ["marked/line", "marked/point"]) if (map.getLayer(layer)) map.removeLayer(layer);
  if (!collection || !map.getSource(collection.id)) return;
  const same = ["==", ["to-string", ["coalesce", ["get", "id"], ["id"]]], id];
  const from = { source: collection.id, "source-layer": collection.id };
  const { ink } = scheme(dark);
  map.addLayer({ id: "marked/line", type: "line", ...from, filter: ["all", same, ["!", kind("Point")]], paint: { "line-color": ink, "line-width": 4 } }, "top");
  map.addLayer({ id: "marked/point", type: "circle", ...from, filter: ["all", same, kind("Point")], paint: { "circle-radius": 13, "circle-color": collection.colour, "circle-opacity": 0.25, "circle-stroke-color": ink, "circle-stroke-width": 3 } }, "labels");
}

/**
 * A point's symbol, twice as fine as the screen: the shape in its colour with an edge of the ground.
 * @param {string} shape @param {string} colour @param {boolean} dark
 */
export function symbol(shape, colour, dark) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SYMBOL_PX;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const [low, mid, high] = [8, SYMBOL_PX / 2, SYMBOL_PX - 8];
  pen.beginPath();
  if (shape === "square") pen.rect(low + 2, low + 2, high - low - 4, high - low - 4);
  else if (shape === "triangle") corners(pen, [mid, low - 2], [high + 2, high - 2], [low - 2, high - 2]);
  else if (shape === "diamond") corners(pen, [mid, low - 3], [high + 3, mid], [mid, high + 3], [low - 3, mid]);
  else pen.arc(mid, mid, (high - low) / 2 - 1, 0, 2 * Math.PI);
  pen.closePath();
  pen.fillStyle = colour;
  const pale = contrast(colour, scheme(dark).ground) < LEAST_CONTRAST;
  pen.strokeStyle = pale ? scheme(dark).ink : scheme(dark).halo;
  pen.lineWidth = pale ? 3 : 4;
  pen.lineJoin = "round";
  pen.stroke();
  pen.fill();
  return pen.getImageData(0, 0, SYMBOL_PX, SYMBOL_PX);
}

/** How well two colours are told apart, as WCAG 2 counts it. @param {string} one @param {string} other */
function contrast(one, other) {
  const [low, high] = [one, other].map((colour) => {
    const [r, g, b] = [1, 3, 5].map((at) => (parseInt(colour.slice(at, at + 2), 16) / 255) ** 2.2);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
  }).sort((a, b) => a - b);
  return high / low;
}

/** @param {CanvasRenderingContext2D} pen @param {...[number, number]} places */
function corners(pen, ...places) {
  places.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
}
