// @ts-check
// What the map shows, as the address says it; `geoportal/emap/state.py` reads the same parameters.

/**
 * @typedef {{layers: string[], opacity: Record<string, number>, style: Record<string, string>,
 *   where: Record<string, string>, time: string, base: string, compare: string,
 *   center: [number, number] | null, zoom: number | null, pitch: number | null, bearing: number | null,
 *   bbox: number[] | null, feature: {collection: string, id: string} | null, labels: string,
 *   extruded: boolean, tree: string}} Shown
 */

const TEXTS = /** @type {const} */ (["time", "base", "compare", "labels", "tree"]);
const NUMBERS = /** @type {const} */ (["zoom", "pitch", "bearing"]);
const BY_LAYER = /** @type {const} */ (["opacity", "style", "where"]);
const DIGITS = 5; // of a degree: about a metre

/** Read an address. @param {string} search @param {string[]} first layers where it names none @returns {Shown} */
export function read(search, first) {
  const query = new URLSearchParams(search);
  const [collection, ...rest] = (query.get("feature") ?? "").split("/");
  const center = numbers(query.get("center"), 2);
  return {
    layers: query.has("layers") ? [...new Set(query.getAll("layers").flatMap((part) => part.split(",")).filter(Boolean))] : first,
    opacity: Object.fromEntries(Object.entries(byLayer(query, "opacity.")).map(([id, text]) => [id, Number(text)]).filter(([, n]) => Number.isFinite(n))),
    style: byLayer(query, "style."),
    where: byLayer(query, "where."),
    center: center && [center[0], center[1]],
    bbox: numbers(query.get("bbox"), 4),
    feature: collection && rest.length ? { collection, id: rest.join("/") } : null,
    extruded: query.get("3d") === "1",
    .../** @type {any} */ (Object.fromEntries(TEXTS.map((name) => [name, query.get(name) ?? ""]))),
    .../** @type {any} */ (Object.fromEntries(NUMBERS.map((name) => [name, numbers(query.get(name), 1)?.[0] ?? null]))),
  };
}

/** Write an address: its query, without `?`. @param {Shown} shown */
export function write(shown) {
  const { layers, center, bbox, extruded, feature } = shown;
  const parts = [["layers", layers.join(",")]];
  for (const name of BY_LAYER) for (const [id, value] of Object.entries(shown[name])) parts.push([`${name}.${id}`, String(value)]);
  for (const name of TEXTS) if (shown[name]) parts.push([name, shown[name]]);
  if (center) parts.push(["center", center.map((n) => n.toFixed(DIGITS)).join(",")]);
  for (const name of NUMBERS) if (shown[name] !== null && (name === "zoom" || shown[name])) parts.push([name, Number(shown[name]).toFixed(2)]);
  if (bbox && !center) parts.push(["bbox", bbox.map((n) => n.toFixed(DIGITS)).join(",")]);
  if (extruded) parts.push(["3d", "1"]);
  if (feature) parts.push(["feature", `${feature.collection}/${feature.id}`]);
  return parts.map(([name, value]) => `${encodeURIComponent(name)}=${plain(value)}`).join("&");
}

export class State {
  /** @param {string[]} layers those of the address that are there @param {(changed: Set<string>) => void} changed */
  constructor(layers, changed) {
    this.shown = { ...read(location.search, layers), layers };
    this.changed = changed;
    addEventListener("popstate", () => this.#follow(read(location.search, layers)));
  }

  /** What is shown now; change it by `set` only. @returns {Shown} */
  get() {
    return this.shown;
  }

  /** The query of an address that shows the same, changed by a patch. @param {Partial<Shown>} [patch] */
  query(patch = {}) {
    return write({ ...this.shown, ...patch });
  }

  /**
   * Change what is shown: the address follows, then `change` is told. Of `opacity`, `style` and `where`
   * only the layers that the patch names change; null takes one away.
   * @param {{[key in keyof Shown]?: any}} patch
   */
  set(patch) {
    const next = /** @type {any} */ ({ ...this.shown });
    for (const [name, value] of Object.entries(patch)) {
      next[name] = /** @type {readonly string[]} */ (BY_LAYER).includes(name) ? merged(next[name], value) : value;
    }
    if (next.center) next.bbox = null; // it was where to look at first
    const opened = next.feature && JSON.stringify(next.feature) !== JSON.stringify(this.shown.feature);
    this.#follow(next, opened ? "pushState" : "replaceState");
  }

  /** @param {Shown} next @param {"pushState" | "replaceState"} [how] */
  #follow(next, how) {
    const before = /** @type {any} */ (this.shown);
    const changed = new Set(Object.entries(next).filter(([name, value]) => JSON.stringify(before[name]) !== JSON.stringify(value)).map(([name]) => name));
    this.shown = next;
    const query = `?${write(next)}`;
    if (how && query !== location.search) history[how](null, "", `${location.pathname}${query}`);
    for (const link of document.querySelectorAll(".languages a, a[data-state]")) {
      link.setAttribute("href", `${link.getAttribute("href")?.split("?")[0]}${query}`);
    }
    if (changed.size) this.changed(changed);
  }
}

/** @param {Record<string, any>} before @param {Record<string, any>} patch */
const merged = (before, patch) => Object.fromEntries(Object.entries({ ...before, ...patch }).filter(([, value]) => value !== null));

/** @param {URLSearchParams} query @param {string} prefix */
const byLayer = (query, prefix) => Object.fromEntries([...query].filter(([name]) => name.startsWith(prefix)).map(([name, value]) => [name.slice(prefix.length), value]));

/** A value in an address that people can still read. @param {string} value */
const plain = (value) => encodeURIComponent(value).replace(/%(2C|2F|3A|3B|40)/g, decodeURIComponent);

/** @param {string | null} text @param {number} count */
function numbers(text, count) {
  const found = (text ?? "").split(",").map(Number);
  return text && found.length === count && found.every(Number.isFinite) ? found : null;
}
