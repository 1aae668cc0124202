"use strict";

/* What all pages draw with. */
const data = JSON.parse(document.getElementById("data").textContent);

const colour = id => `var(--${["c", "downcall", "vcpu", "machine", "observed", "recorded"].includes(id) ? id : "other"})`;

function time(ns) {
  if (ns < 0) return `−${time(-ns)}`;
  const size = ns;
  if (size < 100) return `${ns.toFixed(1)} ns`;
  if (size < 1e4) return `${ns.toFixed(0)} ns`;
  if (size < 1e6) return `${(ns / 1e3).toFixed(size < 1e5 ? 2 : 1)} µs`;
  return size < 1e9 ? `${(ns / 1e6).toFixed(2)} ms` : `${(ns / 1e9).toFixed(3)} s`;
}

/* On an axis, where decades are what counts. */
function tick(ns) {
  if (ns < 1e3) return `${ns} ns`;
  return ns < 1e6 ? `${ns / 1e3} µs` : ns < 1e9 ? `${ns / 1e6} ms` : `${ns / 1e9} s`;
}

const signed = ns => `${ns < 0 ? "−" : "+"}${Math.abs(ns) < 1e4 ? `${Math.abs(ns).toFixed(1)} ns` : time(Math.abs(ns))}`;
/* Too few processes give no interval. */
const intervalOf = (estimate, format = signed) =>
  estimate.interval ? `${format(estimate.interval.low)} to ${format(estimate.interval.high)}` : "no interval";
const lowOf = estimate => estimate.interval ? estimate.interval.low : estimate.value;
const highOf = estimate => estimate.interval ? estimate.interval.high : estimate.value;

/* A table from columns: heading, the text of a row's cell, and perhaps a second, fainter text, its detail. */
function table(parent, rows, columns) {
  const element = d3.select(parent).append("table");
  element.append("thead").append("tr").selectAll("th").data(columns).join("th")
    .attr("scope", "col").text(c => c.heading);
  const cells = element.append("tbody").selectAll("tr").data(rows).join("tr")
    .selectAll("th, td").data(row => columns.map(column => ({ row, column })))
    .join(enter => enter.append((d, i) => document.createElement(i === 0 ? "th" : "td")))
    .attr("scope", (d, i) => i === 0 ? "row" : null)
    .attr("data-label", (d, i) => i === 0 ? null : d.column.heading)
    .classed("wide", d => d.column.wide === true);
  cells.append("span").text(d => d.column.text(d.row))
    .filter(d => d.column.detail && d.column.detail(d.row))
    .append("span").attr("class", "detail").text(d => " " + d.column.detail(d.row));
}

/* As wide as what it is in, so that letters have their size on every screen. */
function widthOf(parent) {
  const style = getComputedStyle(parent);
  return parent.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
}

function drawing(parent, width, height, label) {
  return d3.select(parent).append("svg")
    .attr("viewBox", `0 0 ${width} ${height}`)
    .attr("role", "img")
    .attr("aria-label", label);
}
