// @ts-check
// Choosing how a layer is drawn: what is chosen is on the map at once.

import { show } from "./forms.mjs";

/** @typedef {import("./app.mjs").App} App */

let end = () => {};

/** @param {App} app @param {HTMLElement} panel @param {string} [layer] which one; the top one without */
export async function open(app, panel, layer = "") {
  await show(app, "styling", panel, layer, (form) => wire(app, panel, form));
}

/** @param {App} _app */
export function close(_app) {
  end();
}

/** @param {App} app @param {HTMLElement} panel @param {HTMLFormElement} form */
function wire(app, panel, form) {
  const layer = form.dataset.layer ?? "";
  const choose = (/** @type {string | null} */ style) => {
    app.state.set({ style: { [layer]: style } });
    end();
    end = app.on("looks", ({ ids }) => ids.includes(layer) && classes(app, panel, layer));
  };
  form.addEventListener("change", () => {
    narrow(form);
    choose(written(form));
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.querySelector("[data-reset]")?.addEventListener("click", async (event) => {
    event.preventDefault();
    choose(null);
    await open(app, panel, layer);
    /** @type {HTMLElement | null} */ (panel.querySelector("[data-reset]"))?.focus();
  });
  narrow(form);
}

/** Only what belongs to the chosen kind is shown. @param {HTMLFormElement} form */
function narrow(form) {
  const { kind } = Object.fromEntries(new FormData(form));
  for (const part of /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll("[data-kind]"))) part.hidden = part.dataset.kind !== kind;
}

/** The style of a form as an address says it, as `written_style` of styling.py. @param {HTMLFormElement} form */
export function written(form) {
  const said = new FormData(form);
  const value = (/** @type {string} */ name) => String(said.get(name) ?? "");
  const kind = value("kind");
  if (kind === "categories") return `categories:${value("kinds")}`;
  if (kind === "graduated") return ["graduated", ...["amount", "method", "k", "ramp"].map(value)].join(":");
  if (kind === "heat" || kind === "cluster") return kind;
  return value("colour") ? `single:${value("colour")}` : "single";
}

/** The table of classes below the form follows. @param {App} app @param {HTMLElement} panel @param {string} layer */
async function classes(app, panel, layer) {
  end();
  const answer = await fetch(`${app.link("/map/styling")}?${app.state.query()}&piece=1&of=${encodeURIComponent(layer)}`);
  if (!answer.ok) return;
  const piece = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = piece.getElementById("style-now");
  if (fresh) panel.querySelector("#style-now")?.replaceWith(fresh);
}
