// @ts-check
// "My location" on a page with a form: the position is asked for on a click only, and goes into the field.

const $ = (/** @type {string} */ id) => document.getElementById(id);
const button = /** @type {HTMLButtonElement | null} */ ($("near-me"));
const said = $("near-said");
const DENIED = 1;

if (button && said && "geolocation" in navigator) {
  button.hidden = false;
  button.addEventListener("click", () => {
    tell(button.dataset.waiting ?? "");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        /** @type {HTMLInputElement} */ ($("near-q")).value = `${coords.latitude.toFixed(5)}, ${coords.longitude.toFixed(5)}`;
        /** @type {HTMLFormElement} */ ($("near")).requestSubmit();
      },
      ({ code }) => tell(button.dataset[code === DENIED ? "refused" : "failed"] ?? ""),
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 },
    );
  });
}

/** @param {string} text */
function tell(text) {
  if (!said) return;
  said.textContent = text;
  said.hidden = !text;
}
