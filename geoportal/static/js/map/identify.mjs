// @ts-check
// What is under the pointer, of all layers, and all about the feature that is chosen.

import { put } from "../pieces.mjs";

/** @typedef {import("./app.mjs").App} App */
/** @typedef {{collection: string, id: string, name?: string}} Found */

const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {App} app */
export function begin(app) {
  let go = false;
  $("in-view").addEventListener("click", (event) => {
    const link = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("a[data-id]"));
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go = true;
    choose(app, { collection: link.dataset.collection ?? "", id: link.dataset.id ?? "" });
  });
  app.on("clicked", async ({ point }) => several(app, await app.view.at(point)));
  app.on("change", ({ changed, state }) => {
    if (!changed.has("feature") && !(changed.has("labels") && state.feature)) return;
    if (state.feature) tell(app, go);
    else clear(app);
    go = false;
  });
  $("feature").addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    if (app.state.get().feature) app.state.set({ feature: null });
    else clear(app);
  });
  app.on("loaded", () => first(app));
  opened(app, false, false);
}

/** Choose a feature: the panel tells all about it, and the map marks it. @param {App} app @param {Found} found */
export function choose(app, { collection, id }) {
  const { feature } = app.state.get();
  if (feature?.collection === collection && feature.id === id) tell(app, true);
  else app.state.set({ feature: { collection, id } });
}

/** A feature of the address is gone to, where the address does not say where to look. @param {App} app */
function first(app) {
  const facts = /** @type {HTMLElement | null} */ ($("feature").querySelector(".facts"));
  const { feature, center, bbox } = app.state.get();
  if (feature && facts?.dataset.bbox && !center && !bbox) app.view.fit(facts.dataset.bbox.split(",").map(Number), false);
}

/** One feature is told of at once, of several a list is shown. @param {App} app @param {Found[]} found */
function several(app, found) {
  if (found.length === 1) return choose(app, found[0]);
  if (!found.length) return;
  const title = Object.assign(document.createElement("h2"), { textContent: app.counted("found_here", found.length), tabIndex: -1 });
  const list = Object.assign(document.createElement("ul"), { className: "places" });
  list.append(...found.map((each) => row(app, each)));
  const box = Object.assign(document.createElement("div"), { className: "facts" });
  box.append(title, list);
  $("feature").replaceChildren(box);
  $("feature").hidden = false;
  title.focus({ preventScroll: true });
}

/** @param {App} app @param {Found} found */
function row(app, found) {
  const { collection, id, name } = found;
  const link = document.createElement("a");
  link.href = `?${app.state.query({ feature: { collection, id } })}`;
  const said = document.createElement("span");
  said.textContent = name || app.word("unnamed", { id });
  const layer = Object.assign(document.createElement("small"), { textContent: app.collections.get(collection)?.title ?? "" });
  link.append(said, layer);
  link.addEventListener("click", (event) => {
    event.preventDefault();
    choose(app, found);
  });
  const item = document.createElement("li");
  item.append(link);
  return item;
}

/** @param {App} app @param {boolean} go */
async function tell(app, go) {
  const { feature, labels } = app.state.get();
  if (!feature) return;
  app.view?.mark(feature.collection, feature.id);
  try {
    const path = `/map/feature/${encodeURIComponent(feature.collection)}/${encodeURIComponent(feature.id)}`;
    await put(app.link(path, { layers: app.state.get().layers.join(","), labels }), $("feature"));
  } catch {
    return app.say(app.words.list_failed);
  }
  opened(app, go, true);
}

/** @param {App} app @param {boolean} go @param {boolean} focus */
function opened(app, go, focus) {
  const facts = /** @type {HTMLElement | null} */ ($("feature").querySelector(".facts"));
  if (!facts) return;
  $("feature").hidden = false;
  const close = /** @type {HTMLElement | null} */ (facts.querySelector("[data-close]"));
  if (close) close.hidden = false;
  close?.addEventListener("click", () => app.state.set({ feature: null }));
  if (go && app.view && facts.dataset.bbox) reach(app, facts.dataset.bbox.split(",").map(Number));
  if (!focus) return;
  /** @type {HTMLElement | null} */ (facts.querySelector("#feature-title"))?.focus({ preventScroll: true });
  facts.scrollIntoView({ block: "nearest", behavior: app.calm ? "auto" : "smooth" });
}

/** Go to a feature that is not in view; where it is, the list stays as it was. @param {App} app @param {number[]} bbox */
function reach(app, bbox) {
  const [west, south, east, north] = app.view.bounds();
  if (bbox[0] < west || bbox[1] < south || bbox[2] > east || bbox[3] > north) app.view.fit(bbox);
}

/** Close the panel; who read in it goes on at the feature in the list. @param {App} app */
function clear(app) {
  const facts = /** @type {HTMLElement | null} */ ($("feature").querySelector(".facts"));
  const links = /** @type {NodeListOf<HTMLElement>} */ ($("in-view").querySelectorAll("a[data-id]"));
  const link = [...links].find(({ dataset }) => dataset.id === facts?.dataset.id && dataset.collection === facts?.dataset.collection);
  app.view?.mark(null, "");
  $("feature").replaceChildren();
  $("feature").hidden = true;
  (link ?? $("panel")).focus({ preventScroll: true });
}
