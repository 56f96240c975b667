// @ts-check
// Thousands of points at low zoom: how dense they are, or groups with their numbers.

/** @typedef {import("./drawing.mjs").Collection} Collection */
/** @typedef {import("./drawing.mjs").Look} Look */

/** From here on every point stands for itself. */
export const APART = 11;
const GROUP_PX = 48;
/** The ramp "orange" of palettes.py, from no points to many. */
const WARM = ["rgba(248,230,193,0)", "#ebc387", "#dd9f53", "#ca7b26", "#b25a00", "#933e00", "#70290c"];

/** @param {string} id @param {any} filter @param {number} opacity */
export function heat(id, filter, opacity) {
  return {
    id: `${id}/heat`, before: "labels", type: "heatmap", maxzoom: APART + 1, filter,
    paint: {
      "heatmap-radius": ["interpolate", ["linear"], ["zoom"], 4, 8, APART, 34],
      "heatmap-intensity": ["interpolate", ["linear"], ["zoom"], 4, 0.4, APART, 1.4],
      "heatmap-color": ["interpolate", ["linear"], ["heatmap-density"], ...WARM.flatMap((colour, i) => [i / (WARM.length - 1), colour])],
      "heatmap-opacity": ["interpolate", ["linear"], ["zoom"], APART, 0.85 * opacity, APART + 1, 0],
    },
  };
}

/** Where the points of a layer that are put together come from. @param {Look} look */
export const source = (look) => ({ type: "geojson", data: location.origin + look.points, cluster: true, clusterRadius: GROUP_PX, clusterMaxZoom: APART - 1 });

/** @param {Collection} collection @param {Look} look @param {number} opacity @param {string} edge @param {any} metadata */
export function groups({ id, colour, shape }, look, opacity, edge, metadata) {
  const from = { source: `${id}/points`, before: "labels", maxzoom: APART, metadata };
  const many = ["has", "point_count"];
  return [
    {
      ...from, id: `${id}/groups`, type: "circle", filter: many,
      paint: {
        "circle-color": colour, "circle-stroke-color": edge, "circle-stroke-width": 2, "circle-opacity": opacity,
        "circle-radius": ["step", ["get", "point_count"], 14, 10, 17, 100, 21, 1000, 26],
      },
    },
    {
      ...from, id: `${id}/groups/label`, type: "symbol", filter: many,
      layout: { "text-field": ["to-string", ["get", "point_count_abbreviated"]], "text-font": ["Noto Sans"], "text-size": 12, "text-allow-overlap": true },
      paint: { "text-color": "#ffffff", "text-halo-color": "#17252a", "text-halo-width": 1.2 },
    },
    {
      ...from, id: `${id}/lone`, type: "symbol", filter: ["!", many],
      layout: { "icon-image": `${shape} ${colour}`, "icon-allow-overlap": true, "icon-size": 0.62 },
      paint: { "icon-opacity": opacity },
    },
  ];
}

/**
 * Go nearer to where a group that was clicked falls apart; false where none was.
 * @param {any} map @param {{x: number, y: number}} point
 */
export async function apart(map, { x, y }, calm = false) {
  const layers = map.getLayersOrder().filter((/** @type {string} */ id) => id.endsWith("/groups"));
  const [group] = layers.length ? map.queryRenderedFeatures([x, y], { layers }) : [];
  if (!group) return false;
  const zoom = await map.getSource(group.source).getClusterExpansionZoom(group.properties.cluster_id);
  map.easeTo({ center: group.geometry.coordinates, zoom: Math.min(zoom, APART), animate: !calm });
  return true;
}
