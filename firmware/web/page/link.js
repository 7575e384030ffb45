// The connection to the adapter: requests with their credential, and the event stream.

let token = null;
let csrf = null;
let askLogin = async () => {};

/** A token in the address (#token=…) opens the page at once; it is taken out of the address and history. */
export function takeToken() {
  const found = location.hash.match(/[#&]token=([^&]+)/);
  if (found) {
    sessionStorage.setItem("obisgate.token", decodeURIComponent(found[1]));
    history.replaceState(null, "", location.pathname);
  }
  token = sessionStorage.getItem("obisgate.token");
  csrf = sessionStorage.getItem("obisgate.csrf");
}

export function setToken(text) {
  token = text;
  if (text) sessionStorage.setItem("obisgate.token", text);
  else sessionStorage.removeItem("obisgate.token");
}

export function setCsrf(text) {
  csrf = text;
  if (text) sessionStorage.setItem("obisgate.csrf", text);
  else sessionStorage.removeItem("obisgate.csrf");
}

export const onLogin = (ask) => (askLogin = ask);

export class Refused extends Error {
  constructor(status, body) {
    super(body.detail || body.error || String(status));
    this.status = status;
    this.error = body.error || "";
    this.body = body;
  }
}

/** The headers that prove who asks. */
export const credential = () => {
  const all = {};
  if (token) all.Authorization = "Bearer " + token;
  else if (csrf) all["X-CSRF-Token"] = csrf;
  return all;
};

async function send(method, path, body, signal) {
  const options = { method, headers: credential(), signal, cache: "no-store" };
  if (body instanceof Blob) options.body = body;
  else if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers["Content-Type"] = "application/json";
  }
  return fetch(path, options);
}

/** Request and return the answer; asks for a login when one is needed. Throws Refused. */
export async function ask(method, path, body) {
  for (;;) {
    const answer = await send(method, path, body);
    if (answer.ok) return answer;
    const problem = await answer.json().catch(() => ({}));
    if (answer.status !== 401 || (path === "/api/v1/session" && method === "POST")) throw new Refused(answer.status, problem);
    await (await resume() || askLogin());
  }
}

/** A page opened anew finds the session its cookie stands for. Returns whether there is one. */
async function resume() {
  if (token) return false;
  const answer = await fetch("/api/v1/session", { cache: "no-store" });
  const session = answer.ok ? await answer.json() : {};
  const known = csrf;
  setCsrf(session.csrf || null);
  return Boolean(csrf) && csrf !== known;
}

export const json = async (method, path, body) => {
  const answer = await ask(method, path, body);
  return answer.status === 204 ? null : answer.json();
};

const SILENCE_MS = 25000;

/**
 * Keep the event stream open for ever: on(event, text) for each event, state("connecting"|"live"|"lost").
 * fetch instead of EventSource: a token goes into a header, and a silent connection is noticed.
 */
export async function listen(on, state) {
  for (let pause = 500; ; pause = Math.min(2 * pause, 8000)) {
    state("connecting");
    const abort = new AbortController();
    let timer;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => abort.abort(), SILENCE_MS);
    };
    try {
      alive();
      const answer = await send("GET", "/api/v1/stream", undefined, abort.signal);
      if (answer.status === 401) {
        clearTimeout(timer);
        state("lost");
        await askLogin();
        pause = 250;
        continue;
      }
      if (answer.ok) {
        pause = 250;
        state("live");
        await events(answer.body.getReader(), on, alive);
      }
    } catch {
      // The adapter went away or was silent: it is tried again below.
    }
    clearTimeout(timer);
    abort.abort();
    state("lost");
    await new Promise((go) => setTimeout(go, pause));
  }
}

async function events(reader, on, alive) {
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    alive();
    rest += decoder.decode(value, { stream: true });
    let end;
    while ((end = rest.indexOf("\n\n")) >= 0) {
      const event = { name: "message", data: "" };
      for (const line of rest.slice(0, end).split("\n")) {
        if (line.startsWith("event: ")) event.name = line.slice(7);
        else if (line.startsWith("data: ")) event.data += line.slice(6);
      }
      rest = rest.slice(end + 2);
      if (event.data) on(event.name, event.data);
    }
  }
}
