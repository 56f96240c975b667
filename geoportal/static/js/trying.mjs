// @ts-check
// An operation of an API tried on the page. Without this module the form leads to the answer itself.

const SHOWN = 100_000; // characters of a body
const HEADERS = ["content-type", "content-length", "etag", "cache-control", "link", "content-crs"];

const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const form = /** @type {HTMLFormElement} */ ($("try"));
const words = JSON.parse(form.dataset.words ?? "{}");

/** The path of the request that the fields make. */
function address() {
  let path = form.dataset.path ?? "";
  const query = new URLSearchParams();
  for (const field of /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("[name]"))) {
    const value = field.value.trim();
    if (field.hasAttribute("data-in-path")) path = path.replace(`{${field.name}}`, encodeURIComponent(value).replaceAll("%3A", ":").replaceAll("'", "%27"));
    else if (value) query.set(field.name, value);
  }
  return path + (query.size ? `?${query}` : "");
}

/** @param {string} text @param {string} type */
function readable(text, type) {
  if (!type.includes("json")) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** @param {Response} answer @param {string} text @param {number} took */
function show(answer, text, took) {
  $("answer-status").textContent = `${answer.status} ${answer.statusText} · ${Math.round(took)} ms · ${text.length} B`;
  $("answer-headers").replaceChildren(
    ...HEADERS.filter((name) => answer.headers.has(name)).flatMap((name) => {
      const [title, value] = [document.createElement("dt"), document.createElement("dd")];
      title.textContent = name;
      value.textContent = answer.headers.get(name);
      return [title, value];
    }),
  );
  const body = readable(text, answer.headers.get("content-type") ?? "");
  $("answer-body").textContent = body.length > SHOWN ? `${body.slice(0, SHOWN)}\n${words.more}` : body;
}

async function ask() {
  const path = address();
  $("answer").hidden = false;
  $("answer-status").textContent = words.asking;
  $("answer-command").textContent = `curl '${form.dataset.site}${path}'`;
  /** @type {HTMLAnchorElement} */ ($("answer-link")).href = path;
  const from = performance.now();
  try {
    const answer = await fetch(path, { headers: { Accept: "application/json, */*;q=0.5" } });
    show(answer, await answer.text(), performance.now() - from);
  } catch {
    $("answer-status").textContent = words.lost;
  }
  $("answer-title").focus();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  ask();
});
