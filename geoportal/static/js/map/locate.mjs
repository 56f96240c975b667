// @ts-check
// "My location": asked for when the tool is opened, drawn on the map, and what of the upper layer is nearest.

import { put } from "../pieces.mjs";
import { circle } from "./geodesy.mjs";
import { chosen } from "./here.mjs";
import { feature, point, together } from "./pointing.mjs";

/** @typedef {import("./app.mjs").App} App */

const SKETCH = "location";
const CLOSE = 15;
const DENIED = 1;
let asking = new AbortController();
let closed = false;

/** @param {App} app @param {HTMLElement} panel */
export async function open(app, panel) {
  closed = false;
  await app.stylesheet("search.css");
  const said = document.createElement("p");
  said.setAttribute("role", "status");
  said.textContent = app.words.locate_waiting;
  const found = document.createElement("div");
  panel.replaceChildren(said, found);
  found.addEventListener("click", (event) => chosen(app, event));
  if (!("geolocation" in navigator)) {
    said.textContent = app.words.locate_failed;
    return;
  }
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => !closed && here(app, coords, said, found),
    ({ code }) => (said.textContent = app.words[code === DENIED ? "locate_refused" : "locate_failed"]),
    { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 },
  );
}

/** @param {App} app */
export function close(app) {
  closed = true;
  asking.abort();
  app.view.sketch(SKETCH, null);
}

/** @param {App} app @param {GeolocationCoordinates} coords @param {HTMLElement} said @param {HTMLElement} into */
async function here(app, { longitude, latitude, accuracy }, said, into) {
  const metres = Math.max(1, Math.round(accuracy)).toLocaleString(app.language);
  said.textContent = app.word("locate_within", { metres });
  app.view.sketch(SKETCH, drawn(longitude, latitude, accuracy));
  app.view.go({ lng: longitude, lat: latitude }, CLOSE);
  const [layer] = app.state.get().layers;
  if (!layer) {
    into.textContent = app.words.locate_none;
    return;
  }
  asking = new AbortController();
  const at = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
  try {
    await put(app.link("/near", { layer, at, piece: 1 }), into, asking.signal);
  } catch {
    if (!asking.signal.aborted) into.textContent = app.words.here_failed;
  }
}

/** The position and the circle in which it is. @param {number} longitude @param {number} latitude @param {number} accuracy in metres */
function drawn(longitude, latitude, accuracy) {
  const ring = circle([longitude, latitude], accuracy);
  return together([feature({ type: "Polygon", coordinates: [ring] }), point([longitude, latitude])]);
}
