// @ts-check
// The legend: symbol and name of each layer that is on, its classes, and how many are in view.

/** @typedef {import("./app.mjs").App} App */
/** @typedef {import("./drawing.mjs").Look} Look */

const box = /** @type {HTMLDetailsElement} */ (document.getElementById("legend"));
const list = /** @type {HTMLElement} */ (box.querySelector("ul"));
const NEW = ["layers", "style", "where", "time"];

/** @param {App} app */
export function begin(app) {
  box.open = !matchMedia("(max-width: 56rem)").matches;
  app.on("loaded", () => {
    draw(app);
    app.on("drawn", () => count(app));
  });
  app.on("change", ({ changed }) => NEW.some((name) => changed.has(name)) && draw(app));
  app.on("looks", () => draw(app));
  new MutationObserver(() => draw(app)).observe(/** @type {Node} */ (document.getElementById("on")), { childList: true });
}

/** @param {App} app */
function draw(app) {
  list.replaceChildren(...app.state.get().layers.flatMap((id) => row(app, id) ?? []));
  box.hidden = !list.children.length || !app.view;
  if (app.view) count(app);
}

/** A layer with its name as the list of layers has it. @param {App} app @param {string} id */
function row(app, id) {
  const card = document.querySelector(`#on [data-layer="${CSS.escape(id)}"] .row`);
  if (!card) return null;
  const classes = app.looks.get(id)?.legend ?? [];
  const made = document.createElement("li");
  made.dataset.legend = id;
  const head = document.createElement("span");
  head.className = "entry";
  for (const part of card.querySelectorAll(classes.length ? ".name" : ".symbol, .name")) head.append(part.cloneNode(true));
  head.append(figure());
  const column = app.looks.get(id)?.column;
  made.append(head, ...(classes.length && column ? [by(column)] : []), ...(classes.length ? [entries(classes)] : []));
  return made;
}

/** The column that the classes are of. @param {NonNullable<Look["column"]>} column */
function by({ label, lang }) {
  return Object.assign(document.createElement("span"), { className: "by", textContent: label, lang });
}

/** @param {NonNullable<Look["legend"]>} classes */
function entries(classes) {
  const made = document.createElement("ul");
  made.append(...classes.map(({ label, colour, shape }) => {
    const item = document.createElement("li");
    item.className = "entry";
    const name = document.createElement("span");
    name.textContent = label;
    item.append(swatch(colour, shape), name, figure());
    return item;
  }));
  return made;
}

const figure = () => Object.assign(document.createElement("small"), { className: "figure" });

const PATHS = { square: "M4 4h12v12H4z", triangle: "M10 3 18 17H2z", diamond: "M10 1.5 18.5 10 10 18.5 1.5 10z", area: "M2 4h16v12H2z", line: "M2 9h16v3H2z", circle: "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14z" };

/** @param {string} colour @param {string} [shape] */
function swatch(colour, shape = "area") {
  const drawn = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  for (const [name, value] of Object.entries({ class: "symbol", viewBox: "0 0 20 20", width: "20", height: "20", "aria-hidden": "true" })) drawn.setAttribute(name, value);
  path.setAttribute("d", /** @type {Record<string, string>} */ (PATHS)[shape] ?? PATHS.area);
  path.setAttribute("fill", colour);
  path.setAttribute("stroke", "currentColor");
  path.setAttribute("stroke-width", "0.75");
  drawn.append(path);
  return drawn;
}

/** Write how many are drawn in view, of each layer and of each of its classes. @param {App} app */
async function count(app) {
  const counts = await app.view.counts();
  for (const item of /** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll("[data-legend]"))) {
    const id = item.dataset.legend ?? "";
    write(app, item.querySelector(":scope > .entry > .figure"), counts[id]);
    item.querySelectorAll(":scope > ul .figure").forEach((small, i) => write(app, small, counts[`${id}/${i}`]));
  }
}

/** @param {App} app @param {Element | null} small @param {number | undefined} n */
function write(app, small, n) {
  if (small) small.textContent = n === undefined ? "" : n.toLocaleString(app.language);
}
