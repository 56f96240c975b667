// @ts-check
// Time: a slider over the times of the layers that are on, step by step or played.

import { put } from "../pieces.mjs";

/** @typedef {import("./app.mjs").App} App */

const STEP_MS = 1200;
let playing = 0;
let end = () => {};

/** @param {App} app @param {HTMLElement} panel */
export async function open(app, panel) {
  app.stylesheet("map-tools.css");
  app.stylesheet("map-styling.css");
  try {
    await put(`${app.link("/map/time")}?${app.state.query()}&piece=1`, panel);
  } catch {
    return app.say(app.words.tool_failed);
  }
  end();
  end = app.on("change", ({ changed }) => changed.has("layers") && open(app, panel));
  wireForm(app, panel);
  const box = /** @type {HTMLElement | null} */ (panel.querySelector(".time-slider"));
  if (box) wire(app, panel, box);
}

/** @param {App} _app */
export function close(_app) {
  clearInterval(playing);
  playing = 0;
  end();
}

/** @param {App} app @param {HTMLElement} panel @param {HTMLElement} box */
function wire(app, panel, box) {
  const steps = (box.dataset.steps ?? "").split(" ");
  const range = /** @type {HTMLInputElement} */ (box.querySelector("input[type=range]"));
  const play = /** @type {HTMLElement} */ (box.querySelector("[data-play]"));
  const now = /** @type {HTMLElement} */ (box.querySelector(".now"));
  const said = (/** @type {string} */ time) => spoken(time, box.dataset.unit ?? "day", app.language);

  const tell = () => {
    const { time } = app.state.get();
    const at = steps.indexOf(time);
    if (at >= 0) range.value = String(at);
    range.setAttribute("aria-valuetext", said(steps[Number(range.value)]));
    now.textContent = time ? app.word("time_at", { time: at >= 0 ? said(time) : time.replace("/", " – ") }) : app.words.time_all;
    play.textContent = playing ? app.words.time_pause : app.words.time_play;
    play.setAttribute("aria-pressed", String(Boolean(playing)));
    for (const [name, value] of Object.entries(days(time))) /** @type {HTMLInputElement} */ (panel.querySelector(`[name=${name}]`)).value = value;
  };
  const go = (/** @type {number} */ at) => {
    app.state.set({ time: steps[(at + steps.length) % steps.length] });
    tell();
  };
  const stop = () => {
    clearInterval(playing);
    playing = 0;
    tell();
  };

  range.addEventListener("input", () => go(Number(range.value)));
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (box.querySelectorAll("[data-go]"))) {
    button.addEventListener("click", () => {
      stop();
      go(Number(range.value) + Number(button.dataset.go));
    });
  }
  play.addEventListener("click", () => {
    if (playing) return stop();
    playing = window.setInterval(() => go(Number(range.value) + 1), STEP_MS);
    go(app.state.get().time ? Number(range.value) : 0);
  });
  panel.querySelector("[data-reset]")?.addEventListener("click", (event) => {
    event.preventDefault();
    app.state.set({ time: "" });
    stop();
  });
  box.hidden = false;
  tell();
}

/** Two days instead of a step. @param {App} app @param {HTMLElement} panel */
function wireForm(app, panel) {
  const form = /** @type {HTMLFormElement | null} */ (panel.querySelector(".time-form"));
  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { begin, end: last } = Object.fromEntries(new FormData(form));
    app.state.set({ time: begin || last ? `${begin || ".."}/${last || ".."}` : "" });
    await open(app, panel);
  });
}

/** @param {string} time */
function days(time) {
  const [begin = "", end = begin] = time.split("/");
  const day = (/** @type {string} */ text) => (/^\d{4}-\d\d-\d\d/.exec(text)?.[0] ?? "");
  return { begin: day(begin), end: day(end) };
}

/** A step as people say it. @param {string} time @param {string} unit @param {string} language */
function spoken(time, unit, language) {
  const [begin, end = begin] = time.split("/");
  const year = begin.slice(0, 4);
  if (unit === "year") return year;
  if (unit === "decade") return `${year} – ${end.slice(0, 4)}`;
  const how = /** @type {Intl.DateTimeFormatOptions} */ (unit === "month" ? { month: "long", year: "numeric" } : { dateStyle: "medium" });
  const written = new Intl.DateTimeFormat(language, { ...how, timeZone: "UTC" });
  const [first, last] = [begin, end].map((day) => written.format(new Date(`${day}T00:00:00Z`)));
  return first === last ? first : `${first} – ${last}`;
}
