// The graph of net active power over at most five minutes, held in this browser (R7.2, R7.3).
import uPlot from "uplot";
import { currentLanguage, t } from "./texts.js";

const KEPT_S = 300;
const STORE = "obisgate.graph";

/** Points are [time in s by this browser's clock, W or null]; a null breaks the line. */
export class Graph {
  constructor(element, textElement) {
    this.element = element;
    this.textElement = textElement;
    this.minutes = 5;
    this.interval = 5;
    this.points = this.restore();
    this.plot = null;
    new ResizeObserver(() => this.resize()).observe(element);
  }

  /** A reload keeps what this browser has drawn; nothing of it is on the adapter. */
  restore() {
    try {
      const points = JSON.parse(sessionStorage.getItem(STORE)) || [];
      const oldest = Date.now() / 1000 - KEPT_S;
      return points.filter(([time]) => time > oldest && time < Date.now() / 1000 + 5);
    } catch {
      return [];
    }
  }

  /** Add one measured value; time in s. */
  add(time, watts) {
    const last = this.points[this.points.length - 1];
    if (last && time <= last[0]) {
      this.merge([[time, watts]]);
      return;
    }
    this.points.push([time, watts]);
    this.keep();
  }

  /** Put measured values in their place; whoever is within half an interval of one known is the same. */
  merge(points) {
    const near = Math.min(this.interval, 5) / 2;
    for (const [time, watts] of points) {
      if (!this.points.some(([known]) => Math.abs(known - time) < near)) this.points.push([time, watts]);
    }
    this.points.sort((a, b) => a[0] - b[0]);
    this.keep();
  }

  keep() {
    const oldest = Date.now() / 1000 - KEPT_S - 2 * this.interval;
    while (this.points.length && this.points[0][0] < oldest) this.points.shift();
    try {
      sessionStorage.setItem(STORE, JSON.stringify(this.points));
    } catch {
      // Private windows may have no storage: the graph then starts anew after a reload.
    }
  }

  /** Return [times, values] for the plot: where a telegram is missing stands a null. */
  series() {
    const times = [];
    const values = [];
    const longest = 1.8 * this.interval + 0.3;
    let last = null;
    for (const [time, watts] of this.points) {
      if (last !== null && time - last > longest) {
        times.push(last + 0.001);
        values.push(null);
      }
      times.push(time);
      values.push(watts);
      last = time;
    }
    return [times, values];
  }

  gaps() {
    const oldest = Date.now() / 1000 - this.minutes * 60;
    const [times, values] = this.series();
    return values.filter((value, i) => value === null && times[i] >= oldest).length;
  }

  options() {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const locale = currentLanguage() === "de" ? "de-AT" : "en-GB";
    const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
    const watts = new Intl.NumberFormat(locale);
    const axis = {
      stroke: colour("--soft"),
      grid: { stroke: colour("--line"), width: 1 },
      ticks: { stroke: colour("--line"), width: 1 },
      font: "13px system-ui, sans-serif",
    };
    return {
      width: this.element.clientWidth,
      height: this.element.clientHeight,
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: true, range: () => [Date.now() / 1000 - this.minutes * 60, Date.now() / 1000] },
        y: { range: (_, low, high) => range(low, high) },
      },
      axes: [
        { ...axis, space: 90, values: (_, splits) => splits.map((s) => clock.format(s * 1000)) },
        { ...axis, size: 72, values: (_, splits) => splits.map((s) => watts.format(s) + " W") },
      ],
      series: [
        {},
        {
          stroke: colour("--accent"),
          width: 2,
          spanGaps: false,
          // Steps: between two telegrams nothing is known but the last value sent.
          paths: uPlot.paths.stepped({ align: 1 }),
          points: { show: true, size: 5, fill: colour("--accent") },
        },
      ],
      hooks: { drawAxes: [(plot) => zeroLine(plot, colour("--edge"))] },
    };
  }

  /** Draw anew: another language or theme. */
  rebuild() {
    if (this.plot) this.plot.destroy();
    this.plot = null;
    this.draw();
  }

  resize() {
    if (this.plot && this.element.clientWidth) {
      this.plot.setSize({ width: this.element.clientWidth, height: this.element.clientHeight });
    } else {
      this.draw();
    }
  }

  draw() {
    if (!this.element.clientWidth) return;
    const data = this.series();
    if (!this.plot) this.plot = new uPlot(this.options(), data, this.element);
    else this.plot.setData(data);
    this.describe();
  }

  describe() {
    const oldest = Date.now() / 1000 - this.minutes * 60;
    const shown = this.points.filter(([time, watts]) => time >= oldest && watts !== null).map((point) => point[1]);
    if (!shown.length) {
      this.textElement.textContent = t("graph.none");
      return;
    }
    const numbers = new Intl.NumberFormat(currentLanguage() === "de" ? "de-AT" : "en-GB");
    const low = numbers.format(Math.min(...shown));
    const high = numbers.format(Math.max(...shown));
    const gaps = this.gaps();
    let text = t("graph.text", shown.length, low, high);
    if (gaps) text += " " + (gaps === 1 ? t("graph.gaps.1") : t("graph.gaps", gaps));
    this.textElement.textContent = text;
  }
}

/** Return a calm range for the axis: a little air, and never less than 20 W. */
function range(low, high) {
  if (low === null || low === undefined || !isFinite(low)) return [0, 100];
  const air = Math.max((high - low) * 0.12, 10);
  return [low >= 0 && low < (high - low) ? 0 : low - air, high + air];
}

function zeroLine(plot, colour) {
  const { min, max } = plot.scales.y;
  if (min === null || min >= 0 || max <= 0) return;
  const y = Math.round(plot.valToPos(0, "y", true)) + 0.5;
  plot.ctx.save();
  plot.ctx.strokeStyle = colour;
  plot.ctx.lineWidth = devicePixelRatio;
  plot.ctx.beginPath();
  plot.ctx.moveTo(plot.bbox.left, y);
  plot.ctx.lineTo(plot.bbox.left + plot.bbox.width, y);
  plot.ctx.stroke();
  plot.ctx.restore();
}
