// @ts-check
// The service worker: pages from the network, and without one as they were last seen.
// It keeps nothing of the studio, of private answers or of other hosts.

const KEPT = "emap-1";
const PAGES = 60;
const PIECES = 600; // tiles, scripts, styles, lists of places
const PRIVATE = /^\/(sr-cyrl\/|sr-latn\/|en\/|sr\/|sr_Latn\/)?(studio|api|uploads|user|health|status)(\/|$)/;
const FOR_EVER = /immutable/;
const LANGUAGE = /^\/(sr-cyrl|sr-latn|en|sr|sr_Latn)(?=\/|$)/;

const scope = /** @type {any} */ (self);

scope.addEventListener("install", (/** @type {any} */ event) => {
  event.waitUntil(keepOffline().then(() => scope.skipWaiting()));
});

async function keepOffline() {
  const kept = await caches.open(KEPT);
  await kept.addAll(["/offline", "/sr-latn/offline", "/en/offline", "/static/css/site.css", "/static/css/fonts.css", "/static/js/theme.js", "/static/js/offline.mjs"]);
}

scope.addEventListener("activate", (/** @type {any} */ event) => {
  event.waitUntil(forgetOld().then(() => scope.clients.claim()));
});

async function forgetOld() {
  const old = (await caches.keys()).filter((name) => name.startsWith("emap-") && name !== KEPT);
  await Promise.all(old.map((name) => caches.delete(name)));
}

scope.addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== location.origin || PRIVATE.test(address.pathname) || request.headers.has("range")) return;
  event.respondWith(answer(request, event));
});

/** @param {Request} request @param {any} event */
async function answer(request, event) {
  const kept = await caches.open(KEPT);
  const known = await kept.match(request);
  if (known && FOR_EVER.test(known.headers.get("cache-control") ?? "")) return known;
  try {
    const fresh = await fetch(request);
    if (mayKeep(fresh)) event.waitUntil(keep(kept, request, fresh.clone()));
    return fresh;
  } catch (lost) {
    if (known) return known;
    if (request.mode === "navigate") return offline(kept, new URL(request.url).pathname);
    throw lost;
  }
}

/** @param {Response} answer */
function mayKeep(answer) {
  const said = answer.headers.get("cache-control") ?? "";
  const attached = (answer.headers.get("content-disposition") ?? "").startsWith("attachment");
  return answer.status === 200 && answer.type === "basic" && !attached && !/no-store|private/.test(said);
}

/** @param {Cache} kept @param {Request} request @param {Response} answer */
async function keep(kept, request, answer) {
  await kept.put(request, answer);
  const all = await kept.keys();
  const pages = all.filter((each) => each.mode === "navigate" || each.destination === "document");
  const pieces = all.filter((each) => !pages.includes(each) && !/offline/.test(each.url));
  for (const each of [...pages.slice(0, -PAGES), ...pieces.slice(0, -PIECES)]) await kept.delete(each);
}

/** The page for who has no network, in the language of the one asked for. @param {Cache} kept @param {string} path */
async function offline(kept, path) {
  const prefix = LANGUAGE.exec(path)?.[0] ?? "";
  return (await kept.match(`${prefix}/offline`)) ?? (await kept.match("/offline")) ?? Response.error();
}
