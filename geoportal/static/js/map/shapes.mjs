// @ts-check
// Shapes made of points: what is drawn of them, and how an address says them (geoportal/emap/areas.py).

import { box, circle, geodesic } from "./geodesy.mjs";

/** @typedef {import("./geodesy.mjs").Position} Position */
/** @typedef {"point" | "line" | "polygon" | "box" | "circle"} Kind */

/** How many points a shape takes; of a circle the second is on its edge. */
export const MOST = { point: 1, line: Infinity, polygon: Infinity, box: 2, circle: 2 };
const LEAST = { point: 1, line: 2, polygon: 3, box: 2, circle: 1 };
const DIGITS = 6;

/**
 * The geometry of a shape; null while points are missing.
 * @param {Kind} kind @param {Position[]} places @param {number} radius metres, of a circle
 */
export function geometry(kind, places, radius) {
  if (places.length < LEAST[kind] || (kind === "circle" && !(radius > 0))) return null;
  if (kind === "point") return { type: "Point", coordinates: places[0] };
  if (kind === "line") return { type: "LineString", coordinates: places };
  const ring = kind === "box" ? box(places[0], places[1]) : kind === "circle" ? circle(places[0], radius) : [...places, places[0]];
  return { type: "Polygon", coordinates: [ring] };
}

/** The radius that two points say, else the one that is typed. @param {Position[]} places @param {string} typed */
export function radiusOf(places, typed) {
  if (places.length > 1) return geodesic(places[0], places[1]).length;
  return Number(typed.replace(/\s/g, "").replace(",", ".")) || 0;
}

/** An area as an address says it; empty while it is none. @param {Kind} kind @param {Position[]} places @param {number} radius */
export function address(kind, places, radius) {
  if (!geometry(kind, places, radius)) return "";
  const short = (/** @type {number} */ n) => String(Number(n.toFixed(DIGITS)));
  const pair = (/** @type {Position} */ place) => place.map(short).join(",");
  if (kind === "circle") return `circle:${pair(places[0])},${Math.round(radius)}`;
  if (kind === "polygon") return `polygon:${places.map(pair).join(";")}`;
  const ring = box(places[0], places[1]);
  return `${pair(ring[0])},${pair(ring[2])}`;
}
