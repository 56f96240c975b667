// @ts-check
// The list of what is in view: it follows the map, and stays when the map does not come.

import { put } from "../pieces.mjs";

/** @typedef {import("./app.mjs").App} App */

const WAIT_MS = 250;
const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const LISTED = ["layers", "where", "time", "labels"];

/** Keep the list in step. @param {App} app */
export function begin(app) {
  let wait = 0;
  let asking = new AbortController();
  const soon = () => {
    clearTimeout(wait);
    wait = window.setTimeout(async () => {
      asking.abort();
      asking = new AbortController();
      await list(app, asking.signal);
    }, WAIT_MS);
  };
  app.on("moved", soon);
  app.on("loaded", soon);
  app.on("change", ({ changed }) => {
    if (LISTED.some((name) => changed.has(name))) soon();
    if (changed.has("feature")) current(app);
  });
}

/** @param {App} app @param {AbortSignal} signal */
async function list(app, signal) {
  const where = { bbox: app.view ? app.view.bounds() : app.state.get().bbox, center: null, zoom: null, feature: null };
  try {
    const found = await put(`${app.link("/map/list")}?${app.state.query(where)}`, $("in-view"), signal);
    $("count").textContent = found.dataset.said ?? "";
    current(app);
    if ($("map-note").textContent === app.words.list_failed) app.say(""); // it came after all
  } catch {
    if (!signal.aborted) app.say(app.words.list_failed);
  }
}

/** Mark in the list which feature is chosen. @param {App} app */
function current(app) {
  const { feature } = app.state.get();
  for (const link of /** @type {NodeListOf<HTMLElement>} */ ($("in-view").querySelectorAll("a[data-id]"))) {
    const same = link.dataset.collection === feature?.collection && link.dataset.id === feature?.id;
    if (same) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}
