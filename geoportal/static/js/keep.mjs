// @ts-check
// Lets the browser keep what was seen, once the page itself is done.

if ("serviceWorker" in navigator) {
  addEventListener("load", () => setTimeout(() => navigator.serviceWorker.register("/service-worker.js").catch(() => undefined), 3000));
}
