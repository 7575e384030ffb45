// The set-up, step by step; later every step again, from a menu.
import { CAUSES } from "generated";
import { either, has, setLanguage, t } from "./setup_texts.js";

const STEPS = ["language", "password", "meter", "key", "wifi", "mqtt"];
const POLL_MS = 1000;
const JOIN_MS = 45000;

const $ = (id) => document.getElementById(id);
const step = (name) => document.querySelector(`[data-step="${name}"]`);
const form = (name) => step(name).querySelector("form");
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

let csrf = null;
let first = true; // the first set-up leads on by itself; later each step returns to the menu
let language = "de";
let table = null;
let keysSent = 0;

class Refused extends Error {
  constructor(answer) {
    super(answer.detail || answer.error);
    this.error = answer.error || "";
  }
}

async function ask(method, path, body) {
  const options = { method, headers: {}, cache: "no-store" };
  if (csrf) options.headers["X-CSRF-Token"] = csrf;
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers["Content-Type"] = "application/json";
  }
  const response = await fetch(path, options);
  const answer = await response.json();
  if (!response.ok) throw new Refused(answer);
  return answer;
}

function reason(error) {
  if (!(error instanceof Refused)) return t("error.network");
  return has("error." + error.error) ? t("error." + error.error) : error.message;
}

function tell(place, text, kind = "") {
  const answer = place.querySelector(".answer");
  answer.textContent = text;
  answer.dataset.kind = kind;
  if (kind) delete answer.dataset.bad;
  else answer.dataset.bad = "";
}

function show(name, good = "") {
  for (const section of document.querySelectorAll("[data-step]")) section.hidden = section.dataset.step !== name;
  const position = STEPS.indexOf(name);
  $("progress").textContent = first && position > 0 ? t("progress", position, STEPS.length - 1) : "";
  $("good").textContent = good;
  const heading = step(name).querySelector("h2");
  document.title = heading.textContent + " – Obisgate";
  heading.focus();
  if (entered[name]) entered[name]();
}

/** Go on behind a step: to the next one at the first set-up, else back to the menu. */
const goOn = (next, good) => show(first ? next : "menu", good);

/** Run what a form asks for; its button is off meanwhile, and errors are told under the fields. */
function onSubmit(target, act) {
  target.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = target.querySelector("button.main");
    button.disabled = true;
    tell(target, t("wait"), "wait");
    try {
      await act(target.elements);
    } catch (error) {
      tell(target, reason(error));
    }
    button.disabled = false;
  });
}

function started(session) {
  csrf = session.csrf;
  // The live page goes on with the same session.
  sessionStorage.setItem("obisgate.csrf", csrf);
}

/* What a step does when it is entered */

const entered = {
  async meter() {
    tell(form("meter"), "", "wait");
    try {
      table = table || (await ask("GET", "/api/v1/profiles"));
      const settings = await ask("GET", "/api/v1/config");
      offerMeters(settings["meter.profile"]);
    } catch (error) {
      tell(form("meter"), reason(error));
    }
  },
  async key() {
    table = table || (await ask("GET", "/api/v1/profiles"));
    const settings = await ask("GET", "/api/v1/config");
    const row = table.profiles.find((entry) => entry.id === settings["meter.profile"]);
    $("key-form-hint").textContent = row ? t("key.form", either(table.key_forms[row.key_form])) : "";
    $("authentication").hidden = Boolean(row && row.keys === 1);
    $("scan").hidden = !("BarcodeDetector" in window && navigator.mediaDevices);
    tell(form("key"), "", "wait");
  },
  wifi: scan,
  mqtt() {
    tell(form("mqtt"), "", "wait");
  },
};

function offerMeters(chosen) {
  const select = form("meter").elements.profile;
  select.replaceChildren(new Option(t("meter.auto"), "auto"));
  const groups = new Map();
  for (const row of table.profiles) {
    if (!groups.has(row.operator)) groups.set(row.operator, Object.assign(document.createElement("optgroup"), { label: row.operator }));
    groups.get(row.operator).append(new Option(`${row.meters} (${row.interface.toUpperCase()})`, row.id));
  }
  select.append(...groups.values());
  select.value = chosen;
  showWiring();
}

function showWiring() {
  const row = table.profiles.find((entry) => entry.id === form("meter").elements.profile.value);
  $("wiring").textContent = row ? either(table.wiring[row.interface]) : "";
}

async function scan() {
  const list = $("networks");
  const option = (ssid, text, strength) => {
    const label = Object.assign(document.createElement("label"), { className: "network" });
    const input = Object.assign(document.createElement("input"), { type: "radio", name: "network", value: ssid });
    const name = Object.assign(document.createElement("span"), { textContent: text });
    const level = Object.assign(document.createElement("span"), { textContent: strength, className: "strength" });
    label.append(input, name, level);
    return label;
  };
  list.replaceChildren();
  tell(form("wifi"), t("wifi.searching"), "wait");
  let found = [];
  try {
    found = await ask("GET", "/api/v1/network/scan");
    tell(form("wifi"), found.length ? "" : t("wifi.none"), "wait");
  } catch (error) {
    tell(form("wifi"), reason(error));
  }
  list.append(...found.map((network) => option(network.ssid, network.ssid, t(network.rssi >= -60 ? "wifi.strong" : network.rssi >= -75 ? "wifi.medium" : "wifi.faint"))), option("", t("wifi.hidden"), ""));
}

/* What a step does when it is sent */

async function login(fields) {
  started(await ask("POST", "/api/v1/session", { password: fields.password.value }));
  form("login").reset();
  show("menu");
}

async function setPassword(fields) {
  started(await ask("PUT", "/api/v1/password", { password: fields.password.value }));
  form("password").reset();
  await ask("PUT", "/api/v1/config", { "device.language": language });
  show("meter");
}

async function setMeter(fields) {
  await ask("PUT", "/api/v1/config", { "meter.profile": fields.profile.value });
  goOn("key");
}

async function setKey(fields) {
  keysSent++;
  tell(form("key"), t("key.checking"), "wait");
  const body = { key: fields.key.value };
  if (fields.auth_key.value && !$("authentication").hidden) body.auth_key = fields.auth_key.value;
  const answer = await ask("PUT", "/api/v1/key", body);
  if (!judged(answer.result, answer)) followKey();
}

/** Tell what became of a key; returns whether that is known yet. */
function judged(result, answer) {
  if (result === "ok") {
    form("key").reset();
    goOn("wifi", t("key.ok"));
  } else if (result === "wrong") {
    tell(form("key"), t("key.wrong"));
  } else {
    const cause = CAUSES[answer.cause];
    tell(form("key"), t("key.waiting", cause ? either(cause) : ""), "wait");
    return false;
  }
  return true;
}

/** A meter may send once a minute, or be plugged in only now: look on while the step is shown. */
async function followKey() {
  const sent = ++keysSent;
  while (true) {
    await pause(2 * POLL_MS);
    if (step("key").hidden || sent !== keysSent) return;
    try {
      const answer = await ask("GET", "/api/v1/key");
      const result = answer.state === "ok" && answer.proven && !answer.candidate ? "ok" : answer.state === "key-wrong" ? "wrong" : "waiting";
      if (judged(result, answer)) return;
    } catch (error) {
      tell(form("key"), reason(error));
    }
  }
}

async function setWifi(fields) {
  const chosen = fields.network && [...form("wifi").querySelectorAll("[name=network]")].find((input) => input.checked);
  const ssid = chosen ? chosen.value || fields.ssid.value : "";
  if (!ssid) {
    tell(form("wifi"), t("wifi.choose"));
    return;
  }
  tell(form("wifi"), t("wifi.connecting", ssid), "wait");
  const changes = { "wifi.ssid": ssid, "wifi.password": fields.password.value };
  for (const name of ["address", "netmask", "gateway", "dns"]) changes["wifi." + name] = fields[name].value.trim();
  await ask("PUT", "/api/v1/config", changes);
  const end = Date.now() + JOIN_MS;
  while (Date.now() < end) {
    await pause(POLL_MS);
    let network;
    try {
      network = await ask("GET", "/api/v1/network");
    } catch (error) {
      // The access point moves to the channel of the network it joins; this device follows.
      continue;
    }
    if (network.state === "connected" && network.ssid === ssid) {
      await ask("POST", "/api/v1/network/confirm");
      fields.password.value = "";
      goOn("mqtt", t("wifi.ok", ssid));
      return;
    }
    if (network.confirm_within_s === null) {
      tell(form("wifi"), t("wifi.failed", has("wifi." + network.error) ? t("wifi." + network.error) : ""));
      return;
    }
  }
  tell(form("wifi"), t("wifi.failed", t("wifi.no-answer")));
}

async function setMqtt(fields) {
  const changes = {
    "mqtt.host": fields.host.value.trim(),
    "mqtt.port": Number(fields.port.value),
    "mqtt.tls": fields.tls.value,
    "mqtt.user": fields.user.value,
  };
  if (fields.password.value) changes["mqtt.password"] = fields.password.value;
  if (fields.tls.value === "verify") changes["mqtt.ca"] = fields.ca.value.trim();
  if (fields.tls.value === "psk") {
    changes["mqtt.psk_identity"] = fields.psk_identity.value;
    changes["mqtt.psk"] = fields.psk.value;
  }
  tell(form("mqtt"), t("mqtt.testing"), "wait");
  const answer = await ask("POST", "/api/v1/mqtt/test", changes);
  if (answer.result !== "ok") {
    tell(form("mqtt"), has(answer.result) ? t(answer.result) : answer.result);
    return;
  }
  await ask("PUT", "/api/v1/config", changes);
  await finish();
}

async function finish() {
  const places = await ask("POST", "/api/v1/setup/finish");
  const row = (name, value) => [Object.assign(document.createElement("dt"), { textContent: t(name) }), Object.assign(document.createElement("dd"), { textContent: value })];
  $("urls").replaceChildren(
    ...places.urls.map((url) => {
      const item = document.createElement("li");
      item.append(Object.assign(document.createElement("a"), { href: url, textContent: url }));
      return item;
    }),
  );
  $("places").replaceChildren(
    ...(places.fingerprint ? row("done.fingerprint", places.fingerprint) : []),
    ...(places.topic ? row("done.topic", places.topic) : []),
  );
  show("done");
}

async function changePassword(fields) {
  started(await ask("PUT", "/api/v1/password", { current: fields.current.value, password: fields.password.value }));
  $("change-form").reset();
  tell($("change-form"), t("change.done"), "good");
}

async function makeBackup(fields) {
  const made = await ask("POST", "/api/v1/backup", { passphrase: fields.passphrase.value });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(made)], { type: "application/json" }));
  link.download = "obisgate-backup.json";
  link.click();
  URL.revokeObjectURL(link.href);
  $("backup-form").reset();
  tell($("backup-form"), t("backup.done"), "good");
}

async function restoreBackup(fields) {
  let backup;
  try {
    backup = JSON.parse(await fields.file.files[0].text());
  } catch (error) {
    tell($("restore-form"), t("restore.malformed"));
    return;
  }
  await ask("PUT", "/api/v1/backup", { passphrase: fields.passphrase.value, backup });
  $("restore-form").reset();
  tell($("restore-form"), t("restore.done"), "good");
}

async function factoryReset() {
  await ask("POST", "/api/v1/factory-reset", { confirm: "erase" });
  $("reset-form").reset();
  tell($("reset-form"), t("reset.done"), "good");
}

async function scanCode() {
  const camera = $("camera");
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  camera.srcObject = stream;
  camera.hidden = false;
  await camera.play();
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  try {
    while (!camera.paused && !step("key").hidden) {
      const [code] = await detector.detect(camera);
      if (code) {
        form("key").elements.key.value = code.rawValue;
        break;
      }
      await pause(200);
    }
  } finally {
    stream.getTracks().forEach((track) => track.stop());
    camera.hidden = true;
  }
}

/* Events */

onSubmit(form("login"), login);
onSubmit(form("password"), setPassword);
onSubmit(form("meter"), setMeter);
onSubmit(form("key"), setKey);
onSubmit(form("wifi"), setWifi);
onSubmit(form("mqtt"), setMqtt);
onSubmit($("change-form"), changePassword);
onSubmit($("backup-form"), makeBackup);
onSubmit($("restore-form"), restoreBackup);
onSubmit($("reset-form"), factoryReset);

for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => {
    language = button.dataset.language;
    setLanguage(language);
    show("password");
  });
}
for (const button of document.querySelectorAll("[data-go]")) {
  button.addEventListener("click", () => (button.classList.contains("skip-step") ? goOn(button.dataset.go) : show(button.dataset.go)));
}
for (const box of document.querySelectorAll("[name=show]")) {
  box.addEventListener("change", () => {
    box.form.elements.password.type = box.checked ? "text" : "password";
  });
}
form("meter").elements.profile.addEventListener("change", showWiring);
$("scan").querySelector("button").addEventListener("click", () => scanCode().catch(() => ($("camera").hidden = true)));
$("rescan").addEventListener("click", scan);
$("networks").addEventListener("change", (event) => {
  $("hidden-name").hidden = event.target.value !== "";
});
form("mqtt").elements.tls.addEventListener("change", (event) => {
  const chosen = event.target.value;
  for (const label of form("mqtt").querySelectorAll("[data-tls]")) label.hidden = label.dataset.tls !== chosen;
  form("mqtt").elements.port.value = chosen === "off" ? 1883 : 8883;
});
$("without-mqtt").addEventListener("click", () => finish().catch((error) => tell(form("mqtt"), reason(error))));

async function begin() {
  const session = await ask("GET", "/api/v1/session");
  language = session.set_up ? session.language : navigator.language.startsWith("de") ? "de" : "en";
  setLanguage(language);
  first = !session.set_up;
  csrf = session.csrf;
  if (first) show("language");
  else show(session.logged_in ? "menu" : "login");
}

begin().catch(() => {
  setLanguage(language);
  show("language", t("error.network"));
});
