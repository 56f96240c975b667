// @ts-check
// Lengths and areas on the WGS 84 ellipsoid, along geodesics; positions are [longitude, latitude] in degrees.

/** @typedef {[number, number]} Position */

const A = 6378137;
const F = 1 / 298.257223563;
const B = A * (1 - F);
const E = Math.sqrt(F * (2 - F));
const MEAN = 6371008.8;
const PIECE = 50000;
const RAD = Math.PI / 180;

/**
 * Length in metres of the shortest way, its azimuth at the start in degrees from north (Vincenty 1975).
 * Between nearly opposite places, where his formulas do not settle, the length is that on a sphere
 * (within 0.2 %).
 * @param {Position} from @param {Position} to
 */
export function geodesic(from, to) {
  const [u1, u2] = [reduced(from[1]), reduced(to[1])];
  const apart = turned(to[0] - from[0]) * RAD;
  const [s1, c1, s2, c2] = [Math.sin(u1), Math.cos(u1), Math.sin(u2), Math.cos(u2)];
  let lambda = apart;
  for (let i = 0; i < 200; i++) {
    const [sl, cl] = [Math.sin(lambda), Math.cos(lambda)];
    const sinSigma = Math.hypot(c2 * sl, c1 * s2 - s1 * c2 * cl);
    if (sinSigma === 0) return { length: 0, azimuth: 0 };
    const cosSigma = s1 * s2 + c1 * c2 * cl;
    const sigma = Math.atan2(sinSigma, cosSigma);
    const sinAlpha = (c1 * c2 * sl) / sinSigma;
    const cos2Alpha = 1 - sinAlpha * sinAlpha;
    const mid = cos2Alpha ? cosSigma - (2 * s1 * s2) / cos2Alpha : 0; // 0 along the equator
    const c = (F / 16) * cos2Alpha * (4 + F * (4 - 3 * cos2Alpha));
    const before = lambda;
    lambda = apart + (1 - c) * F * sinAlpha * (sigma + c * sinSigma * (mid + c * cosSigma * (2 * mid * mid - 1)));
    if (Math.abs(lambda - before) > 1e-12) continue;
    const { a, b } = series(cos2Alpha);
    const length = B * a * (sigma - correction(b, mid, sinSigma, cosSigma));
    return { length, azimuth: Math.atan2(c2 * Math.sin(lambda), c1 * s2 - s1 * c2 * Math.cos(lambda)) / RAD };
  }
  return { length: spherical(from, to), azimuth: 0 };
}

/**
 * Where one comes to who goes so many metres in a direction (Vincenty's direct problem).
 * @param {Position} from @param {number} azimuth @param {number} length @returns {Position}
 */
export function along(from, azimuth, length) {
  if (!length) return from;
  const [sa, ca] = [Math.sin(azimuth * RAD), Math.cos(azimuth * RAD)];
  const u = reduced(from[1]);
  const [su, cu] = [Math.sin(u), Math.cos(u)];
  const start = Math.atan2(Math.tan(u), ca);
  const sinAlpha = cu * sa;
  const cos2Alpha = 1 - sinAlpha * sinAlpha;
  const { a, b } = series(cos2Alpha);
  let sigma = length / (B * a);
  let mid = 0;
  for (let i = 0, before = NaN; i < 100 && !(Math.abs(sigma - before) < 1e-12); i++) {
    mid = Math.cos(2 * start + sigma);
    before = sigma;
    sigma = length / (B * a) + correction(b, mid, Math.sin(sigma), Math.cos(sigma));
  }
  mid = Math.cos(2 * start + sigma);
  const [ss, cs] = [Math.sin(sigma), Math.cos(sigma)];
  const latitude = Math.atan2(su * cs + cu * ss * ca, (1 - F) * Math.hypot(sinAlpha, su * ss - cu * cs * ca));
  const lambda = Math.atan2(ss * sa, cu * cs - su * ss * ca);
  const c = (F / 16) * cos2Alpha * (4 + F * (4 - 3 * cos2Alpha));
  const more = lambda - (1 - c) * F * sinAlpha * (sigma + c * ss * (mid + c * cs * (2 * mid * mid - 1)));
  return [turned(from[0] + more / RAD), latitude / RAD];
}

/** Length in metres of a line. @param {Position[]} line */
export const length = (line) => line.slice(1).reduce((sum, to, i) => sum + geodesic(line[i], to).length, 0);

/**
 * Area in square metres of a ring, whose edges are geodesics; it need not be closed. Of a ring around
 * a pole it is the part with the pole. What crosses itself has no area that means something.
 * @param {Position[]} ring
 */
export function area(ring) {
  let [sum, turns] = [0, 0];
  ring.forEach((from, i) => {
    const to = ring[(i + 1) % ring.length];
    turns += turned(to[0] - from[0]);
    sum += under(from, to);
  });
  const pole = Math.abs(turns) > 180 ? 2 * Math.PI * below(90) : 0;
  return Math.abs(pole - Math.abs(sum));
}

/**
 * The corners of a circle on the ground, closed.
 * @param {Position} center @param {number} radius in metres @returns {Position[]}
 */
export function circle(center, radius, corners = 72) {
  const ring = Array.from({ length: corners }, (_, i) => along(center, (360 / corners) * -i, radius));
  return [...ring, ring[0]];
}

/** The ring of a box between two corners, closed. @param {Position} one @param {Position} other @returns {Position[]} */
export function box([x, y], [x2, y2]) {
  const [west, east, south, north] = [Math.min(x, x2), Math.max(x, x2), Math.min(y, y2), Math.max(y, y2)];
  return [[west, south], [east, south], [east, north], [west, north], [west, south]];
}

/** Degrees of longitude from -180 to 180. @param {number} degrees */
const turned = (degrees) => degrees - 360 * Math.round(degrees / 360);

/** @param {number} latitude */
const reduced = (latitude) => Math.atan((1 - F) * Math.tan(latitude * RAD));

/** @param {number} cos2Alpha */
function series(cos2Alpha) {
  const u = (cos2Alpha * (A * A - B * B)) / (B * B);
  return { a: 1 + (u / 16384) * (4096 + u * (u * (320 - 175 * u) - 768)), b: (u / 1024) * (256 + u * (u * (74 - 47 * u) - 128)) };
}

/** @param {number} b @param {number} mid @param {number} ss @param {number} cs */
function correction(b, mid, ss, cs) {
  const last = (b / 6) * mid * (4 * ss * ss - 3) * (4 * mid * mid - 3);
  return b * ss * (mid + (b / 4) * (cs * (2 * mid * mid - 1) - last));
}

/** @param {Position} from @param {Position} to */
function spherical([x1, y1], [x2, y2]) {
  const h = Math.sin(((y2 - y1) * RAD) / 2) ** 2 + Math.cos(y1 * RAD) * Math.cos(y2 * RAD) * Math.sin(((x2 - x1) * RAD) / 2) ** 2;
  return 2 * MEAN * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** Square metres from the equator to a latitude, for each radian of longitude. @param {number} latitude */
function below(latitude) {
  const s = Math.sin(latitude * RAD);
  return ((B * B) / 2) * (s / (1 - E * E * s * s) + Math.atanh(E * s) / E);
}

/** The area between an edge and the equator, positive to the east. @param {Position} from @param {Position} to */
function under(from, to) {
  const whole = geodesic(from, to);
  const pieces = Math.max(1, Math.ceil(whole.length / PIECE));
  let sum = 0;
  for (let i = 0, here = from; i < pieces; i++) {
    const middle = along(from, whole.azimuth, (whole.length * (i + 0.5)) / pieces);
    const next = i + 1 === pieces ? to : along(from, whole.azimuth, (whole.length * (i + 1)) / pieces);
    // a straight step is wrong by its square, so two half steps tell what is left (Richardson)
    sum += (4 * (step(here, middle) + step(middle, next)) - step(here, next)) / 3;
    here = next;
  }
  return sum;
}

/** @param {Position} from @param {Position} to */
const step = (from, to) => ((turned(to[0] - from[0]) * RAD) * (below(from[1]) + below(to[1]))) / 2;
