// @ts-check
// Printing: the sheet as the server lays it out, with the picture of exactly what is on the screen.

import { put } from "../pieces.mjs";

/** @typedef {import("./app.mjs").App} App */

/** @param {App} app @param {HTMLElement} panel */
export async function open(app, panel) {
  await app.stylesheet("map-tools.css");
  const form = /** @type {HTMLFormElement} */ (await put(`${app.link("/map/print")}?${app.state.query()}&piece=1`, panel));
  form.querySelector("[data-without-script]")?.remove();
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("[data-print]"));
  button.hidden = false;
  button.addEventListener("click", () => print(app, form, button));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    button.click();
  });
}

export function close() {
  document.querySelector(".printed")?.remove();
  document.body.classList.remove("printing");
}

/** @param {App} app @param {HTMLFormElement} form @param {HTMLButtonElement} button */
async function print(app, form, button) {
  button.disabled = true;
  try {
    await lay(app, form);
    app.say("");
    window.print();
  } catch (error) {
    close();
    app.say(form.dataset.failed ?? "");
    console.info(error);
  } finally {
    button.disabled = false;
  }
}

/**
 * Lay out the sheet under the page, which is there only on paper. Exported for the tests.
 * @param {App} app @param {HTMLFormElement} form
 */
export async function lay(app, form) {
  close();
  const fields = new FormData(form);
  const own = ["title", "notes", "paper", "scale"].map((name) => [name, String(fields.get(name) ?? "")]);
  const { clientWidth: width, clientHeight: height } = app.stage;
  const query = new URLSearchParams([...own, ["width", String(width)], ["height", String(height)], ["exact", "true"]]);
  const holder = Object.assign(document.createElement("div"), { className: "printed" });
  const sheet = await put(`${app.link("/map/print")}?${app.state.query()}&${query}`, holder);
  const picture = /** @type {HTMLImageElement} */ (sheet.querySelector(".map-picture"));
  const isSeen = fields.get("scale") === "0";
  if (isSeen) picture.src = URL.createObjectURL(await app.view.picture());
  document.body.append(holder);
  document.body.classList.add("printing");
  await Promise.all([...sheet.querySelectorAll("img")].map((image) => image.decode()));
  addEventListener("afterprint", () => {
    if (isSeen) URL.revokeObjectURL(picture.src);
    close();
  }, { once: true });
  return sheet;
}
