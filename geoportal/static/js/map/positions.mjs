// @ts-check
// Positions as people write them, latitude first; geoportal/emap/positions.py reads the same.

/** @typedef {import("./geodesy.mjs").Position} Position */

const PLAIN = /^\s*(-?\d{1,3}(?:[.,]\d+)?)(?:\s*[,;]\s+|\s*;\s*|\s+|,)(-?\d{1,3}(?:[.,]\d+)?)\s*$/;
const ONE_COMMA = /^\s*(-?\d{1,3}(?:\.\d+)?),(-?\d{1,3}(?:\.\d+)?)\s*$/;
const NUMBER = "(\\d{1,3}(?:[.,]\\d+)?)";
const PART = `${NUMBER}\\s*°\\s*(?:${NUMBER}\\s*['′’]\\s*)?(?:${NUMBER}\\s*(?:"|″|”|'')\\s*)?`;
const TURNED = new RegExp(`^\\s*${PART}([nsсј])[\\s,;]*${PART}([ewиз])\\s*$`, "i");
const BACK = "swјз";
const DIGITS = 6; // of a degree: about 0.1 m

/** Longitude and latitude of a line of text; null for what is no position. @param {string} text @returns {Position | null} */
export function read(text) {
  const turned = TURNED.exec(text);
  const plain = ONE_COMMA.exec(text) ?? PLAIN.exec(text);
  const [latitude, longitude] = turned
    ? [degrees(turned.slice(1, 5)), degrees(turned.slice(5, 9))]
    : plain
      ? [number(plain[1]), number(plain[2])]
      : [NaN, NaN];
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? [longitude, latitude] : null;
}

/** A position as one line of text. @param {Position} position */
export const written = ([longitude, latitude]) => `${latitude.toFixed(DIGITS)}, ${longitude.toFixed(DIGITS)}`;

/** @param {string | undefined} text */
const number = (text) => Number((text ?? "0").replace(",", "."));

/** @param {string[]} parts */
function degrees([whole, minutes, seconds, side]) {
  const sign = BACK.includes(side.toLowerCase()) ? -1 : 1;
  return sign * (number(whole) + number(minutes) / 60 + number(seconds) / 3600);
}
