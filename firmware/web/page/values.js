// Values as the meter sent them: the digits of a number are kept as text, never rebuilt from a float.
import { currentLanguage } from "./texts.js";

// A narrow space that does not break: between groups of digits, and before a unit.
export const THIN = "\u202f";

/** Parse a measurement; numbers of `value` become `{number: "233.7"}` with exactly their digits. */
export function parseMeasurement(text) {
  return JSON.parse(text.replace(/"value":(-?\d[\d.]*)/g, '"number":"$1"'));
}

/** Return the digits of a number as the reader's language writes them: groups of three, its decimal sign. */
export function digits(text) {
  const [whole, fraction] = text.replace("-", "").split(".");
  const grouped = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, THIN) : whole;
  const sign = text[0] === "-" ? "−" : "";
  return sign + grouped + (fraction ? (currentLanguage() === "de" ? "," : ".") + fraction : "");
}

/** Return net active power in W (1.7.0 − 2.7.0), or null where there is none (R7.2, R7.3). */
export function netPower(plus, minus) {
  if (plus === undefined && minus === undefined) return null;
  // Both are exact decimals far below 2^53; the sum is rounded to what either of them can show.
  const places = Math.max(decimals(plus), decimals(minus));
  return Number((Number(plus ?? 0) - Number(minus ?? 0)).toFixed(places));
}

const decimals = (text) => (String(text ?? "").split(".")[1] || "").length;

/** Return a duration in words short enough for a table. */
export function duration(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 120) return s + THIN + "s";
  if (s < 7200) return Math.floor(s / 60) + THIN + "min";
  if (s < 172800) return Math.floor(s / 3600) + THIN + "h";
  return Math.floor(s / 86400) + THIN + "d";
}
