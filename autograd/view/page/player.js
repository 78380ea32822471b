"use strict";
// The page's data: {tensors, operations, steps, training}; see autograd/view/recording.py.
const data = JSON.parse(document.getElementById("data").textContent);
const graph = document.getElementById("graph");
const byId = (id) => document.getElementById(id);
let current = 0; // how many steps have been done
let timer = null;

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// -- the picture: boxes and arrows by the names that their titles hold ------------------------------

const boxes = new Map();
const arrows = new Map();
for (const group of graph.querySelectorAll("g.node, g.edge")) {
  const title = group.querySelector("title");
  (group.classList.contains("node") ? boxes : arrows).set(title.textContent, group);
  title.remove(); // it would come up as a tooltip, and means nothing to readers
}
for (const [key, group] of boxes) {
  group.valueTexts = [];
  group.gradTexts = [];
  let part = data.tensors[key] && data.tensors[key].role === "constant" ? null : undefined;
  for (const text of group.querySelectorAll("text")) {
    const said = text.textContent.trim();
    if (said === "value") part = group.valueTexts;
    else if (said === "grad") part = group.gradTexts;
    else if (part) part.push(text);
  }
  group.addEventListener("click", () => goToStepOf(key));
}

function goToStepOf(key) {
  const takesPart = (step) => step.op === key || (step.kind === "forward" ? step.to.includes(key) : step.to === key);
  const after = data.steps.findIndex((step, i) => i >= current && takesPart(step));
  const found = after >= 0 ? after : data.steps.findIndex(takesPart);
  if (found >= 0) show(found + 1);
}

function arrowBetween(from, to) {
  return arrows.get(`${from}->${to}`);
}

function paint() {
  const done = data.steps.slice(0, current);
  const step = done[done.length - 1];
  const known = new Set(Object.keys(data.tensors));
  for (const s of data.steps) if (s.kind === "forward") s.to.forEach((key) => known.delete(key));
  const sums = new Map();
  for (const s of done) {
    if (s.kind === "forward") { s.to.forEach((key) => known.add(key)); known.add(s.op); } else sums.set(s.to, s.sum);
  }
  const open = new Set(data.steps.slice(current).filter((s) => s.kind === "backward").map((s) => s.to));
  for (const [key, group] of boxes) {
    group.classList.toggle("waiting", !known.has(key));
    group.classList.remove("now");
    group.valueTexts.forEach((text) => text.classList.toggle("hidden", !known.has(key)));
    const sum = sums.get(key);
    const isScalar = sum && group.gradTexts.length === 1 && sum.rows && sum.rows.length === 1 && sum.rows[0].length === 1;
    if (isScalar) group.gradTexts[0].textContent = sum.text;
    group.gradTexts.forEach((text) => text.classList.toggle("hidden", !sum || (!isScalar && open.has(key))));
  }
  for (const [, arrow] of arrows) arrow.classList.remove("now");
  graph.classList.toggle("backward", Boolean(step) && step.kind !== "forward");
  if (!step) return;
  const touched = step.kind === "forward" ? [step.op, ...step.to] : [step.op, step.to].filter(Boolean);
  touched.forEach((key) => boxes.get(key) && boxes.get(key).classList.add("now"));
  const passed = step.kind === "forward"
    ? [...step.from.map((key) => [key, step.op]), ...step.to.map((key) => [step.op, key])]
    : step.kind === "backward" ? [[step.to, step.op], ...step.from.map((key) => [step.op, key])] : [];
  for (const [from, to] of passed) {
    const arrow = arrowBetween(from, to);
    if (arrow) arrow.classList.add("now");
  }
  const box = boxes.get(step.op || step.to);
  if (box) scrollTo(box);
}

function scrollTo(box) {
  const [outer, inner] = [graph.getBoundingClientRect(), box.getBoundingClientRect()];
  graph.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
  graph.scrollTop += inner.top + inner.height / 2 - outer.top - outer.height / 2;
}

// -- arrays as heat maps ------------------------------------------------------------------------------

function heat(value, largest) { // blue below zero, orange above: a pair that color-blind readers can tell apart
  if (typeof value !== "number" || !largest) return typeof value === "string" ? "#f5a3a3" : "#f3f4f6";
  const strength = Math.min(1, Math.abs(value) / largest);
  const [r, g, b] = value < 0 ? [96, 156, 226] : [243, 164, 71];
  const mixed = [r, g, b].map((c) => Math.round(246 + (c - 246) * strength));
  return `rgb(${mixed.join(" ")})`;
}

function shown(value) {
  if (value === true || value === false) return value ? "True" : "False";
  return typeof value === "number" ? String(Number(value.toPrecision(4))).replace("-", "−") : value;
}

function picture(array) {
  if (!array) return element("span", "dim", "not kept in memory");
  if (!array.rows) return element("span", "one", array.text);
  if (array.rows.length === 1 && array.rows[0].length === 1) return element("span", "one", shown(array.rows[0][0]));
  const numbers = array.rows.flat().filter((v) => typeof v === "number");
  const largest = Math.max(...numbers.map(Math.abs), 0);
  const table = element("table", "heat");
  array.rows.forEach((row, i) => {
    if (array.planes && i && i % array.planes === 0) {
      const gap = element("tr", "gap"); // between two planes of an array of three or more dimensions
      gap.append(element("td"));
      table.append(gap);
    }
    const line = element("tr");
    for (const value of row) {
      const cell = element("td", "", shown(value));
      cell.style.background = heat(value, largest);
      line.append(cell);
    }
    table.append(line);
  });
  return table;
}

function card(name, array, className, what) {
  const figure = element("figure", className);
  const caption = element("figcaption");
  caption.append(element("b", "", name));
  if (array && array.shape !== "()") caption.append(` ${array.shape}`);
  figure.append(caption, picture(array));
  if (what) figure.dataset.what = what;
  if (array && array.rows) figure.dataset.numbers = JSON.stringify(array.rows);
  return figure;
}

function equation(...parts) {
  const line = element("div", "equation");
  for (const part of parts) line.append(typeof part === "string" ? element("span", "sign", part) : part);
  return line;
}

// -- the panel: what happens in this step -------------------------------------------------------------

const nameOf = (key) => data.tensors[key].name;

function describe(step) {
  const panel = byId("panel");
  panel.replaceChildren();
  if (!step) {
    byId("phase").textContent = "Start: only the leaves have values.";
    panel.append(element("p", "dim", "Press ▶, or → for one step. First every operation computes its result, forward; then the gradient of the last result flows back, one operation at a time."));
    return;
  }
  const place = `Step ${current} of ${data.steps.length}`;
  if (step.kind === "seed") {
    byId("phase").textContent = `${place}: backward begins at ${nameOf(step.to)}`;
    panel.append(element("p", "", `How much does ${nameOf(step.to)} change when it changes itself? By just as much: its gradient is 1.`));
    panel.append(equation(card(`gradient of ${nameOf(step.to)}`, step.sum, "result", "sum")));
    return;
  }
  const op = data.operations[step.op];
  const label = op.sign === op.name ? op.name : `${op.sign} (${op.name})`;
  if (step.kind === "forward") {
    byId("phase").textContent = `${place}: forward, ${label}`;
    panel.append(element("p", "formula", op.formula + (op.settings ? `    with ${op.settings}` : "")));
    const inputs = step.from.map((key) => card(nameOf(key), data.tensors[key].value));
    const results = step.to.map((key) => card(nameOf(key), data.tensors[key].value, "result", "value"));
    panel.append(equation(...inputs, "→", ...results));
    return;
  }
  byId("phase").textContent = `${place}: backward through ${label}, to ${nameOf(step.to)}`;
  panel.append(element("p", "formula", step.rule));
  const arrived = card(`gradient that arrived at ${step.from.map(nameOf).join(", ")}`, step.arrived);
  const amount = card(`goes to ${nameOf(step.to)}`, step.amount, step.before ? "" : "result", "amount");
  panel.append(step.local ? equation(arrived, "×", card("local derivative", step.local), "=", amount) : equation(arrived, "→", amount));
  if (step.before) {
    panel.append(element("p", "", `${nameOf(step.to)} is used more than once, so what arrives is added up:`));
    panel.append(equation(card("so far", step.before), "+", card("this", step.amount), "=", card(`gradient of ${nameOf(step.to)}`, step.sum, "result", "sum")));
  } else {
    amount.dataset.what = "sum";
  }
}

// -- going through the steps --------------------------------------------------------------------------

function show(count) {
  current = Math.max(0, Math.min(data.steps.length, count));
  byId("slider").value = current;
  byId("slider").setAttribute("aria-valuetext", `step ${current} of ${data.steps.length}`);
  paint();
  describe(data.steps[current - 1]);
  if (current === data.steps.length) pause();
}

function pause() {
  clearInterval(timer);
  timer = null;
  byId("play").textContent = "▶";
  byId("play").setAttribute("aria-label", "Play");
}

function play() {
  if (timer) return pause();
  if (current === data.steps.length) show(0);
  timer = setInterval(() => show(current + 1), Number(byId("speed").value));
  byId("play").textContent = "❚❚";
  byId("play").setAttribute("aria-label", "Pause");
}

const actions = { first: () => show(0), back: () => show(current - 1), play, next: () => show(current + 1), last: () => show(data.steps.length) };
for (const [id, action] of Object.entries(actions)) byId(id).addEventListener("click", () => { if (id !== "play") pause(); action(); });
byId("slider").max = data.steps.length;
byId("slider").addEventListener("input", () => { pause(); show(Number(byId("slider").value)); });
byId("speed").addEventListener("change", () => { if (timer) { pause(); play(); } });

const keys = { ArrowLeft: "back", ArrowRight: "next", Home: "first", End: "last", " ": "play" };
document.addEventListener("keydown", (event) => {
  const isControl = event.target.closest && event.target.closest("input, select, button");
  if (!keys[event.key] || event.altKey || event.ctrlKey || event.metaKey) return;
  if (isControl && (event.key === " " || event.target.tagName === "SELECT" || event.target.id === "epoch")) return; // theirs
  event.preventDefault();
  byId(keys[event.key]).click();
});

// -- training: the parameters move, the loss falls ----------------------------------------------------

function showEpoch(number) {
  const frames = data.training;
  byId("epoch").value = number;
  byId("epoch-text").textContent = `step ${number} of ${frames.length - 1}: loss ${shown(frames[number].loss)}`;
  const losses = frames.map((frame) => frame.loss).filter((v) => typeof v === "number");
  const [low, high] = [Math.min(...losses), Math.max(...losses)];
  const x = (i) => 45 + (540 * i) / Math.max(1, frames.length - 1);
  const y = (loss) => 15 + 125 * (high === low ? 0.5 : (high - loss) / (high - low));
  const drawn = frames.map((f, i) => [i, f.loss]).filter(([, loss]) => typeof loss === "number");
  const make = (tag, attributes, text) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const parts = [
    make("path", { d: drawn.map(([i, loss], k) => `${k ? "L" : "M"}${x(i)} ${y(loss)}`).join("") }),
    make("text", { x: 4, y: 19 }, shown(high)), make("text", { x: 4, y: 144 }, shown(low)),
  ];
  if (typeof frames[number].loss === "number") parts.push(make("circle", { cx: x(number), cy: y(frames[number].loss), r: 5 }));
  byId("curve").replaceChildren(...parts);
  const cards = frames[number].parameters.map((p) => {
    const pair = element("div", "equation");
    pair.append(card(p.name, p.value));
    if (p.grad) pair.append(card("gradient", p.grad));
    return pair;
  });
  byId("parameters").replaceChildren(...cards);
}

if (data.training.length) {
  byId("training").hidden = false;
  byId("epoch").max = data.training.length - 1;
  byId("epoch").addEventListener("input", () => showEpoch(Number(byId("epoch").value)));
  let running = null;
  const stop = () => { clearInterval(running); running = null; byId("train").textContent = "▶ train"; };
  byId("train").addEventListener("click", () => {
    if (running) return stop();
    if (Number(byId("epoch").value) === data.training.length - 1) showEpoch(0);
    byId("train").textContent = "❚❚ pause";
    running = setInterval(() => {
      const next = Number(byId("epoch").value) + 1;
      if (next >= data.training.length) return stop();
      showEpoch(next);
    }, 350);
  });
  showEpoch(0);
}
show(0);
