// @ts-check
// The address of the map: layers that are on, centre and zoom, the chosen feature.

/**
 * @typedef {{layers: string[] | null, view: {center: [number, number], zoom: number} | null,
 *   bbox: number[] | null, feature: {collection: string, id: string} | null}} Address
 */

/** Read what the page was asked for. @returns {Address} */
export function read(search = location.search) {
  const query = new URLSearchParams(search);
  const layers = query.has("layers") ? query.getAll("layers").flatMap((part) => part.split(",")).filter(Boolean) : null;
  const center = numbers(query.get("center"), 2);
  const zoom = numbers(query.get("zoom"), 1);
  const [collection, ...rest] = (query.get("feature") ?? "").split("/");
  return {
    layers,
    view: center && zoom ? { center: [center[0], center[1]], zoom: zoom[0] } : null,
    bbox: numbers(query.get("bbox"), 4),
    feature: collection && rest.length ? { collection, id: rest.join("/") } : null,
  };
}

/**
 * Write the state into the address bar, without a new entry in the history.
 * @param {string[]} layers
 * @param {{lng: number, lat: number}} center
 * @param {number} zoom
 * @param {{collection: string, id: string} | null} feature
 */
export function write(layers, center, zoom, feature) {
  const parts = [
    `layers=${layers.map(encodeURIComponent).join(",")}`,
    `center=${center.lng.toFixed(5)},${center.lat.toFixed(5)}`,
    `zoom=${zoom.toFixed(2)}`,
  ];
  if (feature) parts.push(`feature=${encodeURIComponent(feature.collection)}/${encodeURIComponent(feature.id)}`);
  history.replaceState(null, "", `${location.pathname}?${parts.join("&")}`);
  for (const link of document.querySelectorAll(".languages a")) {
    link.setAttribute("href", `${link.getAttribute("href")?.split("?")[0]}?${parts.join("&")}`);
  }
}

/** @param {string | null} text @param {number} count */
function numbers(text, count) {
  const found = (text ?? "").split(",").map(Number);
  return text && found.length === count && found.every(Number.isFinite) ? found : null;
}
