"use strict";

const day = instant => instant.slice(0, 10);
const plural = (count, one, many) => `${count} ${count === 1 ? one : many}`;

/* Whether what Java adds left the interval of the accepted result before it, by as much as compare minds. */
function moved(figure, before) {
  const now = figure.above?.interval, then = before?.above?.interval;
  if (!now || !then) return false;
  const shift = Math.abs(figure.above.value - before.above.value);
  return (now.low > then.high || now.high < then.low) && shift >= Math.max(5, 0.005 * before.java.value);
}

/* The figures of a kind that are known, each with its place among the host's results. */
const known = kind => kind.figures
  .map((figure, index) => ({ figure, index }))
  .filter(point => point.figure)
  .map((point, i, all) => ({ ...point, moved: moved(point.figure, all[i - 1]?.figure) }));

function describe(host, point) {
  const { figure } = point, moment = host.moments[point.index];
  const part = (what, estimate, format) => estimate &&
    `${what} ${format(estimate.value)} (${intervalOf(estimate, format)})`;
  return [
    moment.label,
    `accepted ${day(moment.accepted)}`,
    part("C", figure.floor, time),
    part("Java", figure.java, time),
    part("above C", figure.above, signed),
  ].filter(Boolean).join("\n");
}

function latest(parent, host) {
  const points = new Map(host.kinds.map(kind => [kind, known(kind)]));
  const last = kind => points.get(kind).at(-1).figure;
  const above = figure => figure?.above ? signed(figure.above.value) : "–";
  table(parent, host.kinds, [
    { heading: "exit", text: kind => kind.title },
    { heading: "C", text: kind => last(kind).floor ? time(last(kind).floor.value) : "–" },
    { heading: "Java", text: kind => time(last(kind).java.value) },
    { heading: "above C", wide: true, text: kind => above(last(kind)),
      detail: kind => last(kind).above && intervalOf(last(kind).above) },
    { heading: "before", wide: true, text: kind => above(points.get(kind).at(-2)?.figure) },
    { heading: "at first", wide: true, text: kind => above(points.get(kind).slice(0, -1)[0]?.figure) },
  ]);
}

/* As many results are named below a chart as there is room for, the first and the last among them. */
function named(indexes, room) {
  const count = Math.max(2, Math.min(indexes.length, Math.floor(room / 90)));
  if (indexes.length <= count) return indexes;
  return d3.range(count).map(i => indexes[Math.round(i * (indexes.length - 1) / (count - 1))]);
}

const shortened = label => label.length > 12 ? `${label.slice(0, 11)}…` : label;

/* A domain with some air around it, though none below a 0 at its end; one that is a point gets a tenth of itself. */
function airy(values) {
  const [low, high] = d3.extent(values);
  const air = (high - low) * 0.08 || Math.abs(high) * 0.1 || 1;
  return [low === 0 ? 0 : low - air, high === 0 ? 0 : high + air];
}

/* One measure of all points: a line, and for each a dot and its interval. */
function trace(svg, points, estimate, x, y, colour, ringed) {
  const present = points.filter(point => estimate(point));
  const line = d3.line().x(point => x(point.index)).y(point => y(estimate(point).value));
  svg.append("path").attr("d", line(present)).attr("fill", "none")
    .attr("stroke", colour).attr("stroke-width", 1.5).attr("stroke-opacity", 0.6);
  svg.append("g").selectAll("line").data(present).join("line")
    .attr("x1", point => x(point.index)).attr("x2", point => x(point.index))
    .attr("y1", point => y(lowOf(estimate(point)))).attr("y2", point => y(highOf(estimate(point))))
    .attr("stroke", colour).attr("stroke-width", 2).attr("stroke-opacity", 0.55);
  const radius = present.length > 40 ? 2 : 3.2;
  svg.append("g").selectAll("circle").data(present).join("circle")
    .attr("cx", point => x(point.index)).attr("cy", point => y(estimate(point).value))
    .attr("r", radius).attr("fill", colour);
  svg.append("g").selectAll("circle").data(present.filter(ringed)).join("circle")
    .attr("cx", point => x(point.index)).attr("cy", point => y(estimate(point).value))
    .attr("r", radius + 3.5).attr("fill", "none").attr("stroke", "var(--caution)").attr("stroke-width", 1.8);
}

/* All ticks of an axis in one unit. */
function tickFormat(y) {
  const size = d3.max(y.domain(), Math.abs);
  const [unit, nanoseconds] = size >= 1e6 ? ["ms", 1e6] : size >= 1e4 ? ["µs", 1e3] : ["ns", 1];
  return ns => `${+(ns / nanoseconds).toPrecision(6)} ${unit}`;
}

/* Grid and axis of one measure, with its name above. */
function plot(svg, { left, right, top, bottom, width }, values, name) {
  const ticks = 3;
  const y = d3.scaleLinear().domain(airy(values)).nice(ticks).range([bottom, top]);
  svg.append("text").attr("x", left).attr("y", top - 8).style("fill", "var(--faint)").text(name);
  svg.append("g").attr("class", "grid").attr("transform", `translate(${left},0)`)
    .call(d3.axisLeft(y).ticks(ticks).tickSize(-(width - left - right)).tickFormat(""));
  svg.append("g").attr("class", "axis").attr("transform", `translate(${left},0)`)
    .call(d3.axisLeft(y).ticks(ticks).tickSize(0).tickPadding(8).tickFormat(tickFormat(y)))
    .select(".domain").remove();
  return y;
}

const ends = estimates => estimates.filter(Boolean).flatMap(e => [e.value, lowOf(e), highOf(e)]);

/* A kind of exit: both times above, and below what Java adds. */
function panel(parent, host, kind) {
  const points = known(kind);
  d3.select(parent).append("h3").text(kind.title);
  const compared = points.some(point => point.figure.above);
  const width = widthOf(parent), left = 62, right = 14, top = 24;
  const timesBottom = top + 96, aboveTop = timesBottom + 36, aboveBottom = aboveTop + 84;
  const bottom = compared ? aboveBottom : timesBottom, height = bottom + 26;
  const svg = drawing(parent, width, height, `${kind.title}, by accepted result`);
  const x = d3.scalePoint(d3.range(host.moments.length), [left, width - right]).padding(0.6);

  const times = ends(points.flatMap(point => [point.figure.floor, point.figure.java]));
  const ofTime = plot(svg, { left, right, top, bottom: timesBottom, width }, times, compared ? "C and Java" : "Java");
  const never = () => false;
  trace(svg, points, point => point.figure.floor, x, ofTime, "var(--c)", never);
  trace(svg, points, point => point.figure.java, x, ofTime, "var(--vcpu)", never);

  if (compared) {
    const above = ends(points.map(point => point.figure.above));
    const ofAbove = plot(svg, { left, right, top: aboveTop, bottom: aboveBottom, width }, [0, ...above], "above C");
    svg.append("line").attr("class", "zero").attr("x1", left).attr("x2", width - right)
      .attr("y1", ofAbove(0)).attr("y2", ofAbove(0));
    trace(svg, points, point => point.figure.above, x, ofAbove, "var(--machine)", point => point.moved);
  }

  const names = named(points.map(point => point.index), width - left - right);
  svg.append("g").attr("class", "axis").selectAll("text").data(names).join("text")
    .attr("x", index => x(index)).attr("y", bottom + 18)
    .attr("text-anchor", (index, i) => names.length === 1 ? "middle"
      : i === 0 ? "start" : i === names.length - 1 ? "end" : "middle")
    .text(index => shortened(host.moments[index].label));

  const reach = Math.max(x.step(), 6);
  svg.append("g").selectAll("rect").data(points).join("rect")
    .attr("x", point => x(point.index) - reach / 2).attr("width", reach)
    .attr("y", top).attr("height", bottom - top).attr("fill", "transparent")
    .append("title").text(point => describe(host, point));
}

function moments(parent, host) {
  const details = d3.select(parent).append("details");
  details.append("summary").text("All accepted results");
  table(details.append("div").node(), host.moments.toReversed(), [
    { heading: "label", text: moment => moment.label },
    { heading: "accepted", text: moment => day(moment.accepted) },
    { heading: "measured", text: moment => day(moment.started) },
    { heading: "kvm4j", text: moment => moment.kvm4j ?? "–" },
    { heading: "Java", text: moment => moment.java ?? "–" },
    { heading: "kernel", text: moment => moment.kernel ?? "–" },
  ]);
}

function facts(parent, host) {
  const details = d3.select(parent).append("details");
  details.append("summary").text("What makes this host");
  const list = details.append("dl");
  for (const [key, value] of Object.entries(host.facts)) {
    list.append("dt").text(key);
    list.append("dd").text(value);
  }
}

function section(parent, host) {
  const section = d3.select(parent).append("section").node();
  d3.select(section).append("h2").text(host.title);
  const first = host.moments[0], last = host.moments.at(-1);
  const days = day(first.accepted) === day(last.accepted)
    ? day(last.accepted) : `${day(first.accepted)} to ${day(last.accepted)}`;
  d3.select(section).append("p")
    .text(`${plural(host.moments.length, "accepted result", "accepted results")}, ${days} · the last: ${last.label} · fingerprint `)
    .append("code").text(host.id);
  latest(section, host);
  d3.select(section).append("div").attr("class", "legend").selectAll("span")
    .data([["C", "--c"], ["Java", "--vcpu"], ["above C", "--machine"]]).join("span")
    .style("--mark", ([, mark]) => `var(${mark})`).text(([name]) => name);
  d3.select(section).append("div").attr("class", "multiples wide trend").datum(host);
  moments(section, host);
  facts(section, host);
}

function charts() {
  d3.selectAll(".trend").each(function (host) {
    this.replaceChildren();
    const panels = d3.select(this).selectAll("figure").data(host.kinds).join("figure");
    panels.each(function (kind) { panel(this, host, kind); });
  });
}

const hosts = document.getElementById("hosts");
for (const host of data) section(hosts, host);
if (data.length === 0) d3.select(hosts).append("p").text("No result has been accepted yet.");
charts();
addEventListener("resize", charts);
