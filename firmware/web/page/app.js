// The live page: what the adapter sends becomes table, number, graph and status.
import { NAMES } from "generated";
import * as forms from "./forms.js";
import { Graph } from "./graph.js";
import * as link from "./link.js";
import { cause, currentLanguage, either, fill, setLanguage, t } from "./texts.js";
import { THIN, digits, duration, netPower, parseMeasurement } from "./values.js";

const $ = (id) => document.getElementById(id);
const PAGE_ID = document.querySelector('meta[name="page"]').content;
const PAGES = ["live", "status", "settings", "access", "update", "log"];

const state = { link: "connecting", status: null, measurement: null, receivedAt: 0, offset: null };
const rows = new Map();
let graph;

function arrived(event, text) {
  if (event === "status") statusArrived(JSON.parse(text));
  if (event === "measurement") measurementArrived(parseMeasurement(text));
}

function statusArrived(status) {
  // A new firmware brought its page along: this one is of the old (R7.7).
  if (status.page && status.page !== PAGE_ID && PAGE_ID !== sessionStorage.getItem("obisgate.reloaded-from")) {
    sessionStorage.setItem("obisgate.reloaded-from", PAGE_ID);
    location.reload();
    return;
  }
  state.status = status;
  if (status.interval_ms) graph.interval = status.interval_ms / 1000;
  $("name").textContent = status.name;
  document.title = status.name;
  $("version").textContent = "Obisgate " + status.version;
  showNotice();
  if (currentPage() === "status") forms.showStatus();
}

/** Return this browser's time for the adapter's uptime: events held back by a sleeping tab keep their place. */
function browserTime(uptime) {
  const offset = Date.now() / 1000 - uptime;
  if (state.offset === null || offset < state.offset || offset - state.offset > 120) state.offset = offset;
  return uptime + state.offset;
}

function measurementArrived(measurement) {
  const time = browserTime(measurement.sma_time);
  state.measurement = measurement;
  state.receivedAt = time;
  graph.add(time, netPower(measurement["1-0:1.7.0"]?.number, measurement["1-0:2.7.0"]?.number));
  showTable();
  showPower();
  graph.draw();
}

async function linkChanged(now) {
  state.link = now;
  document.body.dataset.link = now;
  $("connection-text").textContent = t("link." + now);
  if (now === "live") await catchUp();
}

/** Fill what a reload, a lost connection or sleep has missed with the adapter's own 60 seconds. */
async function catchUp() {
  state.offset = null;
  try {
    const answer = await link.ask("GET", "/api/v1/window");
    const now = Date.now() / 1000;
    const values = JSON.parse((await answer.text()).replace(/"(1-0:[12]\.7\.0)":(-?\d[\d.]*)/g, '"$1":"$2"'));
    graph.merge(values.map((v) => [now - v.age_ms / 1000, netPower(v["1-0:1.7.0"], v["1-0:2.7.0"])]));
    graph.draw();
  } catch (error) {
    // Without it the graph has a gap, which is what it then should have.
    console.info("no window", error.message);
  }
}

const age = () => Date.now() / 1000 - state.receivedAt;
const staleAfter = () => 3 * (state.status?.interval_ms || 60000) / 1000;
const stale = () => !state.measurement || age() > staleAfter();

function showPower() {
  const values = stale() ? {} : state.measurement;
  const watts = netPower(values["1-0:1.7.0"]?.number, values["1-0:2.7.0"]?.number);
  const direction = watts === null ? "none" : watts > 0 ? "import" : watts < 0 ? "export" : "zero";
  $("power").textContent = watts === null ? "–" : digits(String(Math.abs(watts)));
  $("direction").textContent = t("power." + direction);
  $("direction").dataset.direction = direction;
  const phases = [];
  for (const phase of [1, 2, 3]) {
    for (const [name, code, unit] of [["voltage", 12 + 20 * phase, "V"], ["current", 11 + 20 * phase, "A"]]) {
      const number = values[`1-0:${code}.7.0`]?.number;
      if (number !== undefined) phases.push([t("phase." + name, phase), digits(number) + THIN + unit]);
    }
  }
  const list = $("phases");
  if (list.dataset.shape !== phases.map((p) => p[0]).join()) {
    list.dataset.shape = phases.map((p) => p[0]).join();
    list.replaceChildren(...phases.map(([name]) => {
      const group = document.createElement("div");
      group.append(Object.assign(document.createElement("dt"), { textContent: name }), document.createElement("dd"));
      return group;
    }));
  }
  phases.forEach(([, text], i) => (list.children[i].lastChild.textContent = text));
}

function showTable() {
  const body = $("values").tBodies[0];
  const values = state.measurement || {};
  const codes = Object.keys(values).filter((code) => /^\d.*[:.]/.test(code));
  for (const [code, row] of rows) {
    if (!codes.includes(code)) {
      row.remove();
      rows.delete(code);
    }
  }
  codes.forEach((code, position) => {
    let row = rows.get(code);
    if (!row) {
      row = document.createElement("tr");
      const name = document.createElement("th");
      name.scope = "row";
      row.append(name);
      for (const kind of ["code", "value number", "unit", "age number"]) {
        row.append(Object.assign(document.createElement("td"), { className: kind }));
      }
      row.children[1].textContent = code;
      rows.set(code, row);
    }
    if (body.children[position] !== row) body.insertBefore(row, body.children[position] || null);
    const [unit, ...names] = NAMES[code] || ["", t("values.other"), t("values.other")];
    const { number, value } = values[code];
    row.children[0].textContent = either(names);
    row.children[2].textContent = number === undefined ? value : digits(number);
    row.children[2].classList.toggle("text", number === undefined);
    row.children[3].textContent = unit;
    if (unit) row.children[2].dataset.unit = unit;
  });
  $("values").hidden = !codes.length;
  $("values-none").hidden = codes.length > 0;
  showAges();
}

function showAges() {
  const values = state.measurement || {};
  const newest = Math.max(0, ...[...rows.keys()].map((code) => values[code]?.time || 0));
  const passed = age();
  for (const [code, row] of rows) {
    const behind = values[code]?.time ? newest - values[code].time : 0;
    row.children[4].textContent = duration(passed + behind);
  }
  $("values").classList.toggle("stale", stale());
}

function showNotice() {
  const status = state.status;
  let title = "";
  let text = "";
  if (status && status.state !== "ok") {
    title = t("state." + status.state);
    text = cause(status.cause || "");
  } else if (state.measurement && stale()) {
    title = t("stale.title");
    text = t("stale.text", duration(age()));
  }
  const notice = $("notice");
  if (notice.hidden !== !title) notice.hidden = !title;
  if ($("notice-title").textContent !== title) $("notice-title").textContent = title;
  if ($("notice-text").textContent !== text) $("notice-text").textContent = text;
}

const currentPage = () => PAGES.find((name) => location.hash === "#/" + name) || "live";

function showPage() {
  const page = currentPage();
  for (const section of document.querySelectorAll("[data-page]")) section.hidden = section.dataset.page !== page;
  for (const anchor of document.querySelectorAll("nav a")) {
    if (anchor.hash === "#/" + page) anchor.setAttribute("aria-current", "page");
    else anchor.removeAttribute("aria-current");
  }
  if (page === "live") graph.resize();
  else forms.open(page);
}

function showTheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const chosen = localStorage.getItem("obisgate.theme") || (dark ? "dark" : "light");
  document.documentElement.dataset.theme = chosen;
  $("theme").textContent = t("theme." + (chosen === "dark" ? "light" : "dark"));
  graph.rebuild();
}

function showLanguage(name) {
  setLanguage(name);
  fill(document);
  $("language").textContent = t("language");
  $("language").lang = currentLanguage() === "de" ? "en" : "de";
  $("connection-text").textContent = t("link." + state.link);
  $("phases").dataset.shape = "";
  showTable();
  showPower();
  showNotice();
  showTheme();
  forms.redraw(currentPage());
}

function start() {
  link.takeToken();
  link.onLogin(forms.login);
  graph = new Graph($("graph"), $("graph-text"));
  const wish = localStorage.getItem("obisgate.language") || (navigator.language || "de").slice(0, 2);
  showLanguage(wish === "de" ? "de" : "en");
  $("language").onclick = () => {
    const next = currentLanguage() === "de" ? "en" : "de";
    localStorage.setItem("obisgate.language", next);
    showLanguage(next);
  };
  $("theme").onclick = () => {
    const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    localStorage.setItem("obisgate.theme", next);
    showTheme();
  };
  for (const button of $("range").children) {
    button.setAttribute("aria-pressed", button.dataset.minutes === "5");
    button.onclick = () => {
      graph.minutes = Number(button.dataset.minutes);
      for (const other of $("range").children) other.setAttribute("aria-pressed", other === button);
      graph.rebuild();
    };
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showTheme);
  addEventListener("hashchange", showPage);
  document.addEventListener("visibilitychange", () => !document.hidden && state.link === "live" && catchUp());
  document.addEventListener("resume", () => state.link === "live" && catchUp());
  showPage();
  forms.start();
  // The right edge of the graph is now, also while nothing comes: a gap grows where it is.
  setInterval(() => {
    showAges();
    showPower();
    showNotice();
    if (currentPage() === "live") graph.draw();
  }, 1000);
  link.listen(arrived, linkChanged);
}

start();
