// @ts-check
// The layers that are on: their order, how much they let through, and taking them off.

import { put } from "../pieces.mjs";

/** @typedef {import("./app.mjs").App} App */

const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const list = $("on");
const cards = () => /** @type {HTMLElement[]} */ ([...list.querySelectorAll("[data-layer]")]);
const idOf = (/** @type {HTMLElement} */ card) => card.dataset.layer ?? "";

/** @param {App} app */
export function begin(app) {
  app.on("change", ({ changed }) => changed.has("layers") && follow(app));
  list.addEventListener("input", (event) => fade(app, /** @type {HTMLInputElement} */ (event.target)));
  list.addEventListener("pointerdown", (event) => drag(app, event));
  handles();
}

/**
 * Do what a button of the form says: `up:`, `down:`, `remove:` and the layer. False for another.
 * @param {App} app @param {string} action @param {string} id
 */
export function act(app, action, id) {
  const { layers } = app.state.get();
  const others = layers.filter((each) => each !== id);
  if (action === "remove") {
    const place = layers.indexOf(id);
    app.state.set({ layers: others, opacity: { [id]: null }, style: { [id]: null }, where: { [id]: null } });
    const next = cards()[Math.min(place, cards().length - 1)] ?? $("add").querySelector("summary");
    /** @type {HTMLElement | null} */ (next?.querySelector("button[value^=remove]") ?? next)?.focus();
  } else if (action === "up" || action === "down") {
    others.splice(Math.max(layers.indexOf(id) + (action === "up" ? -1 : 1), 0), 0, id);
    place(app, others, id);
    /** @type {HTMLElement | null} */ (list.querySelector(`button[value="${CSS.escape(`${action}:${id}`)}"]`))?.focus();
  } else return false;
  return true;
}

/** Set another order and say where a layer is now. @param {App} app @param {string[]} layers @param {string} id */
function place(app, layers, id) {
  app.state.set({ layers });
  const title = app.collections.get(id)?.title ?? id;
  $("count").textContent = app.word("moved_to", { title, place: layers.indexOf(id) + 1, count: layers.length });
}

/** Cards as the state has layers: those that are there are moved, new ones come from the server. @param {App} app */
async function follow(app) {
  const { layers } = app.state.get();
  for (const card of cards()) if (!layers.includes(idOf(card))) card.remove();
  const there = new Set(cards().map(idOf));
  const wanted = layers.filter((id) => !there.has(id));
  if (wanted.length) await fetched(app, wanted);
  const byId = new Map(cards().map((card) => [idOf(card), card]));
  const order = app.state.get().layers.flatMap((id) => byId.get(id) ?? []);
  order.forEach((card, i) => list.children[i] !== card && list.insertBefore(card, list.children[i] ?? null));
  handles();
  $("none-on").hidden = layers.length > 0;
  /** @type {HTMLInputElement} */ ($("layers").querySelector("[name=order]")).value = layers.join(",");
}

/** @param {App} app @param {string[]} ids */
async function fetched(app, ids) {
  const held = document.createElement("ul");
  const { opacity, style, where } = app.state.get();
  await put(`${app.link("/map/cards")}?${app.state.query({ layers: ids, opacity, style, where })}`, held).catch(() => app.say(app.words.list_failed));
  const still = new Set(app.state.get().layers);
  const there = new Set(cards().map(idOf));
  for (const card of /** @type {HTMLElement[]} */ ([...held.querySelectorAll("[data-layer]")])) {
    if (still.has(idOf(card)) && !there.has(idOf(card))) list.append(card);
  }
}

/** @param {App} app @param {HTMLInputElement} input */
function fade(app, input) {
  if (!input.name.startsWith("opacity.")) return;
  const value = Number(input.value);
  const said = input.parentElement?.querySelector("output");
  if (said) said.textContent = `${Math.round(value * 100)} %`;
  app.state.set({ opacity: { [input.name.slice("opacity.".length)]: value < 1 ? value : null } });
}

function handles() {
  const several = cards().length > 1;
  for (const handle of /** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll(".handle"))) handle.hidden = !several;
}

/** A card goes with the pointer, in steps of a place. @param {App} app @param {PointerEvent} event */
function drag(app, event) {
  const handle = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest(".handle"));
  const card = /** @type {HTMLElement | null} */ (handle?.closest("[data-layer]") ?? null);
  if (!handle || !card) return;
  event.preventDefault();
  handle.setPointerCapture(event.pointerId);
  card.classList.add("dragged");
  const move = (/** @type {PointerEvent} */ { clientY }) => {
    const below = cards().find((each) => each !== card && clientY < each.getBoundingClientRect().top + each.offsetHeight / 2);
    if ((below ?? null) !== card.nextElementSibling) list.insertBefore(card, below ?? null);
  };
  const end = () => {
    handle.removeEventListener("pointermove", move);
    card.classList.remove("dragged");
    place(app, cards().map(idOf), idOf(card));
  };
  handle.addEventListener("pointermove", move);
  handle.addEventListener("lostpointercapture", end, { once: true });
}
