// @ts-check
// Choosing features of a layer by their values; `geoportal/emap/selection.py` reads the same conditions.

import { show } from "./forms.mjs";

/** @typedef {import("./app.mjs").App} App */

const WAIT_MS = 350;
/** @type {Record<string, string>} */
const ESCAPED = { "%": "%25", ",": "%2C", ";": "%3B" };
let end = () => {};
let wait = 0;

/** @param {App} app @param {HTMLElement} panel @param {string} [layer] which one; the top one without */
export async function open(app, panel, layer = "") {
  end();
  await show(app, "filters", panel, layer, (form) => wire(app, panel, form));
}

/** @param {App} _app */
export function close(_app) {
  clearTimeout(wait);
  end();
}

/** @param {App} app @param {HTMLElement} panel @param {HTMLFormElement} form */
function wire(app, panel, form) {
  const layer = form.dataset.layer ?? "";
  const choose = () => app.state.set({ where: { [layer]: written(form) || null } });
  form.addEventListener("input", () => {
    clearTimeout(wait);
    wait = window.setTimeout(choose, WAIT_MS);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(wait);
    choose();
  });
  form.querySelector("[data-reset]")?.addEventListener("click", async (event) => {
    event.preventDefault();
    app.state.set({ where: { [layer]: null } });
    await open(app, panel, layer);
    /** @type {HTMLElement | null} */ (panel.querySelector("[data-reset]"))?.focus();
  });
  end = app.on("looks", ({ ids }) => ids.includes(layer) && told(app, panel, form));
  copying(panel);
}

/** The conditions of a form as an address says them. @param {HTMLFormElement} form */
export function written(form) {
  const said = new FormData(form);
  const columns = new Set([...said.keys()].filter((name) => /^(in|low|high|has)\./.test(name)).map((name) => name.slice(name.indexOf(".") + 1)));
  return [...columns].flatMap((column) => {
    const one = (/** @type {string} */ kind) => String(said.get(`${kind}.${column}`) ?? "").trim();
    const values = said.getAll(`in.${column}`).map(String);
    return [
      ...(values.length ? [`${column}:in:${values.map(escaped).join(",")}`] : []),
      ...(one("low") || one("high") ? [`${column}:range:${escaped(number(one("low")))}..${escaped(number(one("high")))}`] : []),
      ...(one("has") ? [`${column}:has:${escaped(one("has"))}`] : []),
    ];
  }).join(";");
}

/** @param {string} value */
const escaped = (value) => value.replace(/[%,;]/g, (letter) => ESCAPED[letter]);

/** A number as people write it here, with a decimal comma. @param {string} text */
const number = (text) => (/^-?\d+,\d+$/.test(text) ? text.replace(",", ".") : text);

/** How many match, and the same for the API. @param {App} app @param {HTMLElement} panel @param {HTMLFormElement} form */
function told(app, panel, form) {
  const layer = form.dataset.layer ?? "";
  const { cql2 = "", chosen = Number(form.dataset.features) } = app.looks.get(layer) ?? {};
  const said = (/** @type {number} */ n) => n.toLocaleString(app.language === "en" ? "en" : "sr");
  const line = form.querySelector(".found");
  if (line) line.textContent = app.word("filter_found", { found: said(chosen), all: said(Number(form.dataset.features)) });
  const api = /** @type {HTMLDetailsElement} */ (panel.querySelector(".api"));
  api.hidden = !cql2;
  /** @type {HTMLTextAreaElement} */ (api.querySelector("textarea")).value = cql2;
  /** @type {HTMLElement} */ (api.querySelector("[data-copy]")).dataset.copy = cql2;
  const link = /** @type {HTMLAnchorElement} */ (api.querySelector("[data-api]"));
  link.href = `${link.getAttribute("href")?.split("?")[0]}?filter=${encodeURIComponent(cql2)}`;
}

/** @param {HTMLElement} panel */
function copying(panel) {
  const button = /** @type {HTMLElement | null} */ (panel.querySelector("[data-copy]"));
  if (!button || !navigator.clipboard) return;
  const words = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy ?? "");
    button.textContent = button.dataset.copied ?? "";
    setTimeout(() => (button.textContent = words), 2000);
  });
}
