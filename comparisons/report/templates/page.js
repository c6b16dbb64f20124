"use strict";
const html = document.documentElement;
const tip = document.getElementById("tip");
const controls = { dtype: document.getElementById("dtype"), axis: document.getElementById("axis"), seed: document.getElementById("seed") };
const recipes = [...document.querySelectorAll(".recipe")];
const buttons = [...document.querySelectorAll(".legend button")];
const node = (name, words, attributes = {}) => {
  const made = document.createElement(name);
  if (words !== undefined) made.textContent = words;
  return Object.assign(made, attributes);
};
const svg = (name, attributes, words) => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (words !== undefined) made.textContent = words;
  return made;
};

/* What is packed in the page: JSON, and the curves, which are read one by one when they are asked for. */
let data, layout, planes, starts, strides;
const offsets = [], read = [];
async function unpack() {
  const { textContent: letters, dataset } = document.getElementById("packed");
  const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;,=>?@^_`{|}~";
  const digits = new Uint8Array(128);
  for (let i = 0; i < 85; i++) digits[alphabet.charCodeAt(i)] = i;
  const bytes = new DataView(new ArrayBuffer((letters.length / 5) * 4));
  for (let i = 0; i < letters.length; i += 5) {
    let number = 0;
    for (let k = 0; k < 5; k++) number = number * 85 + digits[letters.charCodeAt(i + k)];
    bytes.setUint32((i / 5) * 4, number);
  }
  const deflated = new Blob([bytes.buffer]).slice(0, Number(dataset.bytes)).stream();
  const inflated = new Response(deflated.pipeThrough(new DecompressionStream("deflate")));
  const whole = new Uint8Array(await inflated.arrayBuffer());
  const length = new DataView(whole.buffer).getUint32(0, true);
  data = JSON.parse(new TextDecoder().decode(whole.subarray(4, 4 + length)));
  layout = data.layout;
  planes = whole.subarray(4 + length);
  const counts = { 4: 0, 8: 0 };
  for (const [count, size] of data.index) { offsets.push(counts[size]); counts[size] += count; }
  starts = { 4: 0, 8: 4 * counts[4] };
  strides = counts;
}
function curve(place) {
  if (read[place]) return read[place];
  const [length, size, predictor] = data.index[place];
  const bytes = new Uint8Array(length * size);
  for (let plane = 0; plane < size; plane++)
    for (let i = 0; i < length; i++) bytes[i * size + plane] = planes[starts[size] + plane * strides[size] + offsets[place] + i];
  const double = size === 8;
  const folded = double ? new BigUint64Array(bytes.buffer) : new Uint32Array(bytes.buffer);
  const bits = double ? new BigInt64Array(length) : new Int32Array(length);
  const Floats = double ? Float64Array : Float32Array;
  let other = null;
  if (predictor >= 0) {
    const rounded = Floats.from(curve(predictor));
    other = double ? new BigInt64Array(rounded.buffer) : new Int32Array(rounded.buffer);
  }
  for (let i = 0; i < length; i++) {
    const predicted = other ? other[i] : i ? bits[i - 1] : double ? 0n : 0;
    bits[i] = predicted + (double ? (folded[i] >> 1n) ^ -(folded[i] & 1n) : (folded[i] >>> 1) ^ -(folded[i] & 1));
  }
  return (read[place] = new Floats(bits.buffer));
}

/* What is shown: kept in the address, so that a link shows the same. */
const view = { anchor: "", dtype: "", axis: "", seed: "", hidden: new Set() };
function address() {
  const options = new URLSearchParams();
  if (view.dtype !== data.dtypes[0]) options.set("dtype", view.dtype);
  if (view.axis) options.set("axis", view.axis);
  if (view.seed) options.set("seed", view.seed);
  if (view.hidden.size) options.set("hide", [...view.hidden].sort().join(","));
  const said = options.toString();
  return "#" + view.anchor.split("/").map(encodeURIComponent).join("/") + (said && "?" + said);
}
function remember() {
  if (address() !== "#") history.replaceState(null, "", address());
  else history.replaceState(null, "", location.pathname + location.search);
}
function go(move) {
  const [place, options = ""] = location.hash.slice(1).split("?");
  const given = new URLSearchParams(options);
  try { view.anchor = decodeURIComponent(place); } catch { view.anchor = place; }
  view.dtype = data.dtypes.includes(given.get("dtype")) ? given.get("dtype") : data.dtypes[0];
  view.axis = ["linear", "log"].includes(given.get("axis")) ? given.get("axis") : "";
  view.seed = data.few && data.seeds[given.get("seed")] !== undefined && given.get("seed") ? given.get("seed") : "";
  view.hidden = new Set((given.get("hide") || "").split(",").filter((one) => one in data.names).map(Number));
  show();
  for (const old of document.querySelectorAll(".chosen")) old.classList.remove("chosen");
  const target = view.anchor && document.getElementById(view.anchor);
  if (!target) return;
  for (let one = target; one; one = one.parentElement) if (one.tagName === "DETAILS") one.open = true;
  target.classList.toggle("chosen", target.classList.contains("panel"));
  if (move) target.scrollIntoView({ block: target.classList.contains("panel") ? "nearest" : "start" });
  if (move && target.classList.contains("panel")) target.closest(".recipe").scrollIntoView({ block: "start" });
}
function show() {
  for (const [name, control] of Object.entries(controls)) if (control) control.value = view[name];
  buttons.forEach((button, column) => {
    button.setAttribute("aria-pressed", String(!view.hidden.has(column)));
    html.classList.toggle("h" + column, view.hidden.has(column));
  });
  for (const recipe of recipes) { recipe.dataset.due = "yes"; if (recipe.open) draw(recipe); }
}
addEventListener("hashchange", () => go(true));
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#"]');
  if (!link || link.classList.contains("skip")) return;
  event.preventDefault();
  view.anchor = decodeURIComponent(link.getAttribute("href").slice(1));
  if (address() === location.hash) go(true);
  else location.hash = address();
});
for (const [name, control] of Object.entries(controls))
  if (control) control.addEventListener("change", () => { view[name] = control.value; remember(); show(); });
buttons.forEach((button, column) =>
  button.addEventListener("click", () => {
    if (!view.hidden.delete(column)) view.hidden.add(column);
    remember();
    show();
  }));

/* Losses, drawn as is chosen; the page comes with fewer points. */
function thinned(values) {
  let end = values.findIndex((value) => !Number.isFinite(value));
  if (end < 0) end = values.length;
  const bins = layout.plot, kept = new Set();
  if (end <= 2 * bins) return Array.from({ length: end }, (_, i) => i);
  for (let bin = 0; bin < bins; bin++) {
    let low = Math.floor((bin * end) / bins), high = low;
    for (let i = low; i < Math.floor(((bin + 1) * end) / bins); i++) {
      if (values[i] < values[low]) low = i;
      if (values[i] > values[high]) high = i;
    }
    kept.add(low).add(high);
  }
  return [...kept.add(0).add(end - 1)].sort((a, b) => a - b);
}
const across = (step, count) => (step * layout.grain * layout.plot) / Math.max(count - 1, 1);
function up(value, axis, scale) {
  const level = scale === "log" ? Math.log10(value) : value;
  const share = (level - axis.low) / (axis.high - axis.low);
  return layout.grain * layout.losses * (1 - Math.min(Math.max(share || 0, -0.05), 1.05));
}
const line = (points) => points.map(([x, y], i) => (i ? "L" : "M") + Math.round(x) + " " + Math.round(y)).join("");
function usual(recipe) {
  const axes = data.axes[recipe.id];
  const scale = view.axis in axes ? view.axis : Object.keys(axes)[0];
  return [axes[scale], scale];
}
function of(panel) { return (data.panels[panel] || { curves: {} }).curves[view.dtype] || {}; }
function draw(recipe) {
  if (recipe.dataset.due !== "yes") return;
  recipe.dataset.due = "";
  const [axis, scale] = usual(recipe);
  ticks(recipe.querySelector(".ticks"), axis);
  for (const chart of recipe.querySelectorAll(".chart")) {
    const groups = Object.entries(of(chart.parentElement.id)).map(([column, places]) => {
      const group = svg("g", { class: "f" + column });
      const one = view.seed || places.length === 1;
      const shown = one ? [places[view.seed || 0]] : places;
      if (!data.few && places.length === 3) {
        const [low, , high] = shown.map(curve), steps = thinned(high);
        const edge = (values) => steps.map((i) => [across(i, low.length), up(values[i], axis, scale)]);
        group.append(svg("path", { class: "area", d: line([...edge(low), ...edge(high).reverse()]) + "z" }));
        shown.splice(0, 3, places[1]);
      }
      for (const place of shown) {
        const values = curve(place);
        const d = line(thinned(values).map((i) => [across(i, values.length), up(values[i], axis, scale)]));
        group.append(svg("path", { d }));
      }
      return group;
    });
    chart.querySelector(".losses").replaceChildren(...groups);
    if (data.few && (view.seed || data.seeds.length === 1)) chart.querySelector(".gaps").replaceChildren(...gaps(chart.parentElement.id));
  }
}
function gap(values, theirs) {
  let largest = 0;
  const both = (i) => Number.isFinite(values[i]) && Number.isFinite(theirs[i]);
  for (let i = 0; i < values.length; i++) if (both(i)) largest = Math.max(largest, Math.abs(theirs[i]));
  return Float64Array.from(values, (value, i) => (both(i) ? Math.abs(value - theirs[i]) / (largest || 1) : NaN));
}
function gaps(panel) {
  const { reference, curves } = data.panels[panel], groups = [];
  for (const dtype of [...data.dtypes].reverse())
    for (const [column, places] of Object.entries(curves[dtype] || {})) {
      if (Number(column) === reference || !(reference in curves[dtype])) continue;
      const apart = gap(curve(places[view.seed || 0]), curve(curves[dtype][reference][view.seed || 0]));
      const points = [], bins = Math.min(apart.length, layout.plot);
      for (let bin = 0; bin < bins; bin++) {
        const [from, to] = [bin, bin + 1].map((edge) => Math.floor((edge * apart.length) / bins));
        const high = apart.slice(from, to).reduce((a, b) => (a >= b || Number.isNaN(b) ? a : b), NaN);
        if (Number.isNaN(high)) continue;
        const shown = high ? Math.min(Math.max(high, layout.gap_least), 10 ** layout.gap_high) : layout.gap_zero;
        const share = (Math.log10(shown) - layout.gap_low) / (layout.gap_high - layout.gap_low);
        points.push([across(from, apart.length), layout.grain * layout.gaps * (1 - share)]);
      }
      const group = svg("g", { class: `f${column} ${dtype}` });
      group.append(svg("path", { d: line(points) }));
      groups.push(group);
    }
  return groups;
}
function ticks(group, axis) {
  const left = layout.left;
  group.replaceChildren(
    svg("path", { class: "grid", d: axis.ticks.map(([y]) => `M${left} ${y}h${layout.plot}`).join("") }),
    ...axis.ticks.map(([y, label]) => svg("text", { x: left - 5, y: y + 3 }, label)),
    svg("text", { class: "of", x: left, y: 9 }, "loss" + (axis.beyond && " − " + axis.beyond)),
  );
}
for (const recipe of recipes) recipe.addEventListener("toggle", () => recipe.open && draw(recipe));

/* The values at a step: of the pointer, or of the arrow keys. */
function at(chart, step, x, y) {
  const panel = chart.parentElement.id, curves = of(panel), rows = [];
  const entries = Object.entries(curves).filter(([column]) => !view.hidden.has(Number(column)));
  if (!entries.length) return;
  const one = (places) => curve(places[view.seed || (places.length === 3 && !data.few ? 1 : 0)]);
  const count = one(entries[0][1]).length;
  step = Math.min(Math.max(step, 0), count - 1);
  chart.dataset.step = step;
  const reference = curves[data.panels[panel].reference];
  const theirs = reference && one(reference);
  const seeds = view.seed ? " · seed " + data.seeds[view.seed] : data.seeds.length > 1 ? (data.few ? " · seed " + data.seeds[0] : " · median") : "";
  for (const [column, places] of entries) {
    const values = one(places);
    let apart = "";
    if (theirs && Number(column) !== data.panels[panel].reference && (data.few || view.seed)) {
      const here = gap(values, theirs)[step];
      apart = Number.isNaN(here) ? "" : "gap " + (here ? here.toExponential(1) : "0");
    }
    rows.push([column, data.names[column], String(values[step]), apart]);
  }
  const table = node("table");
  for (const [column, ...words] of rows) {
    const row = table.insertRow(), key = svg("svg", { class: "key", viewBox: "0 0 30 10" });
    row.className = "f" + column;
    key.append(svg("path", { d: "M0 5h30" }));
    row.insertCell().append(key);
    for (const word of words) row.insertCell().textContent = word;
  }
  tip.replaceChildren(node("b", `step ${step} · ${view.dtype}${seeds}`), table);
  tip.hidden = false;
  const place = layout.left + across(step, count) / layout.grain;
  const drawing = chart.querySelector("svg");
  const cross = drawing.querySelector(".cross") || drawing.appendChild(svg("path", { class: "cross" }));
  cross.setAttribute("d", `M${place} ${layout.losses_top}V${layout.gaps_top + layout.gaps}`);
  const box = drawing.getBoundingClientRect();
  if (x === undefined) [x, y] = [box.left + (place / layout.width) * box.width, box.top + box.height / 2];
  tip.style.left = Math.max(4, Math.min(x + 14, innerWidth - tip.offsetWidth - 4)) + "px";
  tip.style.top = Math.max(4, Math.min(y + 14, innerHeight - tip.offsetHeight - 4)) + "px";
}
function away(chart) {
  tip.hidden = true;
  const cross = chart.querySelector(".cross");
  if (cross) cross.remove();
}
for (const chart of document.querySelectorAll(".chart")) {
  chart.tabIndex = 0;
  chart.setAttribute("role", "group");
  chart.setAttribute("aria-label", "Values by step: left and right arrow keys");
  const follow = (event) => {
    const box = chart.querySelector("svg").getBoundingClientRect();
    const places = Object.values(of(chart.parentElement.id))[0];
    if (!places) return;
    const share = (((event.clientX - box.left) / box.width) * layout.width - layout.left) / layout.plot;
    at(chart, Math.round(share * (data.index[places[0]][0] - 1)), event.clientX, event.clientY);
  };
  chart.addEventListener("pointermove", follow);
  chart.addEventListener("pointerdown", follow);
  chart.addEventListener("pointerleave", () => away(chart));
  chart.addEventListener("blur", () => away(chart));
  chart.addEventListener("keydown", (event) => {
    const now = Number(chart.dataset.step || 0), far = event.shiftKey ? 10 : 1;
    const next = { ArrowRight: now + far, ArrowLeft: now - far, Home: 0, End: Infinity }[event.key];
    if (event.key === "Escape") away(chart);
    if (next === undefined) return;
    event.preventDefault();
    at(chart, next);
  });
}

/* The ways of the parameters, up to a step. */
for (const slide of document.querySelectorAll(".slide")) {
  const [range, said] = [slide.querySelector("input"), slide.querySelector("output")];
  const ways = [...slide.closest(".recipe").querySelectorAll(".way")].map((way) => {
    const path = way.tagName === "use" ? document.querySelector(way.getAttribute("href")) : way.querySelector("path") || way;
    const numbers = path.getAttribute("d").match(/-?\d+/g).map(Number), points = [];
    for (let i = 0, x = 0, y = 0; i < numbers.length; i += 2) points.push([(x += numbers[i]), (y += numbers[i + 1])]);
    return { way, points };
  });
  const drawn = ways.map(({ way, points }) => {
    const column = [...way.parentElement.querySelectorAll(".way")].indexOf(way); // equal spots show as rings
    const [path, spot] = [svg("path", {}), svg("circle", { class: "spot", r: Math.max(11 - 3 * column, 3) })];
    const group = svg("g", { class: way.getAttribute("class") });
    group.append(path, spot);
    way.replaceWith(group);
    return { path, points, spot };
  });
  const move = () => {
    said.value = range.value;
    for (const { path, points, spot } of drawn) {
      const shown = points.slice(0, Number(range.value) + 1), [x, y] = shown[shown.length - 1];
      path.setAttribute("d", line(shown));
      spot.setAttribute("cx", x);
      spot.setAttribute("cy", y);
    }
  };
  range.addEventListener("input", move);
  move();
}

/* What makes a gap, as bars; and a link to each panel. */
function explain() {
  for (const panel of document.querySelectorAll(".panel")) {
    const name = panel.querySelector("b"), link = node("a", name.textContent);
    link.href = "#" + panel.id.split("/").map(encodeURIComponent).join("/");
    name.replaceChildren(link);
  }
  document.querySelectorAll(".made").forEach((told, place) => {
    const details = node("details", undefined, { className: "parts" }), table = node("table", undefined, { className: "bars" });
    for (const [name, values, start, end, short, full] of data.bars[place]) {
      const row = table.insertRow(), head = node("th", name, { scope: "row" });
      head.append(node("small", values));
      const bar = svg("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" });
      const width = Math.max(Math.abs(end - start), 0.6), x = Math.min(start, end, 100 - width);
      bar.append(svg("rect", { class: end > start ? "up" : "down", x, y: 1, width, height: 8 }));
      row.append(head, node("td", short, { className: "number", title: String(full) }), node("td", undefined, { className: "bar" }));
      row.lastElementChild.append(bar);
    }
    details.append(node("summary", "What makes it, in decades"), table);
    told.after(details);
  });
  for (const mark of document.querySelectorAll(".told .v")) mark.title = data.verdicts[mark.textContent] || "";
}

/* The table of all gaps: numbers in full, a link to the curves, sorted by a heading, filtered by words. */
function tabulate() {
  const table = document.getElementById("gap-table"), body = table.tBodies[0], rows = [...body.rows];
  const full = new Map(rows.map((row, place) => [row, data.full[place]]));
  for (const [row, numbers] of full) {
    numbers.forEach((number, column) => {
      if (number === null) return;
      row.cells[column].title = number;
      row.cells[column].className = "number";
    });
    const parts = [...row.cells].slice(0, 3).map((cell) => encodeURIComponent(cell.textContent));
    const link = node("a", undefined, { href: "#" + parts.map(encodeURIComponent).join("/") });
    link.append(...row.cells[1].childNodes);
    row.cells[1].append(link);
  }
  const headings = [...table.tHead.rows[0].cells];
  data.full[0]?.forEach((number, column) => number !== null && (headings[column].className = "number"));
  headings.forEach((heading, column) => {
    const button = node("button", heading.textContent, { type: "button" });
    heading.replaceChildren(button);
    button.addEventListener("click", () => {
      const rises = heading.getAttribute("aria-sort") !== "ascending";
      for (const other of headings) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", rises ? "ascending" : "descending");
      const keys = new Map(rows.map((row) => {
        const number = full.get(row)[column];
        const value = number === null ? NaN : Number(number.replace("inf", "Infinity"));
        return [row, [Number.isNaN(value) ? 1 : 0, value || 0, row.cells[column].textContent]];
      }));
      rows.sort((one, other) => {
        const [a, b] = [keys.get(one), keys.get(other)];
        return a[0] - b[0] || (rises ? 1 : -1) * (a[0] ? a[2].localeCompare(b[2]) : a[1] - b[1]);
      });
      body.append(...rows);
    });
  });
  const filter = document.getElementById("filter");
  const sift = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const cells = [...row.cells].map((cell) => cell.textContent.toLowerCase()).join(" ");
      row.hidden = !words.every((word) => cells.includes(word));
    }
    document.getElementById("count").value = `${rows.filter((row) => !row.hidden).length} of ${rows.length} rows`;
  };
  filter.addEventListener("input", sift);
  sift();
}

/* Code, copied. */
for (const code of document.querySelectorAll(".calls pre")) {
  const button = node("button", "copy", { type: "button", className: "copy" });
  code.previousElementSibling.append(" ", button);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      getSelection().selectAllChildren(code);
      document.execCommand("copy");
    }
    button.textContent = "copied";
    setTimeout(() => (button.textContent = "copy"), 1500);
  });
}

/* All at once; and everything is open on paper. */
const all = document.getElementById("all");
function open(yes) {
  for (const one of document.querySelectorAll(".recipe")) one.open = yes;
  all.textContent = yes ? "close all" : "open all";
  all.setAttribute("aria-pressed", String(yes));
}
all.addEventListener("click", () => open(all.getAttribute("aria-pressed") !== "true"));
let before = [];
addEventListener("beforeprint", () => {
  before = [...document.querySelectorAll("details")].filter((one) => !one.open);
  for (const one of before) one.open = true;
});
addEventListener("afterprint", () => before.forEach((one) => (one.open = false)));

unpack().then(() => {
  html.classList.add("js");
  explain();
  tabulate();
  go(Boolean(location.hash));
  html.dataset.ready = "yes";
});
