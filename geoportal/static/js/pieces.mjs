// @ts-check
// Pieces of the page that the server renders, escaped there, and puts into the panel.

/**
 * Fetch a piece and put it into an element; gives its first element.
 * @param {string} address @param {Element} into @param {AbortSignal} [signal]
 */
export async function put(address, into, signal) {
  const answer = await fetch(address, { signal, headers: { Accept: "text/html" } });
  if (!answer.ok) throw new Error(`${answer.status} ${address}`);
  const piece = new DOMParser().parseFromString(await answer.text(), "text/html").body;
  into.replaceChildren(...piece.childNodes);
  return /** @type {HTMLElement} */ (into.firstElementChild);
}
