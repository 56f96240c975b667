// @ts-check
// The search field of the map: suggestions as one types (a combobox with a list, WAI-ARIA APG), places on the map.

/** @typedef {import("./app.mjs").App} App */
/**
 * What `/map/search?f=json` answers.
 * @typedef {{collection: string, id: string, name: string, lang: string, where: string, layer: string, lonlat: [number, number],
 *   bbox: [number, number, number, number], guess: boolean, others: number, zoom: number, href: string}} Place
 * @typedef {{q: string, position: [number, number] | null, places: Place[],
 *   layers: {collection: string, title: string, lang: string, bbox: number[] | null, href: string}[],
 *   datasets: {title: string, lang: string, href: string}[]}} Found
 */

const WAIT_MS = 120;
const MOST = 8;
const CLOSE = 16;
const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

class Finder {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.form = /** @type {HTMLFormElement} */ ($("finder"));
    this.field = /** @type {HTMLInputElement} */ ($("finder-q"));
    this.list = $("finder-list");
    this.wait = 0;
    this.asking = new AbortController();
    /** @type {(() => void)[]} */ this.chosen = [];
    this.at = -1;
    const combobox = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "finder-list" };
    for (const [name, value] of Object.entries(combobox)) this.field.setAttribute(name, value);
    this.field.addEventListener("input", () => this.soon());
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.field.addEventListener("focus", () => this.chosen.length && this.show(true));
    this.form.addEventListener("focusout", (event) => {
      if (!this.form.contains(/** @type {Node | null} */ (event.relatedTarget))) this.show(false);
    });
    this.form.addEventListener("submit", (event) => this.submitted(event));
    this.list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
  }

  /** Ask when nothing was typed for a moment. */
  soon() {
    clearTimeout(this.wait);
    if (!this.field.value.trim()) {
      this.chosen = [];
      return this.show(false);
    }
    this.wait = window.setTimeout(() => this.ask(), WAIT_MS);
  }

  async ask() {
    const q = this.field.value;
    this.asking.abort();
    this.asking = new AbortController();
    try {
      const answer = await fetch(this.app.link("/map/search", { q, f: "json", layers: this.app.state.get().layers.join(",") }), { signal: this.asking.signal });
      if (!answer.ok) throw new Error(`${answer.status}`);
      this.fill(await answer.json());
    } catch (error) {
      if (/** @type {Error} */ (error).name !== "AbortError") $("finder-said").textContent = this.app.words.finder_failed;
    }
  }

  /** @param {Found} found */
  fill(found) {
    const { words } = this.app;
    this.chosen = [];
    this.at = -1;
    this.list.replaceChildren();
    if (found.position) this.group(words.finder_position, [found.position], (at) => this.position(at));
    this.group(found.places[0]?.guess ? words.finder_guess : words.finder_places, found.places, (each) => this.place(each));
    this.group(words.finder_layers, found.layers, (each) => this.layer(each));
    this.group(words.finder_datasets, found.datasets, (each) => this.dataset(each));
    const count = this.chosen.length;
    if (!count) this.list.append(Object.assign(document.createElement("p"), { className: "none", textContent: words.finder_none }));
    $("finder-said").textContent = count ? this.app.counted("finder_counted", count) : words.finder_none;
    this.show(true);
  }

  /**
   * A heading and its options, as long as there is room.
   * @template T @param {string} title @param {T[]} items @param {(item: T) => {name: string, lang: string, about: string, choose: () => void}} read
   */
  group(title, items, read) {
    const room = Math.max(0, MOST - this.chosen.length);
    if (!items.length || !room) return;
    const group = document.createElement("div");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", title);
    group.append(Object.assign(document.createElement("p"), { className: "group", textContent: title, ariaHidden: "true" }));
    for (const item of items.slice(0, room)) group.append(this.option(read(item)));
    this.list.append(group);
  }

  /** @param {{name: string, lang: string, about: string, choose: () => void}} said */
  option({ name, lang, about, choose }) {
    const place = this.chosen.push(choose) - 1;
    const option = Object.assign(document.createElement("div"), { id: `finder-${place}` });
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    const title = Object.assign(document.createElement("span"), { textContent: name, lang });
    option.append(title, Object.assign(document.createElement("span"), { className: "about", textContent: about }));
    option.addEventListener("click", () => this.choose(place));
    return option;
  }

  /** @param {Place} place */
  place(place) {
    const about = [place.where, place.layer].filter(Boolean).join(" · ");
    return { name: place.name, lang: place.lang, about, choose: () => this.go(place) };
  }

  /** @param {[number, number]} lonlat */
  position([longitude, latitude]) {
    const name = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
    const choose = () => {
      this.app.view?.sketch("found", { type: "Feature", properties: {}, geometry: { type: "Point", coordinates: [longitude, latitude] } });
      this.app.view?.go({ lng: longitude, lat: latitude }, CLOSE);
    };
    return { name, lang: "", about: this.app.words.finder_position, choose };
  }

  /** @param {Found["layers"][0]} layer */
  layer({ collection, title, lang, bbox }) {
    const choose = async () => {
      await this.turnOn(collection);
      if (bbox) this.app.view?.fit(bbox);
    };
    return { name: title, lang, about: this.app.words.finder_on, choose };
  }

  /** @param {Found["datasets"][0]} dataset */
  dataset({ title, lang, href }) {
    return { name: title, lang, about: this.app.words.finder_open, choose: () => location.assign(href) };
  }

  /** Show a place on the map with its facts; without a map, its page. @param {Place} place */
  async go(place) {
    if (!this.app.view) return location.assign(place.href);
    await this.turnOn(place.collection);
    const [west, south, east, north] = place.bbox;
    if (west === east && south === north) this.app.view.go({ lng: west, lat: south }, place.zoom);
    else this.app.view.fit(place.bbox);
    this.app.state.set({ feature: { collection: place.collection, id: place.id } });
  }

  /** Have a layer on, on top of the others if it was not. @param {string} id */
  async turnOn(id) {
    await this.app.described([id]);
    const { layers } = this.app.state.get();
    if (!layers.includes(id)) this.app.state.set({ layers: [id, ...layers] });
  }

  /** @param {number} place */
  choose(place) {
    this.show(false);
    const option = this.list.querySelector(`#finder-${place} span`);
    if (option) this.field.value = option.textContent ?? "";
    this.chosen[place]();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const open = this.field.getAttribute("aria-expanded") === "true";
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) return this.chosen.length ? this.show(true) : this.soon();
      const step = event.key === "ArrowDown" ? 1 : -1;
      const rooms = this.chosen.length + 1; // the field itself is one of them
      this.select(((this.at + 1 + step + rooms) % rooms) - 1);
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      event.stopPropagation();
      this.show(false);
    }
  }

  /** @param {Event} event */
  async submitted(event) {
    event.preventDefault();
    clearTimeout(this.wait);
    if (this.at < 0) await this.ask();
    if (this.at >= 0) this.choose(this.at);
    else if (this.chosen.length === 1) this.choose(0);
    else if (this.chosen.length) this.select(0);
  }

  /** Mark an option; -1 is the field. @param {number} place */
  select(place) {
    this.at = place;
    for (const option of this.list.querySelectorAll("[role=option]")) option.setAttribute("aria-selected", String(option.id === `finder-${place}`));
    if (place < 0) return this.field.removeAttribute("aria-activedescendant");
    this.field.setAttribute("aria-activedescendant", `finder-${place}`);
    $(`finder-${place}`).scrollIntoView({ block: "nearest" });
  }

  /** Open or close the list; an answer that is still to come opens a closed one no more. @param {boolean} open */
  show(open) {
    this.list.hidden = !open;
    this.field.setAttribute("aria-expanded", String(open));
    if (open) return;
    clearTimeout(this.wait);
    this.asking.abort();
    this.select(-1);
  }
}

/** @param {App} app */
export function begin(app) {
  if (document.getElementById("finder")) new Finder(app);
}
