// The front end of editor.py. It shows the painting reduced, draws what the hand does at once, and
// sends it to Python in pixels of the painting; the marks that come back replace what was drawn.

// of the brush, in pixels
const WIDTHS = [1, 3, 5, 7, 9, 13, 17, 25, 35, 51, 71, 101, 151, 201, 301, 501];
const HIGHEST = 640; // of the picture on the page, in CSS pixels
const PATIENCE = 10; // seconds without an answer until the user is told
const SETTLED = 200; // milliseconds after the last zoom or pan until more detail is asked for
const STORE = "inpainting-editor";
const LEGEND_HINT = "click a kind to show or hide it; what is hidden is left as it is";
const AGAIN = "run the cell of this editor again; what you drew is offered to you there.";
const DAMAGE = {
  cut: { label: "Cut", key: "1", colour: "#000", tip: "Paint lost to the ground, in black" },
  scratch: { label: "Scratch", key: "2", colour: "#ede8db", tip: "A light scratch" },
  stain: {
    label: "Stain",
    key: "3",
    colour: "rgba(77, 51, 20, 0.6)",
    tip: "A brown stain; the paint shows through",
  },
};
const TOOLS = {
  brush: { label: "Brush", key: "B", kind: "drawn", tip: "Mark damage: what it marks is filled" },
  stain: {
    label: "Stain",
    key: "T",
    kind: "stains",
    tip:
      "Mark a stain: what it marks is cleaned, not filled " +
      "(by the shipped networks, and where it is not marked as another kind, too)",
  },
  eraser: { label: "Eraser", key: "E", tip: "Erase marks of the kinds that are on" },
};
const MOVE = {
  label: "Move",
  key: "H",
  tip: "Move the picture; or hold the space bar, or use two fingers",
};
const KEYS = [
  ["[  ]", "smaller, larger brush"],
  ["Ctrl Z, Ctrl Y", "undo, redo"],
  ["+  −  0", "zoom in, out, whole picture; also Ctrl and the mouse wheel, or two fingers"],
  ["space and drag", "move the picture"],
  ["M", "show or hide the marks"],
  ["arrows", "move the brush without a mouse; with Shift further; Enter puts it down and lifts it"],
];

const clamp = (x, low, high) => Math.min(Math.max(x, low), high);

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function button(label, key, tip, onclick, name = label.toLowerCase()) {
  const title = key ? `${tip} (${key})` : tip;
  const children = key?.length === 1 ? [label, make("kbd", {}, key)] : [label];
  return make("button", { type: "button", title, "data-name": name, onclick }, ...children);
}

function slider(name, label, tip, settings, oninput) {
  const input = make("input", {
    type: "range",
    "data-name": name,
    "aria-label": label,
    title: tip,
    ...settings,
    oninput,
  });
  return input;
}

// A canvas with the picture that a file in memory holds, or null where there is none.
async function decoded(bytes) {
  if (!bytes?.byteLength) return null;
  const options = { colorSpaceConversion: "none", premultiplyAlpha: "none" };
  const image = await createImageBitmap(new Blob([bytes]), options);
  const canvas = make("canvas", { width: image.width, height: image.height });
  canvas.getContext("2d", { willReadFrequently: true }).drawImage(image, 0, 0);
  return canvas;
}

function bitsOf(canvas) {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return Uint8Array.from({ length: data.length / 4 }, (_, i) => data[4 * i]);
}

// Marks as a canvas in the colours of their kinds; where kinds overlap, the last one is seen.
function tinted(marks, kinds, on) {
  const colours = new Uint32Array(256);
  kinds.forEach(([kind, colour], bit) => {
    if (!on.includes(kind)) return;
    const [r, g, b] = [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
    for (let bits = 1; bits < 256; bits++) {
      if ((bits >> bit) & 1) colours[bits] = ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
    }
  });
  const canvas = make("canvas", { width: marks.width, height: marks.height });
  const image = new ImageData(marks.width, marks.height);
  const pixels = new Uint32Array(image.data.buffer);
  marks.bits.forEach((bits, i) => {
    pixels[i] = colours[bits];
  });
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

// The steps of every editor of this page, for the case that a kernel is restarted.
const steps = {
  key: (model) => `${STORE} ${model.get("picture_id")} ${model.get("widget_id")}`,
  add(model, step) {
    try {
      const before =
        model.get("steps") || this.begun?.has(this.key(model))
          ? sessionStorage.getItem(this.key(model))
          : null;
      (this.begun ??= new Set()).add(this.key(model));
      sessionStorage.setItem(
        this.key(model),
        JSON.stringify([...JSON.parse(before ?? "[]"), step]),
      );
    } catch {
      /* storage is full or forbidden: then nothing is offered after a restart */
    }
  },
  ofAnother(model) {
    try {
      if (sessionStorage.getItem(this.key(model))) return null; // this editor has begun already
      return Object.keys(sessionStorage)
        .filter((key) => key.startsWith(`${STORE} ${model.get("picture_id")} `))
        .sort() // by age, as the ids of the widgets are
        .map((key) => {
          const list = JSON.parse(sessionStorage.getItem(key));
          return { key, list: list.filter((step) => !["fill", "save"].includes(step.do)) };
        })
        .findLast(({ list }) => list.length);
    } catch {
      return null;
    }
  },
};

class Editor {
  constructor(model, el) {
    this.model = model;
    this.live = model.get("mode") === "live";
    this.tools = { ...(this.live ? DAMAGE : TOOLS), move: MOVE };
    if (!this.live && !this.colourOf("stains")) delete this.tools.stain;
    this.tool = Object.keys(this.tools)[0];
    [this.width, this.height] = model.get("size");
    this.layers = { whole: {}, detail: {} };
    this.pending = []; // strokes that Python has not answered yet
    this.waiting = {}; // messages without an answer: when they were sent
    this.pointers = new Map();
    this.opacity = 0.7;
    this.line = 100; // where "before" ends and "after" begins, in per cent from the left
    this.updating = Promise.resolve();
    this.build(el);
    this.watch("answered", () => {
      const [, id] = this.model.get("answered"); // now: the next answer may come before the update
      this.updating = this.updating.then(() => this.update(id));
    });
    this.watch("kinds", () => this.buildLegend());
    for (const name of ["status", "kinds_on", "areas", "undoable", "redoable"]) {
      this.watch(name, () => this.showState());
    }
    this.watch("comm_live_update", () => this.kernelIsGone(), "");
    this.watch("comm:close", () => this.kernelIsGone(), "");
    this.resized = new ResizeObserver(() => this.layOut());
    this.resized.observe(this.root);
    this.updating = this.update();
    this.offerSteps();
  }

  watch(name, callback, prefix = "change:") {
    this.model.on(prefix + name, callback);
    (this.watched ??= []).push([prefix + name, callback]);
  }

  remove() {
    this.resized.disconnect();
    clearTimeout(this.settling);
    clearInterval(this.clock);
    this.watched.forEach(([name, callback]) => this.model.off(name, callback));
  }

  // ------------------------------------------------------------------ what stands on the page

  build(el) {
    const toolButtons = Object.entries(this.tools).map(([name, { label, key, tip }]) =>
      button(label, key, tip, () => this.choose(name), name),
    );
    this.buttons = Object.fromEntries(toolButtons.map((b) => [b.dataset.name, b]));
    this.sizeText = make("output");
    this.sizeInput = slider(
      "size",
      "size of the brush",
      "Size of the brush ( [ and ] )",
      { min: 0, max: WIDTHS.length - 1, value: this.firstSize() },
      () => this.showSize(),
    );
    this.undo = button("Undo", "Ctrl Z", "Take the last stroke back", () => this.send("undo"));
    this.redo = button("Redo", "Ctrl Y", "Draw it again", () => this.send("redo"));
    this.zoomText = make("output", { class: "zoom" });
    this.legend = make("div", {
      class: "bar legend",
      role: "group",
      "aria-label": "kinds of damage",
    });
    this.canvas = make("canvas", {
      tabindex: 0,
      role: "application",
      "aria-label": "the painting: draw with the mouse, a finger or the arrow keys",
    });
    this.compare = slider(
      "compare",
      "where the line between before, at its left, and after, at its right, stands",
      "Move the line in the picture: before is at its left, after at its right",
      { min: 0, max: 100, value: this.line },
      () => {
        this.line = +this.compare.value;
        this.draw();
      },
    );
    this.fill = button("Fill", "F", "Fill what is marked and show the result", () =>
      this.send("fill"),
    );
    this.save = button("Save", "S", "Write mask, picture and record as new files", () =>
      this.send("save"),
    );
    this.fill.classList.add("main");
    this.opacityInput = slider(
      "opacity",
      "how strongly the marks are shown",
      "How strongly the marks are shown over the picture (M hides them)",
      { min: 0, max: 100, value: 100 * this.opacity },
      () => {
        this.opacity = this.opacityInput.value / 100;
        this.draw();
      },
    );
    this.statusLine = make("div", { class: "status", role: "status", "aria-live": "polite" });
    this.under = make("div", { class: "under" });
    this.offer = make("div", { class: "offer" });
    this.comparison = make("label", { class: "compare" }, "before | after", this.compare);
    const tools = Object.values(this.tools);
    const toolKeys = [
      tools.map((tool) => tool.key).join("  "),
      tools.map((tool) => tool.label.toLowerCase()).join(", "),
    ];
    const keys = [toolKeys, ...KEYS].map(([key, what]) =>
      make(
        "tr",
        {},
        make("th", {}, ...key.split("  ").flatMap((k) => [make("kbd", {}, k), " "])),
        make("td", {}, what),
      ),
    );
    this.root = make(
      "div",
      { class: "inpainting-editor", "data-lm-suppress-shortcuts": "true" },
      make(
        "div",
        { class: "bar", role: "toolbar", "aria-label": "tools" },
        make("span", { class: "group" }, ...toolButtons),
        make("label", {}, "size", this.sizeInput, this.sizeText),
        make("span", { class: "group" }, this.undo, this.redo),
        make(
          "span",
          { class: "group" },
          button("−", "", "Zoom out (−)", () => this.zoom(1 / 1.5), "out"),
          this.zoomText,
          button("+", "", "Zoom in (+)", () => this.zoom(1.5), "in"),
          button("Whole", "0", "Show the whole picture", () => this.fit(), "fit"),
        ),
        make("span", { class: "hint" }, "Ctrl + wheel: zoom"),
      ),
      this.legend,
      this.offer,
      make("div", { class: "stage" }, this.canvas, this.under),
      make(
        "div",
        { class: "bar" },
        ...(this.live ? [] : [make("span", { class: "group" }, this.fill, this.save)]),
        this.comparison,
        make("label", {}, "strength of the marks", this.opacityInput),
      ),
      this.statusLine,
      make("details", {}, make("summary", {}, "Keys and gestures"), make("table", {}, ...keys)),
    );
    this.root.addEventListener("keydown", (event) => this.keyDown(event));
    this.root.addEventListener("keyup", (event) => {
      if (event.key === " ") this.space = false;
    });
    for (const [name, handler] of Object.entries({
      pointerdown: this.pointerDown,
      pointermove: this.pointerMove,
      pointerup: this.pointerUp,
      pointercancel: this.pointerUp,
      pointerleave: this.pointerLeave,
      wheel: this.wheel,
    }))
      this.canvas.addEventListener(name, handler.bind(this), { passive: false });
    el.append(this.root);
    this.choose(this.tool);
    this.showSize();
    this.buildLegend();
  }

  // A brush of about a hundredth of the picture.
  firstSize() {
    const wanted = Math.max(this.width, this.height) / (this.live ? 60 : 100);
    return WIDTHS.findLastIndex((width) => width <= Math.max(wanted, 3));
  }

  choose(name) {
    this.tool = name;
    for (const [tool, b] of Object.entries(this.buttons))
      b.setAttribute("aria-pressed", tool === name);
    this.canvas.style.cursor = name === "move" ? "grab" : "crosshair";
  }

  colourOf(kind) {
    return this.model.get("kinds").find(([name]) => name === kind)?.[1];
  }

  get brush() {
    return WIDTHS[this.sizeInput.value];
  }

  showSize() {
    this.sizeText.textContent = `${this.brush} px`;
    this.draw();
  }

  // The buttons stay when their numbers change: a click under way would be lost, and the focus.
  buildLegend() {
    this.chips = this.model.get("kinds").map(([kind, colour]) => {
      const chip = make(
        "button",
        { type: "button", "data-kind": kind, class: "kind" },
        make("span", { class: "swatch", style: `background: ${colour}` }),
        kind,
        make("small"),
      );
      if (!this.live) chip.onclick = () => this.toggle(kind);
      return chip;
    });
    this.legend.replaceChildren(
      ...this.chips,
      ...(this.live ? [] : [make("span", { class: "hint" }, LEGEND_HINT)]),
    );
    this.showState();
  }

  toggle(kind) {
    const on = this.wanted ?? this.model.get("kinds_on"); // of an earlier click, not answered yet
    this.wanted = on.includes(kind) ? on.filter((k) => k !== kind) : [...on, kind];
    this.send("switch", { kinds_on: this.wanted });
  }

  showState() {
    const on = this.model.get("kinds_on"),
      areas = this.model.get("areas");
    this.undo.disabled = !this.model.get("undoable");
    this.redo.disabled = !this.model.get("redoable");
    this.chips.forEach((chip, bit) => {
      const isOn = on.includes(chip.dataset.kind);
      chip.setAttribute("aria-pressed", isOn);
      chip.title = isOn
        ? "On: shown, erased and repaired. Click to leave it alone"
        : "Off: left alone. Click to show and repair it";
      chip.lastChild.textContent = `${(100 * (areas[bit] ?? 0)).toFixed(2)} %`;
    });
    for (const layer of Object.values(this.layers)) if (layer.marks) this.tint(layer);
    this.say(this.model.get("status"), this.model.get("problem"));
    this.draw();
  }

  say(text, problem = false) {
    this.statusLine.textContent = (problem ? "⚠ " : "") + text;
    this.statusLine.classList.toggle("problem", problem);
  }

  // ------------------------------------------------------------------ messages to and from Python

  send(what, settings = {}) {
    const id = Math.random().toString(36).slice(2);
    if (what !== "look") {
      steps.add(this.model, { do: what, with: settings });
      this.offer.replaceChildren();
    }
    this.waiting[id] = { since: Date.now(), what };
    this.model.send({ do: what, with: settings, id });
    if (what === "fill") this.say("Filling …");
    if (["fill", "save"].includes(what)) this.fill.disabled = this.save.disabled = true;
    this.clock ??= setInterval(() => this.isAnswerLate(), 1000);
    return id;
  }

  isAnswerLate() {
    const seconds = Math.floor(
      (Date.now() - Math.min(...Object.values(this.waiting).map((w) => w.since))) / 1000,
    );
    if (!(seconds >= PATIENCE)) return;
    const busy = this.waits("fill", "save", "damage");
    this.say(
      `${busy ? "Working" : "No answer from Python"} for ${seconds} s. ` +
        "It may be busy with another cell. If the kernel was restarted: " +
        AGAIN,
      !busy,
    );
  }

  kernelIsGone() {
    this.waiting = {};
    clearInterval(this.clock);
    this.root.classList.add("gone");
    this.say("The kernel of this notebook was restarted or closed: " + AGAIN, true);
  }

  // What was drawn in an editor that is gone: offered to the new one.
  offerSteps() {
    const old = steps.ofAnother(this.model);
    if (!old) return;
    this.offer.append(
      `Strokes and steps of an earlier editor of this picture: ${old.list.length}. `,
      button(
        "Take them up again",
        "",
        "Draw the same strokes here",
        () => {
          sessionStorage.removeItem(old.key);
          old.list.forEach((step) => this.send(step.do, step.with));
        },
        "again",
      ),
    );
  }

  async update(id = "") {
    const had = !!this.layers.whole.filled;
    const whole = await this.layer("whole", [0, 0, this.width, this.height]);
    const detail = await this.layer("detail", this.model.get("detail_place"));
    this.layers = { whole, detail }; // at once: nothing is seen in the place of another
    delete this.waiting[id];
    if (!this.waits("switch")) this.wanted = undefined;
    this.pending = this.pending.filter((stroke) => stroke.id !== id);
    if (!this.waits("fill", "save"))
      this.fill.disabled = this.save.disabled = false;
    if (!Object.keys(this.waiting).length) {
      clearInterval(this.clock);
      this.clock = undefined;
    }
    const filled = !!this.layers.whole.filled;
    this.comparison.classList.toggle("off", !filled);
    this.compare.disabled = !filled;
    if (filled && (!had || this.live)) this.sweep();
    if (!filled) this.setLine(100);
    if (this.waits("fill")) this.say("Filling …");
    else if (id) this.say(this.model.get("status"), this.model.get("problem"));
    this.draw();
  }

  // Whether an answer to one of these messages is still to come.
  waits(...messages) {
    return Object.values(this.waiting).some(({ what }) => messages.includes(what));
  }

  async layer(name, place) {
    const layer = { ...this.layers[name], place };
    for (const part of ["picture", "marks", "filled"]) {
      const bytes = this.model.get(`${name}_${part}`);
      if (layer[`${part}Bytes`] === bytes) continue;
      layer[`${part}Bytes`] = bytes;
      layer[part] = await decoded(bytes);
      if (part === "marks" && layer.marks) {
        layer.marks.bits = bitsOf(layer.marks);
        this.tint(layer);
      }
    }
    return layer;
  }

  tint(layer) {
    layer.tinted = tinted(layer.marks, this.model.get("kinds"), this.model.get("kinds_on"));
  }

  // Uncover the result from right to left, slowly enough to be seen.
  sweep() {
    const began = performance.now() + (this.live ? 600 : 0);
    const step = (now) => {
      if (!this.layers.whole.filled || this.stroke) return;
      this.setLine(100 * (1 - clamp((now - began) / 700, 0, 1)));
      if (this.line > 0) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  setLine(per_cent) {
    this.line = this.compare.value = per_cent;
    this.draw();
  }

  // ------------------------------------------------------------------ where things are

  layOut() {
    const { width } = this.canvas.getBoundingClientRect();
    if (!width || width === this.wide) return;
    const whole = !this.view || this.isWhole;
    this.wide = width;
    this.high = Math.round(Math.min((width * this.height) / this.width, HIGHEST));
    this.ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * this.ratio);
    this.canvas.height = Math.round(this.high * this.ratio);
    this.canvas.style.height = `${this.high}px`;
    if (whole) this.fit();
    else this.show(this.view);
  }

  get wholeScale() {
    return Math.min(this.wide / this.width, this.high / this.height);
  }

  fit() {
    const scale = this.wholeScale;
    this.show({
      scale,
      x: (this.wide - scale * this.width) / 2,
      y: (this.high - scale * this.height) / 2,
    });
  }

  // view: scale, CSS pixels for a pixel of the painting; x, y: where its corner lies on the canvas.
  show({ scale, x, y }) {
    this.isWhole = scale <= this.wholeScale;
    const slack = (free) => (free > 0 ? [free / 2, free / 2] : [free, 0]);
    this.view = {
      scale,
      x: clamp(x, ...slack(this.wide - scale * this.width)),
      y: clamp(y, ...slack(this.high - scale * this.height)),
    };
    this.zoomText.textContent = `${Math.round(100 * scale * this.ratio)} %`;
    this.canvas.style.touchAction = "none";
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.lookCloser(), SETTLED);
    this.draw();
  }

  zoom(factor, x = this.wide / 2, y = this.high / 2) {
    const scale = clamp(this.view.scale * factor, this.wholeScale, 32);
    const by = scale / this.view.scale;
    this.show({ scale, x: x - by * (x - this.view.x), y: y - by * (y - this.view.y) });
  }

  // Ask for the part that is seen, where the whole picture was reduced too much for it.
  lookCloser() {
    const { scale, x, y } = this.view,
      { picture } = this.layers.whole;
    if (
      !picture ||
      scale * this.ratio <= (1.1 * picture.width) / this.width ||
      picture.width === this.width
    )
      return;
    const left = Math.floor(clamp(-x / scale, 0, this.width - 1)),
      top = Math.floor(clamp(-y / scale, 0, this.height - 1));
    const width = Math.min(Math.ceil(this.wide / scale) + 1, this.width - left);
    const height = Math.min(Math.ceil(this.high / scale) + 1, this.height - top);
    this.send("look", {
      left,
      top,
      width,
      height,
      side: Math.ceil(Math.max(width, height) * scale * this.ratio),
    });
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  pixel({ x, y }) {
    return [
      Math.floor((x - this.view.x) / this.view.scale),
      Math.floor((y - this.view.y) / this.view.scale),
    ];
  }

  // ------------------------------------------------------------------ drawing on the screen

  draw() {
    if (this.drawing || !this.view) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = 0;
      this.drawNow();
    });
  }

  drawNow() {
    const pen = this.canvas.getContext("2d");
    const { whole, detail } = this.layers;
    const layers = detail.picture && detail.place.length ? [whole, detail] : [whole];
    const split = (this.line / 100) * this.wide;
    pen.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    pen.clearRect(0, 0, this.wide, this.high);
    pen.save();
    this.toPainting(pen);
    layers.forEach((layer) => this.drawLayer(pen, layer, layer.picture));
    pen.restore();
    pen.globalAlpha = this.opacity;
    pen.drawImage(this.marks(layers), 0, 0, this.wide, this.high);
    pen.globalAlpha = 1;
    if (whole.filled) {
      pen.save();
      pen.beginPath();
      pen.rect(split, 0, this.wide - split, this.high);
      pen.clip();
      this.toPainting(pen);
      layers.forEach((layer) => this.drawLayer(pen, layer, layer.filled));
      pen.restore();
      this.drawBorder(pen, split);
    }
    if (this.live) this.drawDamage(pen);
    this.drawBrush(pen);
  }

  drawBorder(pen, x) {
    pen.fillStyle = "rgba(0, 0, 0, 0.65)";
    pen.fillRect(x - 52, 6, 104, 18);
    pen.fillStyle = "#fff";
    pen.fillRect(x - 1, 0, 2, this.high);
    pen.font = "12px system-ui, sans-serif";
    pen.textAlign = "center";
    pen.fillText("before", x - 27, 19);
    pen.fillText("after", x + 27, 19);
  }

  toPainting(pen) {
    const { scale, x, y } = this.view;
    pen.translate(x, y);
    pen.scale(scale, scale);
  }

  drawLayer(pen, layer, canvas) {
    if (!canvas) return;
    pen.imageSmoothingEnabled = (this.view.scale * this.ratio * layer.place[2]) / canvas.width < 2;
    pen.drawImage(canvas, ...layer.place);
  }

  // The marks on a canvas of their own, so that they can be laid over the picture as one glaze.
  marks(layers) {
    this.glaze ??= make("canvas");
    this.glaze.width = this.canvas.width;
    this.glaze.height = this.canvas.height;
    const pen = this.glaze.getContext("2d");
    pen.scale(this.ratio, this.ratio);
    this.toPainting(pen);
    pen.imageSmoothingEnabled = false;
    for (const { place, tinted } of layers) {
      if (!tinted) continue;
      pen.clearRect(...place);
      pen.drawImage(tinted, ...place);
    }
    if (!this.live)
      [...this.pending, ...(this.stroke ? [this.stroke] : [])].forEach((stroke) => {
        pen.globalCompositeOperation = stroke.erase ? "destination-out" : "source-over";
        this.drawStroke(pen, stroke, this.colourOf(stroke.kind));
      });
    return this.glaze;
  }

  drawDamage(pen) {
    pen.save();
    this.toPainting(pen);
    [...this.pending, ...(this.stroke ? [this.stroke] : [])].forEach((stroke) =>
      this.drawStroke(pen, stroke, DAMAGE[stroke.damage].colour),
    );
    pen.restore();
  }

  drawStroke(pen, { points, width }, colour) {
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.lineCap = pen.lineJoin = "round";
    pen.beginPath();
    points.forEach(([x, y], i) =>
      i ? pen.lineTo(x + 0.5, y + 0.5) : pen.moveTo(x + 0.5, y + 0.5),
    );
    if (points.length === 1) pen.lineTo(points[0][0] + 0.501, points[0][1] + 0.5);
    pen.stroke();
  }

  drawBrush(pen) {
    if (!this.at || this.tool === "move") return;
    for (const [colour, wider] of [
      ["#000", 0.75],
      ["#fff", -0.25],
    ]) {
      pen.strokeStyle = colour;
      pen.lineWidth = 1;
      pen.beginPath();
      pen.arc(this.at.x, this.at.y, Math.max((this.brush * this.view.scale) / 2 + wider, 1), 0, 7);
      pen.stroke();
    }
  }

  // ------------------------------------------------------------------ the hand

  begin(pixel) {
    const tool = this.live
      ? { damage: this.tool }
      : { erase: this.tool === "eraser", kind: this.tools[this.tool].kind };
    this.stroke = { ...tool, width: this.brush, points: [pixel] };
    this.lineBefore = this.line;
    this.setLine(100);
  }

  extend(pixel) {
    const [x, y] = this.stroke.points.at(-1);
    if (pixel[0] !== x || pixel[1] !== y) this.stroke.points.push(pixel);
    this.draw();
  }

  end() {
    const stroke = this.stroke;
    this.stroke = null;
    stroke.id = this.send(this.live ? "damage" : "stroke", { ...stroke });
    this.pending.push(stroke);
    this.draw();
  }

  pointerDown(event) {
    if (event.button > 1) return;
    event.preventDefault();
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, this.place(event));
    if (this.pointers.size === 2) {
      if (this.stroke) this.setLine(this.lineBefore);
      this.stroke = null; // the first finger meant to move, not to draw
    } else if (
      this.pointers.size === 1 &&
      this.tool !== "move" &&
      !this.space &&
      event.button === 0
    ) {
      this.begin(this.pixel(this.place(event)));
    }
  }

  pointerMove(event) {
    this.at = this.place(event);
    if (this.stroke && this.pointers.has(event.pointerId)) {
      const all = event.getCoalescedEvents?.() ?? [];
      (all.length ? all : [event]).forEach((e) => this.extend(this.pixel(this.place(e))));
    } else if (this.pointers.has(event.pointerId)) this.drag(event);
    else this.nameUnder(this.pixel(this.at));
    this.draw();
  }

  // One pointer moves the picture, two also zoom it: what lies under the fingers stays there.
  drag(event) {
    const [was, now] = [this.pointers.get(event.pointerId), this.place(event)];
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    this.pointers.set(event.pointerId, now);
    this.show({
      ...this.view,
      x: this.view.x + (now.x - was.x) / this.pointers.size,
      y: this.view.y + (now.y - was.y) / this.pointers.size,
    });
    if (!other) return;
    const apart = (p) => Math.hypot(p.x - other.x, p.y - other.y) || 1;
    this.zoom(apart(now) / apart(was), (now.x + other.x) / 2, (now.y + other.y) / 2);
  }

  pointerUp(event) {
    if (this.stroke && this.pointers.has(event.pointerId)) {
      if (event.type === "pointerup") this.end();
      else this.stroke = null;
    }
    this.pointers.delete(event.pointerId);
  }

  pointerLeave() {
    if (this.stroke) return;
    this.at = null;
    this.under.textContent = "";
    this.draw();
  }

  nameUnder([x, y]) {
    const { marks } = this.layers.whole,
      on = this.model.get("kinds_on");
    const inside = marks && x >= 0 && y >= 0 && x < this.width && y < this.height;
    const bits =
      inside &&
      marks.bits[
        Math.floor((y * marks.height) / this.height) * marks.width +
          Math.floor((x * marks.width) / this.width)
      ];
    this.under.textContent = this.model
      .get("kinds")
      .filter(([kind], bit) => (bits >> bit) & 1 && on.includes(kind))
      .map(([kind]) => kind)
      .join(", ");
  }

  wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return; // the page scrolls
    event.preventDefault();
    const { x, y } = this.place(event);
    this.zoom(Math.exp(-event.deltaY / 300), x, y);
  }

  keyDown(event) {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key, // Caps Lock
      control = event.ctrlKey || event.metaKey;
    const tool = Object.entries(this.tools).find(([, t]) => t.key.toLowerCase() === key)?.[0];
    const onCanvas = event.target === this.canvas;
    let done = true;
    if (control && key === "z") this.send(event.shiftKey ? "redo" : "undo");
    else if (control && key === "y") this.send("redo");
    else if (control || event.altKey) done = false;
    else if (tool) this.choose(tool);
    else if (key === "[" || key === "]") {
      this.sizeInput.value = +this.sizeInput.value + (key === "]" ? 1 : -1);
      this.showSize();
    } else if (key === "+" || key === "=") this.zoom(1.5);
    else if (key === "-") this.zoom(1 / 1.5);
    else if (key === "0") this.fit();
    else if (key === "m") {
      this.hidden = this.opacity || this.hidden;
      this.opacity = this.opacity ? 0 : this.hidden;
      this.opacityInput.value = 100 * this.opacity;
      this.draw();
    } else if (key === "f" && !this.live) this.fill.click();
    else if (key === "s" && !this.live) this.save.click();
    else if (onCanvas && key === " ") this.space = true;
    else if (onCanvas && key.startsWith("Arrow")) this.moveBrush(key.slice(5), event.shiftKey);
    else if (onCanvas && key === "Enter")
      this.stroke
        ? this.end()
        : this.tool !== "move" && this.begin(this.pixel((this.at ??= this.middle)));
    else done = false;
    if (done) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  get middle() {
    return { x: this.wide / 2, y: this.high / 2 };
  }

  moveBrush(direction, far) {
    const [x, y] = { Left: [-1, 0], Right: [1, 0], Up: [0, -1], Down: [0, 1] }[direction];
    const step = Math.max(this.view.scale, far ? 40 : 4);
    const from = this.at ?? this.middle;
    this.at = {
      x: clamp(from.x + x * step, 0, this.wide - 1),
      y: clamp(from.y + y * step, 0, this.high - 1),
    };
    if (this.tool === "move")
      this.show({ ...this.view, x: this.view.x - 10 * x * step, y: this.view.y - 10 * y * step });
    else if (this.stroke) this.extend(this.pixel(this.at));
    this.draw();
  }
}

export default {
  render({ model, el }) {
    const editor = new Editor(model, el);
    return () => editor.remove();
  },
};
