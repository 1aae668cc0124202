"use strict";

const summary = data;
const FLOOR = "c";
const LIBRARY = "vcpu";
const MACHINE = "machine";
const PEER = "qemu";

const name = entry => entry.contestant === LIBRARY ? "Java" : entry.title;
const entryOf = (row, contestant) => row.entries.find(entry => entry.contestant === contestant);

/* Where vCPUs alone are no measure, whole machines are. */
const javaOf = row => entryOf(row, LIBRARY) ?? entryOf(row, MACHINE);
const shownOf = row => [entryOf(row, FLOOR), javaOf(row), entryOf(row, PEER)].filter(Boolean);

function legend(parent, entries) {
  const seen = [...new Map(entries.map(entry => [entry.contestant, entry])).values()];
  d3.select(parent).append("div").attr("class", "legend")
    .selectAll("span").data(seen).join("span")
    .style("--mark", entry => colour(entry.contestant))
    .text(name);
}

function subtitle() {
  const host = summary.host;
  const parts = [host["CPU"], host["KVM vendor module"], `Linux ${host["kernel"]}`, `Java ${summary.versions["Java"]}`];
  const date = summary.started.replace("T", " ").slice(0, 16);
  d3.select("#subtitle").text(`${parts.filter(Boolean).join(" · ")} · ${date} UTC · ${summary.plan} run of ${Math.round(summary.seconds)} s`);
}

function cautions() {
  if (summary.cautions.length > 0) {
    d3.select("#cautions").append("ul").attr("class", "cautions")
      .selectAll("li").data(summary.cautions).join("li").text(caution => caution);
  }
}

function kindsTable() {
  const floor = row => entryOf(row, FLOOR);
  const java = javaOf;
  const rows = summary.rows.filter(row => java(row));
  const columns = [
    { heading: "exit", text: row => row.title, detail: row => row.kind },
    { heading: "C", text: row => floor(row) ? time(floor(row).median.value) : "–" },
    { heading: "Java", text: row => time(java(row).median.value) },
    { heading: "above C", wide: true,
      text: row => java(row).difference ? signed(java(row).difference.value) : "–",
      detail: row => java(row).difference && intervalOf(java(row).difference) },
    { heading: "times C", wide: true,
      text: row => java(row).ratio ? java(row).ratio.value.toFixed(3) : "–",
      detail: row => java(row).ratio && intervalOf(java(row).ratio, ratio => ratio.toFixed(3)) },
    { heading: "forks × turns", text: row => `${java(row).forks} × ${Math.round(java(row).turns / java(row).forks)}` },
  ];
  if (rows.some(row => java(row).cycles !== null)) {
    columns.splice(3, 0, { heading: "cycles", text: row => java(row).cycles === null ? "–" : java(row).cycles.toFixed(0) });
  }
  if (rows.some(row => entryOf(row, PEER))) {
    const peer = row => entryOf(row, PEER);
    columns.splice(3, 0, { heading: "QEMU", text: row => peer(row) ? time(peer(row).median.value) : "–" });
  }
  if (rows.some(row => java(row).instructions !== null)) {
    const count = entry => entry && entry.instructions !== null ? entry.instructions.toFixed(1) : "–";
    columns.push({ heading: "instructions, C", text: row => count(floor(row)) });
    columns.push({ heading: "instructions, Java", text: row => count(java(row)) });
  }
  table("#kinds-table", rows, columns);
}

function spreadTable() {
  const rows = summary.rows.flatMap(row =>
    row.entries.filter(entry => entry.spread).map(entry => ({ row, entry })));
  table("#spread-table", rows, [
    { heading: "exit", text: d => `${d.row.kind}, ${name(d.entry)}` },
    { heading: "p50", text: d => time(d.entry.spread.p50) },
    { heading: "p99", text: d => time(d.entry.spread.p99) },
    { heading: "p99.9", text: d => time(d.entry.spread.p999) },
    { heading: "max", text: d => time(d.entry.spread.max) },
  ]);
}

/* Where a logarithmic axis is labelled: at decades, and at twice and five times those if they are too few. */
function landmarks(scale) {
  const digit = value => value / 10 ** Math.floor(Math.log10(value));
  const decades = scale.ticks().filter(value => digit(value) === 1);
  return decades.length > 1 ? decades : scale.ticks().filter(value => [1, 2, 5].includes(digit(value)));
}

/* Medians on a common logarithmic axis, with a line from p50 to p99.9 where single exits were timed. */
function kinds() {
  const rows = summary.rows.filter(row => row.entries.length > 0);
  const contestants = rows.flatMap(shownOf);
  const most = d3.max(rows, row => shownOf(row).length);
  const figure = document.getElementById("kinds");
  legend(figure, contestants);
  const width = widthOf(figure), left = 110, right = 20, band = 16 + 12 * most, top = 8;
  const height = top + rows.length * band + 34;
  const svg = drawing(figure, width, height, "Latency by kind of exit");
  const values = contestants.flatMap(entry =>
    [entry.median.value, ...(entry.spread ? [entry.spread.p50, entry.spread.p999] : [])]);
  const x = d3.scaleLog().domain([d3.min(values) / 1.4, d3.max(values) * 1.4]).range([left, width - right]);
  const y = d3.scaleBand(rows.map(row => row.kind), [top, height - 34]).padding(0.2);
  const ticks = landmarks(x);
  svg.append("g").attr("class", "grid").attr("transform", `translate(0,${height - 34})`)
    .call(d3.axisBottom(x).tickValues(ticks).tickSize(-(height - 34 - top)).tickFormat(""));
  svg.append("g").attr("class", "axis").attr("transform", `translate(0,${height - 34})`)
    .call(d3.axisBottom(x).tickValues(ticks).tickFormat(tick));
  svg.append("text").attr("x", width - right).attr("y", height - 2).attr("text-anchor", "end")
    .attr("class", "axis").style("fill", "var(--faint)").text("dot: median; line: to p99.9");
  for (const row of rows) {
    svg.append("text").attr("x", left - 10).attr("y", y(row.kind) + y.bandwidth() / 2)
      .attr("dy", "0.35em").attr("text-anchor", "end").text(row.kind);
    shownOf(row).forEach((entry, index, shown) => {
      const at = y(row.kind) + y.bandwidth() * (index + 0.5) / shown.length;
      if (entry.spread) {
        svg.append("line").attr("x1", x(entry.spread.p50)).attr("x2", x(entry.spread.p999))
          .attr("y1", at).attr("y2", at).attr("stroke", colour(entry.contestant)).attr("stroke-opacity", 0.55)
          .attr("stroke-width", 2);
      }
      svg.append("circle").attr("cx", x(entry.median.value)).attr("cy", at).attr("r", 4.5)
        .attr("fill", colour(entry.contestant))
        .append("title").text(`${row.kind}, ${name(entry)}: ${time(entry.median.value)}`);
    });
  }
}

/* What each contestant adds to C, one panel for each kind that has more than one to show. */
function layers() {
  const layersOf = row => row.entries.filter(entry => entry.difference && entry.contestant !== PEER);
  const rows = summary.rows.filter(row => layersOf(row).length > 1);
  if (rows.length === 0) {
    d3.select("#layers").append("p").attr("class", "note").text("No kind was measured on more than one layer.");
    return;
  }
  const panels = d3.select("#layers").attr("class", "multiples wide").selectAll("figure").data(rows).join("figure");
  panels.append("h3").text(row => row.kind);
  panels.each(function (row) {
    const entries = layersOf(row);
    const width = widthOf(this), left = 118, right = 78, band = 28, top = 6;
    const height = top + entries.length * band + 26;
    const added = entry => `${entry.title} ${signed(entry.difference.value)} (${intervalOf(entry.difference)})`;
    const svg = drawing(this, width, height, `What each layer adds to ${row.kind}: ${entries.map(added).join(", ")}`);
    const ends = entries.flatMap(entry => [0, lowOf(entry.difference), highOf(entry.difference)]);
    const x = d3.scaleLinear().domain(d3.extent(ends)).nice(3).range([left, width - right]);
    const y = d3.scaleBand(entries.map(entry => entry.contestant), [top, height - 26]).padding(0.2);
    svg.append("g").attr("class", "axis").attr("transform", `translate(0,${height - 26})`)
      .call(d3.axisBottom(x).ticks(3).tickFormat(value => `${value} ns`));
    svg.append("line").attr("class", "zero").attr("x1", x(0)).attr("x2", x(0))
      .attr("y1", top).attr("y2", height - 26);
    for (const entry of entries) {
      const middle = y(entry.contestant) + y.bandwidth() / 2;
      svg.append("text").attr("x", left - 8).attr("y", middle).attr("dy", "0.35em")
        .attr("text-anchor", "end").text(entry.title);
      svg.append("line").attr("x1", x(lowOf(entry.difference))).attr("x2", x(highOf(entry.difference)))
        .attr("y1", middle).attr("y2", middle).attr("stroke", colour(entry.contestant)).attr("stroke-width", 2);
      svg.append("circle").attr("cx", x(entry.difference.value)).attr("cy", middle).attr("r", 4.5)
        .attr("fill", colour(entry.contestant));
      svg.append("text").attr("x", width).attr("y", middle).attr("dy", "0.35em")
        .attr("text-anchor", "end").style("fill", "var(--faint)").text(signed(entry.difference.value) + (entry.likeness.length > 0 ? " ~" : ""))
        .append("title").text(entry.likeness.length > 0 ? `not known to differ from ${entry.likeness.join(", ")}` : "");
    }
  });
}

/* Percentiles on an axis that gives each further nine the same room, times on a logarithmic one. */
function spreads() {
  const rows = summary.rows.filter(row => row.entries.some(entry => entry.spread));
  const panels = d3.select("#spreads").selectAll("figure").data(rows).join("figure");
  panels.append("h3").text(row => row.kind);
  panels.each(function (row) {
    const entries = row.entries.filter(entry => entry.spread);
    legend(this, entries);
    const width = widthOf(this), height = 200, left = 52, right = 16, top = 6, bottom = 24;
    const svg = drawing(this, width, height, `Distribution of ${row.kind}`);
    const odds = point => 1 / (1 - Math.min(point.percentile, 99.99) / 100);
    const points = entry => entry.spread.curve.filter(point => point.percentile <= 99.99);
    const times = entries.flatMap(entry => points(entry).map(point => point.time));
    const x = d3.scaleLog().domain([1, 1e4]).range([left, width - right]);
    const y = d3.scaleLog().domain([d3.min(times) / 1.2, d3.max(times) * 1.2]).range([height - bottom, top]);
    const labels = new Map([[2, "50 %"], [10, "90 %"], [100, "99 %"], [1e3, "99.9 %"], [1e4, "99.99 %"]]);
    const ticks = landmarks(y);
    svg.append("g").attr("class", "grid").attr("transform", `translate(${left},0)`)
      .call(d3.axisLeft(y).tickValues(ticks).tickSize(-(width - left - right)).tickFormat(""));
    svg.append("g").attr("class", "axis").attr("transform", `translate(${left},0)`)
      .call(d3.axisLeft(y).tickValues(ticks).tickFormat(tick));
    svg.append("g").attr("class", "axis").attr("transform", `translate(0,${height - bottom})`)
      .call(d3.axisBottom(x).tickValues([...labels.keys()]).tickFormat(value => labels.get(value)));
    const line = d3.line().x(point => x(odds(point))).y(point => y(Math.max(1, point.time)));
    for (const entry of entries) {
      svg.append("path").attr("d", line(points(entry))).attr("fill", "none")
        .attr("stroke", colour(entry.contestant)).attr("stroke-width", 1.8);
    }
  });
}

function programs() {
  if (summary.programs.length === 0) return;
  document.getElementById("programs").hidden = false;
  table("#programs-table", summary.programs, [
    { heading: "exit", text: row => `${row.kind}, ${row.title}` },
    { heading: "elapsed", text: row => time(row.elapsed) },
    { heading: "user CPU", text: row => time(row.user.value), detail: row => intervalOf(row.user, time) },
    { heading: "kernel CPU", text: row => time(row.system) },
  ]);
}

function crowds() {
  if (summary.crowds.length === 0) return;
  document.getElementById("crowds").hidden = false;
  const kibibytes = bytes => `${Math.round(bytes / 1024).toLocaleString("en")} KiB`;
  const seconds = value => `${value.toFixed(2)} s`;
  table("#crowds-table", summary.crowds, [
    { heading: "by", text: row => row.by },
    { heading: "machines", text: row => row.machines.toLocaleString("en") },
    { heading: "memory each", text: row => `${row.memory / 2 ** 20} MiB` },
    { heading: "started", text: row => seconds(row.started) },
    { heading: "resident each", text: row => kibibytes(row.resident) },
    { heading: "with the kernel's", text: row => kibibytes(row.taken) },
    { heading: "threads each", text: row => row.threads.toFixed(1) },
    { heading: "descriptors each", text: row => row.descriptors.toFixed(1) },
    { heading: "stopped", text: row => seconds(row.stopped) },
    { heading: "closed", text: row => seconds(row.closed) },
  ]);
}

function omissions() {
  const missing = summary.rows.flatMap(row => row.omissions.map(omission => ({ row, omission })));
  if (missing.length > 0) {
    const section = d3.select("#omissions");
    section.append("h2").text("What this host cannot do");
    section.append("ul").selectAll("li").data(missing).join("li")
      .text(d => `${d.row.title}, ${d.omission.contestant}: ${d.omission.reason}`);
  }
}

function host() {
  const list = d3.select("#host");
  for (const [key, value] of [...Object.entries(summary.host), ...Object.entries(summary.versions)]) {
    list.append("dt").text(key);
    list.append("dd").text(value);
  }
}

function charts() {
  for (const id of ["kinds", "layers", "spreads"]) document.getElementById(id).replaceChildren();
  kinds();
  layers();
  spreads();
}

subtitle();
cautions();
kindsTable();
charts();
spreadTable();
programs();
crowds();
omissions();
host();
addEventListener("resize", charts);
