// @ts-check
// A table that turns its pages, sorts and narrows without loading the whole page anew.

const table = /** @type {HTMLElement} */ (document.querySelector("[data-table]"));
let asked = new AbortController();

/**
 * Show the rows of an address; where that fails the browser goes there itself.
 * @param {string} address @param {string} [focus] the column whose head was used
 */
async function show(address, focus) {
  const rows = /** @type {HTMLElement} */ (document.getElementById("rows"));
  asked.abort();
  asked = new AbortController();
  rows.classList.add("busy");
  try {
    const answer = await fetch(address, { signal: asked.signal, headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.getElementById("rows");
    if (!answer.ok || !found) throw new Error(`${answer.status} ${address}`);
    const status = rows.querySelector("[role=status]");
    const said = found.querySelector("[role=status]");
    rows.replaceChildren(...found.childNodes);
    if (status && said) {
      said.replaceWith(status); // the same element speaks again
      status.textContent = said.textContent;
    }
    switched(page);
    rows.classList.remove("busy");
    const head = focus && rows.querySelector(`[data-sort="${CSS.escape(focus)}"]`);
    if (head instanceof HTMLElement) head.focus();
    else if (focus === "") rows.querySelector(".scroll")?.scrollTo({ top: 0 });
  } catch (error) {
    if (/** @type {Error} */ (error).name !== "AbortError") location.assign(address);
  }
}

/** Keep the links to the other languages in step. @param {Document} page */
function switched(page) {
  for (const link of document.querySelectorAll(".languages a[hreflang]")) {
    const same = page.querySelector(`.languages a[hreflang="${link.getAttribute("hreflang")}"]`);
    if (same) link.setAttribute("href", same.getAttribute("href") ?? "");
  }
}

/** Go to an address of this table. @param {string} address @param {string} focus */
function go(address, focus) {
  history.pushState(null, "", address);
  show(address, focus);
}

table.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  const other = event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0;
  if (!link || other || link.hasAttribute("download")) return;
  if (!link.closest("#rows thead, .pager, .sizes, .found .chips")) return;
  event.preventDefault();
  if (link.closest(".found .chips")) for (const form of table.querySelectorAll("form.narrow")) clear(form, link.href);
  go(link.href, link.dataset.sort ?? "");
});

/** Empty the fields that an address no longer asks. @param {Element} form @param {string} address */
function clear(form, address) {
  const query = new URL(address).searchParams;
  for (const field of form.querySelectorAll("input:not([type=hidden]):not([type=checkbox]), select")) {
    const input = /** @type {HTMLInputElement} */ (field);
    input.value = query.get(input.name) ?? "";
  }
}

table.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value) query.append(name, String(value));
  event.preventDefault();
  go(`${form.getAttribute("action")}?${query}`, "");
});

addEventListener("popstate", () => show(location.href));
