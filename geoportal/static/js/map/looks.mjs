// @ts-check
// How layers are drawn by their values: what the server says of each, kept in step with the address.

/** @typedef {import("./app.mjs").App} App */
/** @typedef {import("./drawing.mjs").Look} Look */
/** @typedef {import("./drawing.mjs").Collection} Collection */

const LAST_SECOND = "T23:59:59.999999";

/** What the server said, by layer, and what it was asked. @type {Map<string, {asked: string, said: any}>} */
const said = new Map();
let turn = 0;

/** @param {App} app */
export function begin(app) {
  for (const [id, look] of Object.entries(app.settings.looks)) said.set(id, { asked: question(app, id), said: look });
  take(app, app.state.get().layers);
  app.on("change", ({ changed }) => {
    if (["layers", "style", "where", "labels", "time"].some((name) => changed.has(name))) follow(app);
  });
}

/** What of the address decides how a layer is drawn. @param {App} app @param {string} id */
function question(app, id) {
  const { style, where, labels, time } = app.state.get();
  const clustered = said.get(id)?.said.kind === "cluster";
  return JSON.stringify([style[id] ?? "", where[id] ?? "", labels, clustered ? time : ""]);
}

/** Ask for what is not known yet, and draw what is. @param {App} app */
async function follow(app) {
  const mine = ++turn;
  const { layers } = app.state.get();
  const asked = new Map(layers.map((id) => [id, question(app, id)]));
  const stale = layers.filter((id) => said.get(id)?.asked !== asked.get(id));
  take(app, layers.filter((id) => !stale.includes(id)));
  if (!stale.length) return;
  try {
    const answer = await fetch(`${app.link("/map/looks.json")}?${app.state.query({ layers: stale })}`);
    if (!answer.ok) throw new Error(`${answer.status} ${answer.url}`);
    for (const [id, look] of Object.entries(await answer.json())) said.set(id, { asked: asked.get(id) ?? "", said: look });
    if (mine === turn) take(app, stale);
  } catch {
    app.say(app.words.styling_failed);
  }
}

/** Hand looks to whatever draws, the time in their filters. @param {App} app @param {string[]} ids */
function take(app, ids) {
  const { time } = app.state.get();
  const changed = [];
  for (const id of ids) {
    const known = said.get(id)?.said;
    if (!known) continue;
    const filters = [known.filter, during(app.collections.get(id), time)].filter(Boolean);
    /** @type {Look} */
    const look = { ...known, filter: filters.length > 1 ? ["all", ...filters] : filters[0] ?? null };
    if (JSON.stringify(app.looks.get(id)) === JSON.stringify(look)) continue;
    app.looks.set(id, look);
    changed.push(id);
  }
  if (!changed.length) return;
  if (app.view) for (const id of changed) app.view.restyle(id);
  app.emit("looks", { ids: changed });
}

/**
 * Features whose time touches that of the address, and those of which no time is known, as
 * `publish/layers/query.py` chooses them; null where every feature is shown.
 * @param {Collection | undefined} collection @param {string} time a day or a moment, or from/to, `..` open
 */
export function during(collection, time) {
  if (!collection?.times.length || !time) return null;
  const { times, columns } = collection;
  const dated = columns.find(({ name }) => name === times[0])?.type === "date";
  const [begin, end] = ends(time, dated);
  const [first, last] = [times[0], times[times.length - 1]].map((name) => ["to-string", ["get", name]]);
  const tests = [];
  if (end) tests.push(["any", ["==", first, ""], ["<=", first, end]]);
  if (begin) tests.push(["any", ["==", last, ""], [">=", last, begin]]);
  return tests.length ? ["all", ...tests] : null;
}

/** @param {string} time @param {boolean} dated whether only the day counts */
function ends(time, dated) {
  const [from, to] = time.includes("/") ? time.split("/") : [time, time];
  const plain = (/** @type {string} */ text) => (/^\d{4}-\d\d-\d\d/.test(text) ? text.replace(/Z$/, "") : "");
  const end = plain(to);
  if (dated) return [plain(from).slice(0, 10), end.slice(0, 10)];
  return [plain(from), end.length === 10 ? end + LAST_SECOND : end];
}
