// @ts-check
// Buttons of a panel that copy what stands in data-copy.

const SAID_MS = 2000;

/** @param {HTMLElement} panel */
export function wire(panel) {
  if (!navigator.clipboard) return; // not on a page without TLS, except on this machine
  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (panel.querySelectorAll("button[data-copy]"))) {
    const words = [...button.childNodes];
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy ?? "");
      button.textContent = button.dataset.copied ?? "";
      setTimeout(() => button.replaceChildren(...words), SAID_MS);
    });
  }
}
