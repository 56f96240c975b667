// @ts-check
// On the page without a network: the pages that this device has kept.

const list = /** @type {HTMLElement} */ (document.getElementById("kept"));

async function kept() {
  const found = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).matchAll()));
  const pages = found.flat().filter((answer) => (answer.headers.get("content-type") ?? "").startsWith("text/html"));
  for (const answer of pages.reverse()) {
    const title = new DOMParser().parseFromString(await answer.text(), "text/html").title;
    const path = answer.url.replace(location.origin, "");
    if (!title || path.includes("/offline") || path.includes("/map/")) continue;
    const [item, link] = [document.createElement("li"), document.createElement("a")];
    link.href = path;
    link.textContent = title;
    item.append(link);
    list.append(item);
  }
}

kept();
