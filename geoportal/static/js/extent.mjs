// @ts-check
// Draws the area of a search on the small picture of the catalog; the four fields say the same.

const CORNERS = ["west", "south", "east", "north"];

/** @param {SVGSVGElement} picture @param {HTMLFormElement} form */
function draws(picture, form) {
  const [west, south, east, north] = (picture.dataset.extent ?? "").split(",").map(Number);
  const { width, height } = picture.viewBox.baseVal;
  const frame = /** @type {SVGRectElement} */ (picture.querySelector("rect"));
  const fields = CORNERS.map((name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name)));
  /** @type {{x: number, y: number} | null} */
  let start = null;

  /** @param {PointerEvent} event */
  const place = (event) => {
    const box = picture.getBoundingClientRect();
    const inside = (/** @type {number} */ share) => Math.min(1, Math.max(0, share));
    return { x: inside((event.clientX - box.left) / box.width), y: inside((event.clientY - box.top) / box.height) };
  };

  /** The frame as the fields say it. */
  function show() {
    const said = fields.map((field) => (field.value.trim() ? Number(field.value.replace(",", ".")) : NaN));
    if (said.some(Number.isNaN)) return frame.removeAttribute("width");
    const [left, right] = [said[0], said[2]].map((x) => ((x - west) / (east - west)) * width);
    const [bottom, top] = [said[1], said[3]].map((y) => ((north - y) / (north - south)) * height);
    const sizes = { x: left, y: top, width: Math.max(0, right - left), height: Math.max(0, bottom - top) };
    for (const [name, value] of Object.entries(sizes)) frame.setAttribute(name, String(value));
  }

  /** @param {PointerEvent} event */
  function pull(event) {
    if (!start) return;
    const end = place(event);
    const x = [start.x, end.x].sort((a, b) => a - b).map((share) => west + share * (east - west));
    const y = [start.y, end.y].sort((a, b) => b - a).map((share) => north - share * (north - south));
    [x[0], y[0], x[1], y[1]].forEach((value, i) => (fields[i].value = value.toFixed(3)));
    show();
  }

  picture.classList.add("draws");
  picture.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    start = place(event);
    picture.setPointerCapture(event.pointerId);
  });
  picture.addEventListener("pointermove", pull);
  picture.addEventListener("pointerup", (event) => {
    pull(event);
    start = null;
  });
  picture.addEventListener("pointercancel", () => (start = null));
  for (const field of fields) field.addEventListener("input", show);
}

for (const picture of /** @type {NodeListOf<SVGSVGElement>} */ (document.querySelectorAll("svg.extent"))) {
  const form = picture.closest("form");
  if (!form) continue;
  draws(picture, form);
  const hint = /** @type {HTMLElement | null} */ (form.querySelector(".drag"));
  if (hint) hint.hidden = false;
}
