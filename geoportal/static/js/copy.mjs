// @ts-check
// Buttons that copy an address. They are hidden until this module runs: without it they do nothing.

for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("button[data-copy]"))) {
  if (!navigator.clipboard) continue; // not on a page without TLS, except on this machine
  const words = [...button.childNodes];
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy ?? "");
    button.textContent = button.dataset.copied ?? "";
    setTimeout(() => button.replaceChildren(...words), 2000);
  });
}
