// @ts-check
// How a collection is drawn: sources, style layers, and the symbols of points.

/**
 * @typedef {{id: string, title: string, organization: string, geometry: string, tiles: string,
 *   bounds: [number, number, number, number] | null, minzoom: number, maxzoom: number,
 *   labels: string[], colour: string, shape: string,
 *   columns: {name: string, title: string, type: string}[]}} Collection
 */

/** Empty layers that keep the order: areas lie under lines, lines under points, labels on top. */
const ORDER = ["areas", "lines", "points", "labels", "top"];
const SYMBOL_PX = 48;
const DARK = matchMedia("(prefers-color-scheme: dark)");
const GROUND = { light: "#eef3f2", dark: "#1a2529" };
const INK = { light: "#17252a", dark: "#e6eef0" };
const HALO = { light: "#ffffff", dark: "#10181b" };

const scheme = () => (DARK.matches ? "dark" : "light");

/** The style without any data. @param {Record<string, unknown>} fonts */
export function ground(fonts) {
  return {
    version: 8,
    "font-faces": fonts,
    sources: {},
    layers: [
      { id: "ground", type: "background", paint: { "background-color": GROUND[scheme()] } },
      ...ORDER.map((id) => ({ id, type: "background", layout: { visibility: "none" } })),
    ],
  };
}

/** Follow the reader's change between light and dark. @param {any} map */
export function followScheme(map) {
  DARK.addEventListener("change", () => {
    map.setPaintProperty("ground", "background-color", GROUND[scheme()]);
    for (const image of map.listImages()) map.updateImage(image, symbol(...image.split(" ")));
    for (const layer of map.getStyle().layers) {
      if (!layer.id.endsWith("/label")) continue;
      map.setPaintProperty(layer.id, "text-color", INK[scheme()]);
      map.setPaintProperty(layer.id, "text-halo-color", HALO[scheme()]);
    }
  });
}

/**
 * Put a collection on the map, or take it off; its tiles are asked for only while it is on.
 * @param {any} map @param {Collection} collection @param {boolean} on
 */
export function show(map, collection, on) {
  if (on && !map.getSource(collection.id)) add(map, collection);
  for (const { id } of parts(collection)) {
    if (map.getLayer(id)) map.setLayoutProperty(id, "visibility", on ? "visible" : "none");
  }
}

/** The style layers of a collection that can be pointed at. @param {Collection} collection */
export const targets = (collection) => parts(collection).map(({ id }) => id).filter((id) => !id.endsWith("/label"));

/** @param {any} map @param {Collection} collection */
function add(map, collection) {
  map.addSource(collection.id, {
    type: "vector",
    tiles: [location.origin + collection.tiles],
    minzoom: collection.minzoom,
    maxzoom: collection.maxzoom,
    ...(collection.bounds && { bounds: collection.bounds }),
  });
  const image = `${collection.shape} ${collection.colour}`;
  if (!map.hasImage(image)) map.addImage(image, symbol(collection.shape, collection.colour), { pixelRatio: 2 });
  for (const { before, ...layer } of parts(collection)) {
    map.addLayer({ ...layer, source: collection.id, "source-layer": collection.id }, before);
  }
}

/** @param {Collection} collection @returns {any[]} */
function parts({ id, geometry, colour, shape, labels }) {
  const may = (/** @type {string} */ kind) => geometry.includes(kind) || geometry.startsWith("Geometry");
  const text = {
    layout: { "text-field": ["to-string", ["coalesce", ...labels.map((name) => ["get", name])]], "text-font": ["Noto Sans"], "text-size": 13, "text-optional": true },
    paint: { "text-color": INK[scheme()], "text-halo-color": HALO[scheme()], "text-halo-width": 1.5 },
  };
  const made = [];
  if (may("Polygon")) {
    made.push(
      { id: `${id}/fill`, before: "areas", type: "fill", filter: kind("Polygon"), paint: { "fill-color": colour, "fill-opacity": 0.12 } },
      { id: `${id}/edge`, before: "lines", type: "line", filter: kind("Polygon"), paint: { "line-color": colour, "line-width": ["interpolate", ["linear"], ["zoom"], 6, 0.6, 12, 1.8], "line-opacity": 0.6 } },
    );
  }
  if (may("Line")) {
    made.push({ id: `${id}/line`, before: "lines", type: "line", filter: kind("LineString"), layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": colour, "line-width": ["interpolate", ["linear"], ["zoom"], 6, 1.2, 14, 4] } });
  }
  if (may("Point")) {
    made.push({
      id: `${id}/point`, before: "points", type: "symbol", filter: kind("Point"),
      layout: {
        "icon-image": `${shape} ${colour}`, "icon-allow-overlap": true, "icon-ignore-placement": true,
        "icon-size": ["interpolate", ["linear"], ["zoom"], 5, 0.4, 9, 0.62, 14, 1],
      },
    });
    if (labels.length) {
      made.push({
        id: `${id}/label`, before: "labels", type: "symbol", minzoom: 9, filter: kind("Point"),
        layout: { ...text.layout, "text-variable-anchor": ["top", "bottom", "left", "right"], "text-radial-offset": 1.05 },
        paint: text.paint,
      });
    }
  }
  if (may("Line") && labels.length) {
    made.push({ id: `${id}/names/label`, before: "labels", type: "symbol", minzoom: 12, filter: kind("LineString"), layout: { ...text.layout, "symbol-placement": "line" }, paint: text.paint });
  }
  return made;
}

/** @param {string} name */
const kind = (name) => ["in", ["geometry-type"], ["literal", [name, `Multi${name}`]]];

/** The id of a feature in a tile: whole numbers are its own, others stand in `id`. @param {any} feature */
export const idOf = (feature) => String(feature.properties.id ?? feature.id);

/**
 * Mark one feature, or none.
 * @param {any} map @param {Collection | null} collection @param {string} id
 */
export function mark(map, collection, id) {
  for (const layer of ["marked/line", "marked/point"]) if (map.getLayer(layer)) map.removeLayer(layer);
  if (!collection || !map.getSource(collection.id)) return;
  const same = ["==", ["to-string", ["coalesce", ["get", "id"], ["id"]]], id];
  const from = { source: collection.id, "source-layer": collection.id };
  const strong = INK[scheme()];
  map.addLayer({ id: "marked/line", type: "line", ...from, filter: ["all", same, ["!", kind("Point")]], paint: { "line-color": strong, "line-width": 4 } }, "top");
  map.addLayer({ id: "marked/point", type: "circle", ...from, filter: ["all", same, kind("Point")], paint: { "circle-radius": 13, "circle-color": collection.colour, "circle-opacity": 0.25, "circle-stroke-color": strong, "circle-stroke-width": 3 } }, "points");
}

/**
 * A point's symbol, twice as fine as the screen: the shape in its colour with an edge of the ground.
 * @param {string} shape @param {string} colour
 */
function symbol(shape, colour) {
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
  pen.strokeStyle = HALO[scheme()];
  pen.lineWidth = 4;
  pen.lineJoin = "round";
  pen.stroke();
  pen.fill();
  return pen.getImageData(0, 0, SYMBOL_PX, SYMBOL_PX);
}

/** @param {CanvasRenderingContext2D} pen @param {...[number, number]} places */
function corners(pen, ...places) {
  places.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
}
