// Every text of the page in both languages: [German, English].
import { CAUSES } from "generated";

const TEXTS = {
  "skip": ["Zum Inhalt", "Skip to content"],
  "nav": ["Bereiche", "Sections"],
  "nav.live": ["Messwerte", "Readings"],
  "nav.status": ["Status", "Status"],
  "nav.settings": ["Einstellungen", "Settings"],
  "nav.access": ["Zugriff", "Access"],
  "nav.update": ["Firmware", "Firmware"],
  "nav.log": ["Protokoll", "Log"],
  "language": ["English", "Deutsch"],
  "theme.light": ["Hell", "Light"],
  "theme.dark": ["Dunkel", "Dark"],
  "link.live": ["Verbunden", "Connected"],
  "link.lost": ["Keine Verbindung zum Adapter – neuer Versuch läuft", "No connection to the adapter – trying again"],
  "link.connecting": ["Verbinde …", "Connecting …"],
  "power.title": ["Wirkleistung jetzt", "Active power now"],
  "power.import": ["Bezug aus dem Netz", "Drawn from the grid"],
  "power.export": ["Lieferung ins Netz", "Fed into the grid"],
  "power.zero": ["Weder Bezug noch Lieferung", "Neither drawn nor fed in"],
  "power.none": ["Kein aktueller Wert", "No current value"],
  "phase.voltage": ["Spannung L{0}", "Voltage L{0}"],
  "phase.current": ["Strom L{0}", "Current L{0}"],
  "graph.title": ["Verlauf der Wirkleistung (Bezug − Lieferung)", "Active power over time (import − export)"],
  "graph.range": ["Zeitraum", "Period"],
  "graph.1": ["1 min", "1 min"],
  "graph.3": ["3 min", "3 min"],
  "graph.5": ["5 min", "5 min"],
  "graph.text": ["{0} Messpunkte, von {1} W bis {2} W. Fehlende Daten bleiben Lücken.", "{0} points, from {1} W to {2} W. Missing data stays a gap."],
  "graph.none": ["Noch keine Messpunkte.", "No points yet."],
  "graph.gaps.1": ["1 Lücke im Zeitraum.", "1 gap in this period."],
  "graph.gaps": ["{0} Lücken im Zeitraum.", "{0} gaps in this period."],
  "values.title": ["Alle Werte", "All values"],
  "values.name": ["Bezeichnung", "Name"],
  "values.code": ["OBIS-Code", "OBIS code"],
  "values.value": ["Wert", "Value"],
  "values.unit": ["Einheit", "Unit"],
  "values.age": ["Alter", "Age"],
  "values.none": ["Noch keine Werte vom Zähler.", "No values from the meter yet."],
  "values.other": ["Weiterer Wert", "Further value"],
  "state.ok": ["Messwerte kommen an", "Readings are coming in"],
  "state.searching": ["Suche den Zähler", "Looking for the meter"],
  "state.no-data": ["Keine Daten vom Zähler", "No data from the meter"],
  "state.key-required": ["Schlüssel fehlt", "Key missing"],
  "state.key-wrong": ["Schlüssel passt nicht", "Key does not fit"],
  "state.not-recognised": ["Telegramme nicht erkannt", "Telegrams not recognised"],
  "stale.title": ["Die Werte sind nicht mehr aktuell", "The values are no longer current"],
  "stale.text": ["Das letzte Telegramm kam vor {0}.", "The last telegram came {0} ago."],
  "status.title": ["Zähler und Adapter", "Meter and adapter"],
  "fact.state": ["Zustand", "State"],
  "fact.meter": ["Zähler", "Meter"],
  "fact.profile": ["Profil", "Profile"],
  "fact.line": ["Leitung", "Line"],
  "fact.interval": ["Sendeintervall", "Push interval"],
  "fact.telegrams": ["Gelesene Telegramme", "Telegrams read"],
  "fact.security": ["Sicherung der Telegramme", "Protection of the telegrams"],
  "security.authenticated": ["Echtheit geprüft", "authenticated"],
  "security.encrypted": ["verschlüsselt, Echtheit nicht prüfbar", "encrypted, not authenticated"],
  "security.anonymous": ["verschlüsselt, Absender unbekannt", "encrypted, sender unknown"],
  "security.plain": ["unverschlüsselt", "not encrypted"],
  "fact.dropped": ["Verworfen", "Dropped"],
  "fact.latency": ["Weitergabe nach dem letzten Zeichen", "Forwarded after the last character"],
  "fact.mqtt": ["MQTT", "MQTT"],
  "fact.wifi": ["WLAN", "Wi-Fi"],
  "fact.clock": ["Uhr des Adapters", "Adapter's clock"],
  "fact.meter_clock": ["Uhr des Zählers", "Meter's clock"],
  "fact.uptime": ["Läuft seit", "Running for"],
  "fact.heap": ["Speicher belegt / frei", "Memory used / free"],
  "fact.version": ["Firmware", "Firmware"],
  "fact.web": ["Offene Verbindungen", "Open connections"],
  "clock.unset": ["noch nicht gestellt", "not set yet"],
  "led.title": ["Was die LED bedeutet", "What the LED means"],
  "led.hint": ["Der Rhythmus genügt; die Farbe hilft nur.", "The rhythm alone tells; colour only helps."],
  "key.title": ["Schlüssel des Zählers", "Meter key"],
  "key.hint": [
    "Steht im Webportal oder im Brief des Netzbetreibers: 32 Zeichen, 0–9 und A–F. Leerzeichen stören nicht. Gespeicherte Schlüssel werden nie angezeigt.",
    "From the web portal or the letter of the grid operator: 32 characters, 0–9 and A–F. Blanks do no harm. Stored keys are never shown.",
  ],
  "key.unicast": ["Schlüssel (GUEK)", "Key (GUEK)"],
  "key.authentication": ["Authentifizierungsschlüssel (GAK), falls im Brief genannt", "Authentication key (GAK), if the letter names one"],
  "key.save": ["Prüfen und speichern", "Check and save"],
  "key.testing": ["Warte auf das nächste Telegramm …", "Waiting for the next telegram …"],
  "key.waiting": ["Gespeichert; seither kam noch kein Telegramm.", "Stored; no telegram has come since."],
  "key.ok": ["Der Schlüssel öffnet die Telegramme.", "The key opens the telegrams."],
  "key.wrong": ["Der Schlüssel öffnet die Telegramme nicht; der bisherige bleibt in Kraft.", "The key does not open the telegrams; the one before stays in force."],
  "settings.setup": ["Schritt für Schritt einrichten, Passwort, Sicherung, Zurücksetzen", "Set up step by step, password, backup, reset"],
  "settings.title": ["Einstellungen", "Settings"],
  "settings.save": ["Speichern", "Save"],
  "settings.saved": ["Gespeichert.", "Saved."],
  "settings.trial": ["Wird erprobt …", "Being tried …"],
  "settings.elsewhere": [
    "Auf Probe: Öffnen Sie binnen {0} Sekunden die neue Adresse, sonst gilt wieder die alte.",
    "On trial: open the new address within {0} seconds, or the old one comes back.",
  ],
  "settings.back": ["Nicht bestätigt: Die alten Einstellungen gelten.", "Not confirmed: the old settings are in force."],
  "settings.unchanged": ["Nichts geändert.", "Nothing changed."],
  "settings.secret": ["gesetzt – leer lassen, um nichts zu ändern", "set – leave empty to keep it"],
  "group.device": ["Gerät", "Device"],
  "group.meter": ["Zähler", "Meter"],
  "group.wifi": ["WLAN", "Wi-Fi"],
  "group.mqtt": ["MQTT", "MQTT"],
  "group.web": ["Webseite", "Web page"],
  "group.time": ["Zeit", "Time"],
  "group.update": ["Updates", "Updates"],
  "group.discovery": ["Home Assistant", "Home Assistant"],
  "tokens.title": ["Zugangs-Token", "Access tokens"],
  "tokens.hint": [
    "Programme lesen die Werte mit einem Token. Es wird nur einmal angezeigt.",
    "Programs read the values with a token. It is shown only once.",
  ],
  "tokens.none": ["Kein Token vergeben.", "No token given out."],
  "tokens.name": ["Wofür", "What for"],
  "tokens.scope": ["Darf", "May"],
  "tokens.read": ["nur lesen", "read only"],
  "tokens.admin": ["alles", "everything"],
  "tokens.make": ["Token erstellen", "Make a token"],
  "tokens.made": ["Jetzt notieren: {0}", "Note it now: {0}"],
  "tokens.revoke": ["Widerrufen", "Revoke"],
  "tokens.revoked": ["Widerrufen.", "Revoked."],
  "session.title": ["Anmeldung", "Login"],
  "session.logout": ["Abmelden", "Log out"],
  "update.title": ["Firmware aktualisieren", "Update the firmware"],
  "update.file": ["Datei der neuen Firmware", "File of the new firmware"],
  "update.hint": [
    "Nur signierte Firmware wird angenommen. Der Adapter startet neu; geht etwas schief, kehrt er von selbst zur jetzigen zurück.",
    "Only signed firmware is accepted. The adapter restarts; should anything go wrong, it returns to the present one by itself.",
  ],
  "update.progress": ["Fortschritt", "Progress"],
  "update.send": ["Aktualisieren", "Update"],
  "update.sent": ["Angenommen. Der Adapter startet neu, die Seite lädt sich danach selbst neu.", "Accepted. The adapter restarts, then this page reloads by itself."],
  "fact.slot": ["Aktiver Speicherplatz", "Active slot"],
  "fact.update": ["Stand", "State"],
  "fact.cause": ["Grund", "Cause"],
  "fact.available": ["Neue Firmware", "New firmware"],
  "update.idle": ["nichts im Gange", "nothing going on"],
  "update.receiving": ["wird empfangen", "being received"],
  "update.trial": ["auf Probe", "on trial"],
  "update.refused": ["abgelehnt", "refused"],
  "update.restarting": ["startet neu", "restarting"],
  "reboot.title": ["Neu starten", "Restart"],
  "reboot.hint": ["Dauert etwa zehn Sekunden; es geht nichts verloren.", "Takes about ten seconds; nothing is lost."],
  "reboot.now": ["Neu starten", "Restart"],
  "reboot.done": ["Startet neu …", "Restarting …"],
  "log.title": ["Sicherheitsprotokoll", "Security log"],
  "log.hint": ["Was sich an Zugang, Schlüsseln und Firmware getan hat, seit der Adapter läuft.", "What happened to access, keys and firmware since the adapter started."],
  "log.time": ["Zeit", "Time"],
  "log.event": ["Ereignis", "Event"],
  "log.source": ["Von", "From"],
  "log.count": ["Anzahl", "Count"],
  "footer.api": ["Schnittstelle (OpenAPI)", "Interface (OpenAPI)"],
  "login.title": ["Anmelden", "Log in"],
  "login.password": ["Passwort des Adapters oder Token", "The adapter's password or a token"],
  "login.hint": ["Das Passwort wurde beim Einrichten vergeben.", "The password was chosen during set-up."],
  "login.enter": ["Anmelden", "Log in"],
  "error.network": ["Der Adapter antwortet nicht.", "The adapter does not answer."],
  "error.access:password-refused": ["Das Passwort ist falsch.", "The password is wrong."],
  "error.access:token-refused": ["Dieses Token kennt der Adapter nicht.", "The adapter does not know this token."],
  "error.access:throttled": ["Zu viele Versuche. Bitte kurz warten.", "Too many attempts. Please wait a moment."],
  "error.access:admin-required": ["Dieses Token darf nur lesen.", "This token may only read."],
  "error.access:session-expired": ["Die Anmeldung ist abgelaufen.", "The login has expired."],
  "error.access:set-up-first": ["Der Adapter ist noch nicht eingerichtet.", "The adapter is not set up yet."],
};

export const LANGUAGES = ["de", "en"];
let language = 0;

export function setLanguage(name) {
  language = Math.max(0, LANGUAGES.indexOf(name));
  document.documentElement.lang = LANGUAGES[language];
}

export const currentLanguage = () => LANGUAGES[language];

/** Return a text in the language in force, with {0}, {1} … filled in. */
export function t(key, ...values) {
  const entry = TEXTS[key];
  if (!entry) throw new Error("no text " + key);
  return entry[language].replace(/\{(\d)\}/g, (_, n) => values[n]);
}

export const has = (key) => key in TEXTS;

/** Return what a cause means and what to do next. */
export const cause = (name) => (CAUSES[name] ? CAUSES[name][language] : name);

/** Return one of a pair [German, English]. */
export const either = (pair) => pair[language];

/** Put the texts into everything marked with data-t (content) or data-label (accessible name). */
export function fill(root) {
  for (const element of root.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of root.querySelectorAll("[data-label]")) element.setAttribute("aria-label", t(element.dataset.label));
}
