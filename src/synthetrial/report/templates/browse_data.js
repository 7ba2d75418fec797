"use strict";
// What the page holds: rows, which list, search and facets know, and bodies, unpacked when one is opened (browse_chunks.py).

const about = JSON.parse(document.getElementById("about").textContent);
const records = { accepted: [], rejected: [], exemplar: [] };
const exemplars = new Map();

for (const element of document.querySelectorAll("script.rows")) {
  JSON.parse(element.textContent).forEach((row, place) => {
    row.kind = element.dataset.kind;
    row.chunk = element.nextElementSibling;
    row.place = place;
    row.order = records[row.kind].length;
    row.facets = {
      label: [row.label], phase: row.phases, drug: [row.drug], condition: row.conditions,
      code: row.codes, recipe: [row.recipe], rung: [row.rung],
    };
    row.text = [row.id, row.title, row.drug, ...row.conditions, ...row.phases].join("\n").toLowerCase();
    records[row.kind].push(row);
  });
}
for (const row of records.exemplar) exemplars.set(row.id, row);

async function inflated(chunk) {
  const packed = atob(chunk.textContent);
  const bytes = new Uint8Array(packed.length);
  for (let at = 0; at < packed.length; at += 1) bytes[at] = packed.charCodeAt(at);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

const KEPT = 16;
const unpacked = new Map(); // chunk → promise of its bodies, the last used at the end

// The body of a row.
async function bodyOf(row) {
  const bodies = unpacked.get(row.chunk) || inflated(row.chunk);
  unpacked.delete(row.chunk);
  unpacked.set(row.chunk, bodies);
  if (unpacked.size > KEPT) unpacked.delete(unpacked.keys().next().value);
  return (await bodies)[row.place];
}

// Adds the text of every body of a kind to what is searched; once.
async function addTexts(kind) {
  let chunk = null;
  let bodies = [];
  for (const row of records[kind]) {
    if (row.chunk !== chunk) {
      chunk = row.chunk;
      bodies = await inflated(chunk);
    }
    const { sections, reasons, verdicts, text } = bodies[row.place];
    const said = [...sections.map((each) => each[1]), ...reasons.map((each) => each.statement), ...verdicts.flat(), text];
    row.text += "\n" + said.join("\n").toLowerCase();
  }
}

// A query is words and "phrases" that must all occur; `drug:metformin` asks a facet instead of the text.
function termsOf(query) {
  return (query.toLowerCase().match(/(?:[a-z]+:)?"[^"]*"?|\S+/g) || []).map((term) => {
    const [, facet, value] = term.match(/^(?:(label|phase|drug|condition|code|recipe|rung):)?(.*)$/s);
    return { facet, value: value.replaceAll('"', "") };
  });
}

function says(row, term) {
  if (!term.facet) return row.text.includes(term.value);
  return row.facets[term.facet].some((value) => value.toLowerCase().includes(term.value));
}

const compare = new Intl.Collator("en", { numeric: true }).compare;
const BY = {
  title: (a, b) => compare(a.title, b.title),
  drug: (a, b) => compare(a.drug, b.drug),
  p: (a, b) => (a.p ?? 2) - (b.p ?? 2),
  long: (a, b) => b.words - a.words,
  short: (a, b) => a.words - b.words,
};
const sorted = new Map();

function inOrder(kind, sort) {
  if (!BY[sort]) return records[kind];
  const key = `${kind} ${sort}`;
  if (!sorted.has(key)) sorted.set(key, [...records[kind]].sort(BY[sort]));
  return sorted.get(key);
}

// The rows that the query and all filters leave, and for each facet how many each of its values would leave.
function filtered(kind, facets, { q, sort, filters }) {
  const terms = termsOf(q);
  const found = [];
  const counts = Object.fromEntries(facets.map((facet) => [facet, new Map()]));
  for (const row of inOrder(kind, sort)) {
    if (!terms.every((term) => says(row, term))) continue;
    const against = facets.filter((facet) => filters[facet] && !row.facets[facet].includes(filters[facet]));
    if (against.length > 1) continue;
    if (against.length === 0) found.push(row);
    for (const facet of against.length ? against : facets) {
      for (const value of row.facets[facet]) counts[facet].set(value, (counts[facet].get(value) || 0) + 1);
    }
  }
  return { found, counts };
}
