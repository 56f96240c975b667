// @ts-check
// The eMap. The page works without this module; it adds the map and keeps lists and map together.

import * as address from "./address.mjs";
import { followScheme, ground, idOf, mark, show, targets } from "./drawing.mjs";
import { put } from "./pieces.mjs";

/** @typedef {import("./drawing.mjs").Collection} Collection */

const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const stage = $("map");
const form = /** @type {HTMLFormElement} */ ($("layers"));
const words = JSON.parse(stage.dataset.words ?? "{}");
const CALM = matchMedia("(prefers-reduced-motion: reduce)");
const TOUCH = matchMedia("(pointer: coarse)");
const PADDING = 32;
const LIST_WAIT_MS = 250;

const asked = address.read();
/** @type {Map<string, Collection>} */
const collections = new Map();
/** @type {{collection: string, id: string} | null} */
let chosen = asked.feature;
/** @type {any} */
let map = null;
let wait = 0;
let listing = new AbortController();

const boxes = () => /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("input[type=checkbox]")]);
const layersOn = () => boxes().filter((box) => box.checked).map((box) => box.value);

/** @param {string} text */
function note(text) {
  $("map-note").textContent = text;
  $("map-note").hidden = !text;
}

/** @param {string[]} ids @returns {[number, number, number, number] | null} */
function around(ids) {
  const known = ids.map((id) => collections.get(id)?.bounds).filter((box) => box);
  if (!known.length) return null;
  const side = (/** @type {number} */ i, /** @type {(...n: number[]) => number} */ pick) => pick(...known.map((box) => box?.[i] ?? 0));
  return [side(0, Math.min), side(1, Math.min), side(2, Math.max), side(3, Math.max)];
}

/** @param {number[] | null} box */
function fit(box, animate = true) {
  if (!map || !box) return;
  map.fitBounds(box, { padding: PADDING, maxZoom: 15, animate: animate && !CALM.matches });
}

/** The legend: symbol and name of each layer that is on, as they stand in the list of layers. */
function legend() {
  const rows = boxes().filter((box) => box.checked).map((box) => {
    const row = document.createElement("li");
    for (const part of box.parentElement?.querySelectorAll(".symbol, .name") ?? []) row.append(part.cloneNode(true));
    return row;
  });
  $("legend").querySelector("ul")?.replaceChildren(...rows);
  $("legend").hidden = !rows.length || !map;
}

/** The list of what is in view follows the map. */
async function list() {
  listing.abort();
  listing = new AbortController();
  const query = new URLSearchParams({ layers: layersOn().join(",") });
  if (map) query.set("bbox", map.getBounds().toArray().flat().map((/** @type {number} */ n) => n.toFixed(6)).join(","));
  try {
    const found = await put(`${stage.dataset.list}?${query}`, $("in-view"), listing.signal);
    $("count").textContent = found.dataset.said ?? "";
    current();
  } catch (error) {
    if (!listing.signal.aborted) note(words.list_failed);
  }
}

function listSoon() {
  clearTimeout(wait);
  wait = window.setTimeout(list, LIST_WAIT_MS);
}

/** Mark in the list which feature is chosen. */
function current() {
  for (const link of /** @type {NodeListOf<HTMLElement>} */ ($("in-view").querySelectorAll("a[data-id]"))) {
    const same = link.dataset.collection === chosen?.collection && link.dataset.id === chosen?.id;
    if (same) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

function remember() {
  if (map) address.write(layersOn(), map.getCenter(), map.getZoom(), chosen);
}

/**
 * Show all about a feature in the panel, and mark it on the map.
 * @param {string} collection @param {string} id @param {{go?: boolean, focus?: boolean}} [how]
 */
async function choose(collection, id, { go = false, focus = true } = {}) {
  chosen = { collection, id };
  if (map) mark(map, collections.get(collection) ?? null, id);
  current();
  remember();
  try {
    const where = `${stage.dataset.feature}${encodeURIComponent(collection)}/${encodeURIComponent(id)}`;
    opened(await put(where, $("feature")), go, focus);
  } catch {
    note(words.list_failed);
  }
}

/** @param {HTMLElement} facts @param {boolean} go @param {boolean} focus */
function opened(facts, go, focus) {
  $("feature").hidden = false;
  const close = /** @type {HTMLElement | null} */ (facts.querySelector("[data-close]"));
  if (close) close.hidden = false;
  close?.addEventListener("click", forget);
  if (go && facts.dataset.bbox) fit(facts.dataset.bbox.split(",").map(Number));
  if (!focus) return;
  const title = /** @type {HTMLElement | null} */ (facts.querySelector("#feature-title"));
  title?.focus({ preventScroll: true });
  facts.scrollIntoView({ block: "nearest", behavior: CALM.matches ? "auto" : "smooth" });
}

function forget() {
  chosen = null;
  if (map) mark(map, null, "");
  $("feature").replaceChildren();
  $("feature").hidden = true;
  current();
  remember();
  $("panel").focus({ preventScroll: true });
}

function layersChanged() {
  const on = new Set(layersOn());
  if (map) for (const collection of collections.values()) show(map, collection, on.has(collection.id));
  if (map && chosen) mark(map, collections.get(chosen.collection) ?? null, chosen.id);
  legend();
  listSoon();
  remember();
}

/** @param {any} event */
function clicked(event) {
  const reach = TOUCH.matches ? 14 : 6;
  const { x, y } = event.point;
  const layers = layersOn().flatMap((id) => targets(/** @type {Collection} */ (collections.get(id)))).filter((id) => map.getLayer(id));
  const found = map.queryRenderedFeatures([[x - reach, y - reach], [x + reach, y + reach]], { layers });
  if (found.length) choose(found[0].source, idOf(found[0]));
}

/** @param {any} event */
function pointed(event) {
  const layers = layersOn().flatMap((id) => targets(/** @type {Collection} */ (collections.get(id)))).filter((id) => map.getLayer(id));
  map.getCanvas().style.cursor = map.queryRenderedFeatures(event.point, { layers }).length ? "pointer" : "";
}

function wire() {
  form.addEventListener("change", layersChanged);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.querySelector("[data-without-script]")?.remove();
  $("in-view").addEventListener("click", (event) => {
    const link = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("a[data-id]"));
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    choose(link.dataset.collection ?? "", link.dataset.id ?? "", { go: true });
  });
  const facts = /** @type {HTMLElement | null} */ ($("feature").querySelector(".facts"));
  if (facts) opened(facts, false, false);
}

function wireMap() {
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll("[data-zoom]"))) {
    button.hidden = !collections.get(button.dataset.zoom ?? "")?.bounds;
    button.addEventListener("click", () => {
      const box = boxes().find((each) => each.value === button.dataset.zoom);
      if (box && !box.checked) box.click();
      fit(around([button.dataset.zoom ?? ""]));
    });
  }
  $("all").hidden = false;
  $("all").addEventListener("click", () => fit(around(layersOn())));
  if (navigator.clipboard) {
    const [share, said] = [$("share"), $("share").textContent];
    share.hidden = false;
    share.addEventListener("click", async () => {
      await navigator.clipboard.writeText(location.href);
      share.textContent = words.copied;
      setTimeout(() => (share.textContent = said), 2000);
    });
  }
  map.on("click", clicked);
  if (!TOUCH.matches) map.on("mousemove", pointed);
  map.on("moveend", () => {
    listSoon();
    remember();
  });
  map.on("error", () => note(words.tiles_failed));
  map.on("idle", () => (stage.dataset.idle = String(Date.now())));
}

async function layers() {
  const answer = await fetch(stage.dataset.layers ?? "");
  if (!answer.ok) throw new Error(`${answer.status} ${answer.url}`);
  return answer.json();
}

async function start() {
  wire();
  // without a map the lists go on alone
  if (!document.createElement("canvas").getContext("webgl2")) {
    return note(words.no_webgl);
  }
  let library, described;
  try {
    [library, described] = await Promise.all([import(stage.dataset.library ?? ""), layers()]);
  } catch {
    return note(words.tiles_failed);
  }
  const { Map: MapLibre, NavigationControl, ScaleControl } = library;
  for (const collection of described.collections) collections.set(collection.id, collection);
  const box = asked.bbox ?? around(layersOn()) ?? JSON.parse(stage.dataset.extent ?? "");
  map = new MapLibre({
    container: stage,
    style: ground(JSON.parse(stage.dataset.fonts ?? "{}")),
    ...(asked.view ?? { bounds: box, fitBoundsOptions: { padding: PADDING, maxZoom: 15 } }),
    attributionControl: false,
    cooperativeGestures: TOUCH.matches,
    dragRotate: false,
    pitchWithRotate: false,
    fadeDuration: CALM.matches ? 0 : 150,
    locale: {
      "Map.Title": stage.dataset.label,
      "NavigationControl.ZoomIn": words.zoom_in,
      "NavigationControl.ZoomOut": words.zoom_out,
      "CooperativeGesturesHandler.MobileHelpText": words.two_fingers,
      "CooperativeGesturesHandler.WindowsHelpText": words.ctrl_scroll,
      "CooperativeGesturesHandler.MacHelpText": words.cmd_scroll,
    },
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new ScaleControl({ unit: "metric" }), "bottom-right");
  map.getCanvas().setAttribute("aria-describedby", "map-help");
  $("legend").open = !matchMedia("(max-width: 56rem)").matches;
  followScheme(map);
  wireMap();
  map.once("load", () => {
    layersChanged();
    const facts = /** @type {HTMLElement | null} */ ($("feature").querySelector(".facts"));
    if (chosen && facts?.dataset.bbox && !asked.view && !asked.bbox) fit(facts.dataset.bbox.split(",").map(Number), false);
  });
  /** @type {any} */ (window).emap = map; // for the tests, and for who wants to look
}

start().catch((error) => {
  note(words.no_webgl);
  console.warn(error);
});
