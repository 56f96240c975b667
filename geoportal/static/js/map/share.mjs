// @ts-check
// Sharing the view: address, QR code and frame, as the server writes them; they follow the map.

import { wire } from "./copying.mjs";
import { put } from "../pieces.mjs";

/** @typedef {import("./app.mjs").App} App */

const WAIT_MS = 300;
/** @type {(() => void)[]} */
let ends = [];
let wait = 0;
let size = "medium";

/** @param {App} app @param {HTMLElement} panel */
export async function open(app, panel) {
  await app.stylesheet("map-tools.css");
  await show(app, panel);
  const soon = () => {
    clearTimeout(wait);
    wait = window.setTimeout(() => show(app, panel), WAIT_MS);
  };
  ends = [app.on("change", soon)];
}

export function close() {
  clearTimeout(wait);
  for (const end of ends) end();
  ends = [];
}

/** @param {App} app @param {HTMLElement} panel */
async function show(app, panel) {
  const focused = document.activeElement?.id;
  try {
    await put(`${app.link("/map/share")}?${app.state.query()}&size=${size}&piece=1`, panel);
  } catch {
    return app.say(app.words.tool_failed);
  }
  wire(panel);
  for (const each of panel.querySelectorAll("[data-without-script]")) each.remove();
  const sizes = /** @type {HTMLSelectElement} */ (panel.querySelector("#size"));
  sizes.addEventListener("change", () => {
    size = sizes.value;
    show(app, panel);
  });
  for (const field of /** @type {NodeListOf<HTMLInputElement>} */ (panel.querySelectorAll("[readonly]"))) {
    field.addEventListener("focus", () => field.select());
  }
  passOn(panel);
  if (focused && panel.querySelector(`#${CSS.escape(focused)}`)) document.getElementById(focused)?.focus();
}

/** The telephone's own way of passing things on. @param {HTMLElement} panel */
function passOn(panel) {
  const button = /** @type {HTMLElement | null} */ (panel.querySelector("[data-pass-on]"));
  const url = /** @type {HTMLInputElement} */ (panel.querySelector("#permalink")).value;
  if (!button || !navigator.share) return;
  button.hidden = false;
  button.addEventListener("click", () => navigator.share({ title: document.title, url }).catch(() => {})); // given up
}
