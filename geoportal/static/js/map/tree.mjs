// @ts-check
// The layers to choose from: what is checked is on the map.

import { put } from "../pieces.mjs";
import { act } from "./cards.mjs";

/** @typedef {import("./app.mjs").App} App */

const WAIT_MS = 200;
const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const form = /** @type {HTMLFormElement} */ ($("layers"));
const boxes = () => /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("input[name=layers][type=checkbox]")]);

/** @param {App} app */
export function begin(app) {
  for (const each of form.querySelectorAll("[data-without-script]")) each.remove();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const pressed = /** @type {HTMLButtonElement | null} */ (event.submitter);
    if (pressed?.name === "tree") arrange(app, pressed.value);
    if (pressed?.name === "do") done(app, pressed.value);
  });
  form.addEventListener("change", (event) => {
    const box = /** @type {HTMLInputElement} */ (event.target);
    if (box.name === "layers") toggle(app, box.value, box.checked);
  });
  $("tree").addEventListener("click", (event) => {
    const link = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-branch]"));
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    shown(app, { branch: link.dataset.branch });
  });
  $("on").addEventListener("click", (event) => {
    const link = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-open]"));
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const card = /** @type {HTMLElement} */ (link.closest("[data-layer]"));
    app.open(link.dataset.open ?? "", card.dataset.layer);
  });
  search(app);
  app.on("change", ({ changed, state }) => {
    if (changed.has("layers")) for (const box of boxes()) box.checked = state.layers.includes(box.value);
  });
  app.on("loaded", () => ($("all").hidden = !app.view));
  $("all").addEventListener("click", () => fit(app, app.state.get().layers));
}

/** @param {App} app */
function search(app) {
  const field = /** @type {HTMLInputElement} */ ($("find"));
  let wait = 0;
  field.addEventListener("input", () => {
    clearTimeout(wait);
    wait = window.setTimeout(() => shown(app, { find: field.value }), WAIT_MS);
  });
}

let asking = new AbortController();

/** Have the layers listed in another way. @param {App} app @param {{find?: string, branch?: string}} [how] */
async function shown(app, how = {}) {
  asking.abort();
  asking = new AbortController();
  const { find = /** @type {HTMLInputElement} */ ($("find")).value, branch = "" } = how;
  const query = new URLSearchParams({ find, branch });
  try {
    const found = await put(`${app.link("/map/tree")}?${app.state.query()}&${query}`, $("tree"), asking.signal);
    if (find) $("count").textContent = found.dataset.said ?? "";
    for (const box of boxes()) box.checked = app.state.get().layers.includes(box.value);
  } catch {
    if (!asking.signal.aborted) app.say(app.words.list_failed);
  }
}

/** @param {App} app @param {string} by */
async function arrange(app, by) {
  app.state.set({ tree: by === "theme" ? by : "" });
  await shown(app);
  /** @type {HTMLElement | null} */ (form.querySelector(`button[name=tree][value="${CSS.escape(by)}"]`))?.focus();
}

/** @param {App} app @param {string} what `zoom:layer` and the like */
async function done(app, what) {
  const [action, id] = [what.slice(0, what.indexOf(":")), what.slice(what.indexOf(":") + 1)];
  if (act(app, action, id)) return;
  if (!app.state.get().layers.includes(id)) await toggle(app, id, true);
  fit(app, [id]);
}

/** Put a layer on the map, or take it off. @param {App} app @param {string} id @param {boolean} on */
export async function toggle(app, id, on) {
  if (on) await app.described([id]).catch(() => app.say(app.words.tiles_failed));
  const others = app.state.get().layers.filter((each) => each !== id);
  app.state.set({ layers: on ? placed(app, others, id) : others });
}

/** Points lie above lines above areas. @param {string} geometry */
const rank = (geometry) => (geometry.includes("Polygon") ? 2 : geometry.includes("Point") ? 0 : 1);

/** A new layer lies above those of its kind. @param {App} app @param {string[]} layers @param {string} id */
function placed(app, layers, id) {
  const own = (/** @type {string} */ each) => rank(app.collections.get(each)?.geometry ?? "");
  const at = layers.findIndex((each) => own(each) >= own(id));
  return layers.toSpliced(at < 0 ? layers.length : at, 0, id);
}

/** @param {App} app @param {string[]} ids */
function fit(app, ids) {
  const box = app.around(ids);
  if (box) app.view?.fit(box);
}
