// The parts of the page behind the readings: status, settings, key, tokens, update, log, login.
import { LEDS, SETTINGS } from "generated";
import * as link from "./link.js";
import { cause, currentLanguage, either, has, t } from "./texts.js";
import { duration } from "./values.js";

const $ = (id) => document.getElementById(id);

const element = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};

/** Return what went wrong in the reader's words. */
function reason(error) {
  if (!(error instanceof link.Refused)) return t("error.network");
  const known = "error." + error.error;
  return has(known) ? t(known) : error.message;
}

function answer(form, text, bad = false) {
  const place = form.querySelector ? form.querySelector(".answer") || form : form;
  place.replaceChildren(text);
  if (bad) place.dataset.bad = "";
  else delete place.dataset.bad;
}

/** Run what a form asks for; its button is off meanwhile and its answer line tells the outcome. */
function onSubmit(form, act) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button.main");
    button.disabled = true;
    answer(form, "");
    try {
      const text = await act(new FormData(form));
      answer(form, text || "");
    } catch (error) {
      answer(form, reason(error), true);
    }
    button.disabled = false;
  });
}

/* Login */

let loggingIn = null;

/** Ask for the password (or a token) once, however many requests are waiting for it. */
export function login() {
  if (!loggingIn) {
    link.setToken(null);
    loggingIn = new Promise((done) => {
      const dialog = $("login");
      const form = $("login-form");
      if (!dialog.open) dialog.showModal();
      dialog.oncancel = (event) => event.preventDefault();
      form.onsubmit = async (event) => {
        event.preventDefault();
        const secret = form.password.value;
        try {
          await enter(secret);
        } catch (error) {
          answer(form, reason(error), true);
          return;
        }
        form.reset();
        answer(form, "");
        dialog.close();
        done();
        arrive();
      };
    }).finally(() => (loggingIn = null));
  }
  return loggingIn;
}

async function enter(secret) {
  try {
    const session = await link.json("POST", "/api/v1/session", { password: secret });
    link.setCsrf(session.csrf);
  } catch (error) {
    if (!(error instanceof link.Refused) || error.status === 429) throw error;
    // Not the password: it may be a token.
    const probe = await fetch("/api/v1/status", { headers: { Authorization: "Bearer " + secret } }).catch(() => null);
    if (!probe || !probe.ok) throw error;
    link.setToken(secret);
  }
}

/* Status */

const or = (value, other = "–") => (value === null || value === undefined || value === "" ? other : value);

function facts(list, pairs) {
  list.replaceChildren(
    ...pairs.flatMap(([name, text]) => [
      element("dt", { textContent: t(name) }),
      element("dd", { textContent: or(text) }),
    ]),
  );
}

const counts = (object) =>
  Object.entries(object || {})
    .map(([name, count]) => `${name}: ${count}`)
    .join(", ");

const clockText = (seconds) =>
  seconds
    ? new Intl.DateTimeFormat(currentLanguage() === "de" ? "de-AT" : "en-GB", {
        dateStyle: "medium",
        timeStyle: "medium",
      }).format(seconds * 1000)
    : t("clock.unset");

export async function showStatus() {
  let s;
  try {
    s = await link.json("GET", "/api/v1/status");
  } catch {
    return;
  }
  const meter = s.meter || {};
  const latency = s.mqtt?.latency;
  facts($("facts"), [
    ["fact.state", t("state." + s.state) + (s.state === "ok" ? "" : " – " + cause(s.cause))],
    ["fact.meter", meter.meter],
    ["fact.profile", meter.profile],
    ["fact.line", meter.line],
    ["fact.interval", meter.interval_s ? String(meter.interval_s) + " s" : null],
    ["fact.telegrams", s.meter_valid_package_cnt],
    ["fact.security", meter.security ? t("security." + meter.security) : null],
    ["fact.dropped", counts(meter.dropped)],
    ["fact.latency", latency && latency.count ? `p50 ${latency.p50_ms} ms, p99 ${latency.p99_ms} ms` : null],
    ["fact.mqtt", s.mqtt ? s.mqtt.state + (s.mqtt.error ? ` (${s.mqtt.error})` : "") : null],
    ["fact.wifi", [s.wifi?.ssid, s.wifi?.ip, s.wifi?.rssi && s.wifi.rssi + " dBm"].filter(Boolean).join(", ")],
    ["fact.clock", s.clock ? s.clock.local || t("clock.unset") : null],
    ["fact.meter_clock", s.clock?.meter],
    ["fact.uptime", duration(s.sma_time)],
    ["fact.heap", s.heap ? `${Math.round(s.heap.used / 1024)} / ${Math.round(s.heap.free / 1024)} KiB` : null],
    ["fact.web", s.web ? `${s.web.open} (${s.web.streams} live)` : null],
    ["fact.version", s.version + (s.partition ? ` (${s.partition})` : "")],
  ]);
}

/** Draw each rhythm as a strip of two seconds: filled is lit. */
function showLeds() {
  $("leds").closest(".card").hidden = !LEDS.length;
  $("leds").replaceChildren(
    ...LEDS.map(({ pattern, colour, text }) => {
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      svg.setAttribute("viewBox", "0 0 104 16");
      svg.setAttribute("aria-hidden", "true");
      const total = pattern.reduce((sum, ms) => sum + ms, 0);
      let x = 0;
      pattern.forEach((ms, i) => {
        const width = (ms / total) * 104;
        const bar = document.createElementNS("http://www.w3.org/2000/svg", "rect");
        // Unlit is dark on either ground, so that every colour stands out against it.
        const fill = i % 2 ? "#20282b" : colour;
        for (const [name, value] of Object.entries({ x, y: 2, width, height: 12, fill })) bar.setAttribute(name, value);
        svg.append(bar);
        x += width;
      });
      return element("li", {}, svg, element("span", { textContent: either(text) }));
    }),
  );
}

/* Settings */

let settings = null;
const openGroups = new Set();

function field(row, value) {
  const name = either(row.text);
  let input;
  if (row.kind === "bool") {
    input = element("input", { type: "checkbox", name: row.key, checked: value });
    const problem = element("span", { className: "problem" });
    return element("label", { className: "check" }, input, element("span", { textContent: name }), problem);
  }
  if (row.kind === "choice") {
    input = element("select", { name: row.key });
    for (const option of row.limit) input.append(element("option", { value: option, textContent: option }));
    input.value = value;
  } else if (row.kind === "int") {
    input = element("input", { type: "number", name: row.key, value, min: row.limit[0], max: row.limit[1] });
  } else if (row.limit > 1000) {
    input = element("textarea", { name: row.key, value, rows: 6, spellcheck: false });
  } else {
    input = element("input", { name: row.key, value: row.secret ? "" : value, spellcheck: false });
    if (row.secret) {
      input.type = "password";
      input.autocomplete = "off";
      if (value) input.placeholder = t("settings.secret");
    }
  }
  return element("label", {}, element("span", { textContent: name }), input, element("span", { className: "problem" }));
}

async function showSettings() {
  try {
    settings = await link.json("GET", "/api/v1/config");
  } catch (error) {
    answer($("settings-form"), reason(error), true);
    return;
  }
  const groups = new Map();
  for (const row of SETTINGS) {
    if (!(row.key in settings)) continue;
    const name = row.key.split(".")[0];
    if (!groups.has(name)) {
      const title = has("group." + name) ? t("group." + name) : name;
      const opened = name === "device" || Boolean(openGroups.has(name));
      const group = element("details", { open: opened }, element("summary", { textContent: title }));
      group.ontoggle = () => (group.open ? openGroups.add(name) : openGroups.delete(name));
      groups.set(name, group);
    }
    groups.get(name).append(field(row, settings[row.key]));
  }
  $("settings-fields").replaceChildren(...groups.values());
}

async function saveSettings() {
  const form = $("settings-form");
  const changes = {};
  for (const row of SETTINGS) {
    const input = form.elements[row.key];
    if (!input) continue;
    let value = input.value;
    if (row.kind === "bool") value = input.checked;
    if (row.kind === "int") value = Number(input.value);
    if (row.secret && value === "") continue;
    if (row.secret || value !== settings[row.key]) changes[row.key] = value;
  }
  for (const place of form.querySelectorAll(".problem")) place.textContent = "";
  if (!Object.keys(changes).length) return t("settings.unchanged");
  let saved;
  try {
    saved = await link.json("PUT", "/api/v1/config", changes);
  } catch (error) {
    // "mqtt.port: from 1 to 65535; …": each cause goes to its field.
    for (const [, key, text] of (error.message || "").matchAll(/([a-z_.]+): ([^;]+)/g)) {
      const input = form.elements[key];
      if (!input) continue;
      input.parentElement.querySelector(".problem").textContent = text;
      input.closest("details").open = true;
    }
    throw error;
  }
  const text = saved.confirm_within_s ? await keep(form, changes, saved.confirm_within_s) : t("settings.saved");
  await showSettings();
  return text;
}

const TRY_MS = 2000;

/** Return the page's address once changed settings are in force. */
function address(changes) {
  const now = { ...settings, ...changes };
  const mode = now["web.mode"];
  const encrypted = mode === "both" ? location.protocol === "https:" : mode !== "http";
  const port = encrypted ? now["web.https_port"] : now["web.port"];
  const host = changes["wifi.address"] || location.hostname;
  return new URL(`${encrypted ? "https" : "http"}://${host}:${port}`).origin;
}

/** Keep settings on trial as soon as the adapter is reached by them: here, or by the link that is shown. */
async function keep(form, changes, seconds) {
  const there = address(changes);
  const anchor = element("a", { href: there + "/#/settings", textContent: there });
  if (there === location.origin) answer(form, t("settings.trial"));
  else answer(form, element("span", {}, t("settings.elsewhere", seconds) + " ", anchor));
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    await new Promise((go) => setTimeout(go, TRY_MS));
    try {
      await link.ask("POST", "/api/v1/network/confirm");
      return t("settings.saved");
    } catch (error) {
      if (error.error === "network:nothing-on-trial") return "";
    }
  }
  return t("settings.back");
}

/** Whoever opens the page by the settings on trial is not locked out by them: they stay. */
async function arrive() {
  if (!("X-CSRF-Token" in link.credential())) return;
  try {
    const network = await link.json("GET", "/api/v1/network");
    if (network.confirm_within_s !== null) await link.ask("POST", "/api/v1/network/confirm");
  } catch {
    // Not reached yet, or too late: the settings go back.
  }
}

async function saveKey(data) {
  const form = $("key-form");
  answer(form, t("key.testing"));
  const body = { key: data.get("key") };
  if (data.get("auth_key")) body.auth_key = data.get("auth_key");
  const result = await link.json("PUT", "/api/v1/key", body);
  form.reset();
  return t("key." + result.result);
}

/* Tokens */

async function showTokens() {
  const list = $("tokens");
  let tokens;
  try {
    tokens = await link.json("GET", "/api/v1/tokens");
  } catch (error) {
    list.replaceChildren(element("li", { textContent: reason(error) }));
    return;
  }
  if (!tokens.length) {
    list.replaceChildren(element("li", { textContent: t("tokens.none") }));
    return;
  }
  list.replaceChildren(
    ...tokens.map(({ id, name, scope }) => {
      const button = element("button", { type: "button", textContent: t("tokens.revoke") });
      button.setAttribute("aria-label", `${t("tokens.revoke")}: ${name}`);
      button.onclick = async () => {
        try {
          await link.ask("DELETE", "/api/v1/tokens/" + id);
          answer($("token-form"), t("tokens.revoked"));
        } catch (error) {
          answer($("token-form"), reason(error), true);
        }
        showTokens();
      };
      return element("li", {}, element("span", { textContent: `${name} – ${t("tokens." + scope)}` }), button);
    }),
  );
}

async function makeToken(data) {
  const made = await link.json("POST", "/api/v1/tokens", { name: data.get("name"), scope: data.get("scope") });
  $("token-form").reset();
  showTokens();
  return t("tokens.made", made.token);
}

/* Update and log */

async function showUpdate() {
  try {
    const update = await link.json("GET", "/api/v1/update");
    facts($("update-facts"), [
      ["fact.version", update.version],
      ["fact.slot", update.slot],
      ["fact.update", has("update." + update.state) ? t("update." + update.state) : update.state],
      ["fact.cause", update.cause],
      ["fact.available", update.available],
    ]);
  } catch {
    $("update-facts").replaceChildren();
  }
}

/** XMLHttpRequest, because fetch does not tell how far an upload is. */
function upload(file) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/v1/update");
    for (const [name, value] of Object.entries(link.credential())) request.setRequestHeader(name, value);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    const bar = $("update-progress");
    bar.hidden = false;
    request.upload.onprogress = (event) => (bar.value = event.total ? (100 * event.loaded) / event.total : 0);
    request.onerror = () => failed(new Error());
    request.onload = () => {
      bar.hidden = true;
      if (request.status < 300) return done();
      let body = {};
      try {
        body = JSON.parse(request.responseText);
      } catch {
        // An answer that is no JSON: its status has to do.
      }
      failed(new link.Refused(request.status, body));
    };
    request.send(file);
  });
}

async function showLog() {
  const body = $("log").tBodies[0];
  let entries;
  try {
    entries = await link.json("GET", "/api/v1/log");
  } catch (error) {
    body.replaceChildren(element("tr", {}, element("td", { colSpan: 4, textContent: reason(error) })));
    return;
  }
  body.replaceChildren(
    ...entries.reverse().map(({ time, uptime, event, source, count }) => {
      const when = time ? clockText(time) : `+ ${duration(uptime)}`;
      return element("tr", {},
        element("td", { textContent: when }),
        element("td", { textContent: event }),
        element("td", { textContent: source }),
        element("td", { className: "number", textContent: count }));
    }),
  );
}

const OPEN = {
  status: () => {
    showLeds();
    showStatus();
  },
  settings: showSettings,
  access: showTokens,
  update: showUpdate,
  log: showLog,
};

/** A section of the page comes into view. */
export const open = (page) => OPEN[page]?.();

/** The language has changed. */
export const redraw = (page) => OPEN[page]?.();

export function start() {
  arrive();
  onSubmit($("settings-form"), saveSettings);
  onSubmit($("key-form"), saveKey);
  onSubmit($("token-form"), makeToken);
  onSubmit($("update-form"), async (data) => {
    await upload(data.get("bundle"));
    return t("update.sent");
  });
  $("reboot").onclick = async () => {
    try {
      await link.ask("POST", "/api/v1/reboot");
      answer($("reboot-answer"), t("reboot.done"));
    } catch (error) {
      answer($("reboot-answer"), reason(error), true);
    }
  };
  $("logout").onclick = async () => {
    await link.ask("DELETE", "/api/v1/session").catch(() => {});
    link.setToken(null);
    link.setCsrf(null);
    location.reload();
  };
}
