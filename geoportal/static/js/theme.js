// @ts-check
// Light or dark as the reader chose, before anything is drawn; without a choice as the system asks.
// It is no module, since a module comes after the first painting.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);

  /** What this browser kept, in its own store and in no cookie; it may keep nothing. */
  function kept() {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null;
    }
  }

  /** @param {string} theme */
  function keep(theme) {
    try {
      localStorage.setItem("theme", theme);
    } catch {
      // a browser that keeps nothing asks the system again on the next page
    }
  }

  function tell() {
    document.getElementById("theme")?.setAttribute("aria-pressed", String(dark()));
    document.dispatchEvent(new CustomEvent("theme", { detail: dark() }));
  }

  const chosen = kept();
  if (chosen === "dark" || chosen === "light") root.dataset.theme = chosen;
  system.addEventListener("change", tell);
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    if (!button) return;
    button.hidden = false;
    button.setAttribute("aria-pressed", String(dark()));
    button.addEventListener("click", () => {
      root.dataset.theme = dark() ? "light" : "dark";
      keep(root.dataset.theme);
      tell();
    });
  });
})();
