"use strict";
// What is shown follows from `state`, and the address keeps it: #/record/SYN-…?q=…, #/rejected/…?code=…

const FACETS = {
  accepted: ["label", "phase", "drug", "condition", "recipe", "rung"],
  rejected: ["code", "label", "phase", "drug", "condition", "rung"],
};
const PATHS = { accepted: "record", rejected: "rejected" };
const HASH_DELAY = 200; // milliseconds; browsers refuse an address that changes with every key

const byId = (id) => document.getElementById(id);
const search = byId("search");
const sort = byId("sort");
const article = byId("record");
const list = makeList(byId("list"), (row) => openRow(row));
const title = document.title;
const reading = new Map(); // kind → whether all its texts can be searched
let state = parsed(location.hash);
const shown = { kind: "", list: "", row: null };
let toHeading = false; // whether the focus goes to the record that is opened next
let hashTimer = 0;
let ownHash = ""; // the hash that this page set last: its event comes later, when the state may have gone on

function parsed(hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split("?");
  const [name, id = ""] = path.split("/");
  const kind = name === "rejected" ? "rejected" : "accepted";
  const given = new URLSearchParams(query);
  const filters = {};
  for (const facet of FACETS[kind]) if (given.get(facet)) filters[facet] = given.get(facet);
  return { kind, id, q: given.get("q") || "", sort: given.get("sort") || "", x: given.get("x") || "", filters };
}

function hashOf({ kind, id, q, sort: by, x, filters }) {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries({ q, sort: by, ...filters, x: id && x })) if (value) given.set(name, value);
  const path = id ? `${PATHS[kind]}/${id}` : PATHS[kind];
  return `#/${path}?${given}`.replace(/\?$/, "");
}

// Goes from one state to another. `entry`: the browser's Back returns to the one before.
function go(changes, entry = false) {
  state = { ...state, ...changes };
  draw();
  clearTimeout(hashTimer);
  if (entry) location.hash = ownHash = hashOf(state);
  else hashTimer = setTimeout(() => location.replace((ownHash = hashOf(state))), HASH_DELAY);
}

addEventListener("hashchange", () => {
  if (location.hash && !location.hash.startsWith("#/")) return; // the link that skips to the content
  if (location.hash === ownHash) return;
  ownHash = "";
  clearTimeout(hashTimer);
  const asked = parsed(location.hash);
  if (hashOf(asked) === hashOf(state)) return;
  state = asked;
  shown.row = null; // another exemplar may be asked for
  draw();
});

function draw() {
  if (state.kind !== shown.kind) drawControls();
  if (search.value !== state.q) search.value = state.q;
  sort.value = state.sort;
  const asked = JSON.stringify([state.kind, state.q, state.sort, state.filters]);
  if (asked !== shown.list) drawList();
  shown.list = asked;
  drawOpened();
}

function current() {
  return records[state.kind].find((row) => row.id === state.id);
}

function drawControls() {
  shown.kind = state.kind;
  for (const [kind, path] of Object.entries(PATHS)) {
    const link = byId(`show-${path}`);
    if (kind === state.kind) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  for (const option of sort.options) option.hidden = option.value === "p" && state.kind === "rejected";
  byId("facets").replaceChildren(...FACETS[state.kind].map(facetControl).filter(Boolean));
}

// A facet by which all records are alike is no choice, and left out.
function facetControl(facet) {
  const values = [...new Set(records[state.kind].flatMap((row) => row.facets[facet]))].sort(compare);
  if (values.length < 2) return null;
  const options = values.map((value) => el("option", { value }, value));
  const choose = (event) => go({ filters: { ...state.filters, [facet]: event.target.value } });
  const any = el("option", { value: "" }, "any");
  const id = `facet-${facet}`;
  return el(
    "div", {},
    el("label", { for: id }, facet === "rung" ? "retrieval" : facet),
    el("select", { id, "data-facet": facet, onchange: choose }, any, options),
  );
}

function drawList() {
  const { found, counts } = filtered(state.kind, FACETS[state.kind], state);
  list.show(found, current());
  const all = records[state.kind].length;
  byId("status").textContent = count(found.length, "record") + (found.length === all ? "" : ` of ${figure(all)}`);
  byId("nothing").hidden = found.length > 0;
  byId("list").hidden = found.length === 0;
  for (const select of byId("facets").querySelectorAll("select")) {
    const { facet } = select.dataset;
    for (const option of select.options) {
      if (!option.value) continue;
      const number = counts[facet].get(option.value) || 0;
      option.text = `${option.value} (${number})`;
      option.hidden = number === 0;
    }
    select.value = state.filters[facet] || "";
    select.classList.toggle("set", select.value !== "");
  }
  byId("clear").hidden = !state.q && !Object.values(state.filters).some(Boolean);
  if (state.q) readTexts();
  if (state.q && !reading.get(state.kind)) byId("status").append(" so far; reading the texts…");
}

// The texts are read when they are first needed; what the rows alone answer is shown meanwhile.
function readTexts() {
  const { kind } = state;
  if (reading.has(kind)) return;
  reading.set(kind, false);
  addTexts(kind).then(() => {
    reading.set(kind, true);
    if (state.kind === kind && state.q) drawList();
  });
}

function drawOpened() {
  const row = current();
  document.body.dataset.view = row ? "record" : "list";
  document.title = row ? `${row.id} · ${title}` : title;
  byId("welcome").hidden = Boolean(row);
  byId("unknown").hidden = !state.id;
  byId("unknown").textContent = `There is no record ${state.id} here.`;
  byId("steps").hidden = article.hidden = !row;
  if (row) drawSteps(row);
  if (row === shown.row) return focusHeading(toHeading);
  const within = article.contains(document.activeElement);
  shown.row = row;
  if (!row) return article.replaceChildren();
  list.goTo(row);
  article.setAttribute("aria-busy", "true");
  const isCurrent = () => row === shown.row;
  drawRecord(article, row, { chosen: state.x, onchoice: (x) => go({ x }), isCurrent })
    .catch((error) => {
      article.replaceChildren(el("p", { role: "alert" }, `This record cannot be unpacked (${error}); try a newer browser.`));
      throw error;
    })
    .then(() => {
      if (!isCurrent()) return;
      article.setAttribute("aria-busy", "false");
      byId("pane").scrollTop = 0;
      focusHeading(toHeading || within || isNarrow());
    });
}

function focusHeading(wanted) {
  if (wanted) article.querySelector("h2")?.focus({ preventScroll: true });
  toHeading = false;
}

function drawSteps(row) {
  const place = list.place(row);
  byId("previous").disabled = !list.next(row, -1);
  byId("next").disabled = !list.next(row, 1);
  byId("place").textContent = place < 0 ? "not in this list" : `${figure(place + 1)} of ${figure(list.length())}`;
}

// Whether the record stands in the place of the list.
function isNarrow() {
  return Boolean(state.id) && byId("side").offsetParent === null;
}

function openRow(row, focus = true) {
  if (!row) return;
  toHeading = focus;
  go({ id: row.id, x: "" }, !state.id);
}

function closeRow() {
  go({ id: "", x: "" });
  list.move(0);
  byId("list").focus();
}

function clearAll() {
  go({ q: "", filters: {} });
}

// j and k: the next record where one is open, else the next line of the list.
function step(by) {
  const row = current();
  if (row) openRow(list.next(row, by), false);
  else list.move(by);
}

function goBack() {
  if (document.activeElement === search && state.q) go({ q: "" });
  else if (document.activeElement === search) byId("list").focus();
  else if (state.id) closeRow();
  else clearAll();
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  "/": () => {
    if (isNarrow()) closeRow();
    search.focus();
    search.select();
  },
  "?": () => byId("keys").showModal(),
  Escape: goBack,
};
const LIST_KEYS = {
  ArrowDown: () => list.move(1),
  ArrowUp: () => list.move(-1),
  PageDown: () => list.move(list.page()),
  PageUp: () => list.move(-list.page()),
  Home: () => list.move(-Infinity),
  End: () => list.move(Infinity),
  Enter: () => openRow(list.row()),
  " ": () => openRow(list.row()),
};

addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || byId("keys").open) return;
  const typing = target.matches("input, select");
  const inList = target === byId("list") || (target === search && ["ArrowDown", "ArrowUp", "Enter"].includes(key));
  const onNothing = target === document.body && key === "Enter" && !state.id;
  const does = (inList || onNothing) && LIST_KEYS[key] ? LIST_KEYS[key] : !typing || key === "Escape" ? KEYS[key] : undefined;
  if (!does) return;
  event.preventDefault();
  does();
});

search.addEventListener("input", () => go({ q: search.value }));
search.addEventListener("focus", readTexts);
sort.addEventListener("change", () => go({ sort: sort.value }));
byId("clear").addEventListener("click", clearAll);
byId("back").addEventListener("click", closeRow);
byId("previous").addEventListener("click", () => step(-1));
byId("next").addEventListener("click", () => step(1));
byId("show-keys").addEventListener("click", () => byId("keys").showModal());
for (const [kind, path] of Object.entries(PATHS)) {
  byId(`show-${path}`).addEventListener("click", (event) => {
    event.preventDefault();
    go({ kind, id: "", x: "", filters: {}, sort: "" }, true);
  });
}
byId("filters").open = matchMedia("(min-width: 56rem)").matches;
draw();
