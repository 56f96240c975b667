// @ts-check
// The forms of a tool that are about one of the layers that are on: asked of the server, put into the panel.

import { put } from "../pieces.mjs";

/** @typedef {import("./app.mjs").App} App */

/**
 * Put the form of a tool into the panel; a change of its layer asks for another one.
 * @param {App} app @param {string} tool @param {HTMLElement} panel @param {string} of a layer, or empty for the top one
 * @param {(form: HTMLFormElement) => void} ready
 */
export async function show(app, tool, panel, of, ready) {
  app.stylesheet("map-tools.css");
  app.stylesheet("map-styling.css");
  const asked = `${app.link(`/map/${tool}`)}?${app.state.query()}&piece=1${of ? `&of=${encodeURIComponent(of)}` : ""}`;
  try {
    await put(asked, panel);
  } catch {
    return app.say(app.words.tool_failed);
  }
  for (const each of panel.querySelectorAll("[data-without-script]")) each.remove();
  const choice = /** @type {HTMLSelectElement | null} */ (panel.querySelector("#of-layer"));
  choice?.form?.addEventListener("submit", (event) => event.preventDefault());
  choice?.addEventListener("change", async () => {
    await show(app, tool, panel, choice.value, ready);
    /** @type {HTMLElement | null} */ (panel.querySelector("#of-layer"))?.focus();
  });
  const form = /** @type {HTMLFormElement | null} */ (panel.querySelector("form[data-layer]"));
  if (form) ready(form);
}
