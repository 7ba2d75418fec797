"use strict";
// What two texts share, where a quote stands, and texts as elements. All text goes in as text nodes, never as markup.

const WORD = /[\p{L}\p{N}]+(?:['’][a-z]+)?/giu;
const SENTENCE = /[^.;|\n]+[.;]?/g;
const RUN = 6; // words in a row that count as shared

// An element with attributes (`onclick` and the like are listeners; null and false are left out) and children.
function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null));
  return element;
}

function wordsOf(text) {
  return Array.from(text.matchAll(WORD), (found) => ({
    word: found[0].toLowerCase(), start: found.index, end: found.index + found[0].length,
  }));
}

function runsOf(words) {
  return words.slice(RUN - 1).map((_, at) => words.slice(at, at + RUN).map((each) => each.word).join(" "));
}

// The sections that a writer wrote, with their words and their runs of RUN words. Names of interventions come from the plan:
// blanks stand in their place.
function written(sections) {
  return sections.filter(([name]) => !about.given.includes(name)).map(([name, text]) => {
    const own = name === "Interventions" ? text.replace(/^- .*?(?= \| |$)/gm, (given) => " ".repeat(given.length)) : text;
    const words = wordsOf(own);
    return { name, words, runs: runsOf(words) };
  });
}

// Where the sections share runs of words with the others: ranges by section, how many words, and the longest run.
function sharedWith(sections, others) {
  const known = new Set(others.flatMap((each) => each.runs));
  const ranges = {};
  let total = 0;
  let longest = 0;
  for (const { name, words, runs } of sections) {
    const found = []; // from word to word; runs that overlap are one
    for (let at = 0; at < runs.length; at += 1) {
      if (!known.has(runs[at])) continue;
      const first = at;
      while (at + 1 < runs.length && known.has(runs[at + 1])) at += 1;
      const last = at + RUN - 1;
      longest = Math.max(longest, last - first + 1);
      if (found.length && found.at(-1).last >= first) found.at(-1).last = last;
      else found.push({ first, last });
    }
    ranges[name] = found.map(({ first, last }) => ({ kind: "shared", start: words[first].start, end: words[last].end }));
    total += found.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  }
  return { ranges, total, longest };
}

// Where a quote stands in the sections: word by word, or else the sentence that has most of its words. It may begin with
// the header of its section.
function placeOf(quote, sections) {
  const header = about.sections.find((name) => quote.startsWith(`${name}:`)) || "";
  const sought = wordsOf(quote.slice(header.length)).map((each) => each.word);
  for (const [name, text] of sections) {
    const words = wordsOf(text);
    const at = words.findIndex((_, start) => sought.every((word, k) => words[start + k]?.word === word));
    if (at >= 0) return { name, kind: "quoted", start: words[at].start, end: words[at + sought.length - 1].end };
  }
  let best = null;
  let most = 0;
  for (const [name, text] of sections) {
    for (const found of text.matchAll(SENTENCE)) {
      const words = new Set(wordsOf(found[0]).map((each) => each.word));
      const share = sought.filter((word) => words.has(word)).length / (sought.length + words.size);
      if (share > most) {
        most = share;
        best = { name, kind: "quoted", start: found.index, end: found.index + found[0].length };
      }
    }
  }
  return best;
}

// A text line by line, with its ranges as <mark>; each line reads in its own direction.
function marked(text, ranges = []) {
  let begin = 0;
  return text.split("\n").map((line) => {
    const end = begin + line.length;
    const isItem = line.startsWith("- ");
    const element = el("div", { class: isItem ? "item" : null, dir: "auto" });
    const inside = ranges.flatMap((each) => [each.start, each.end]).filter((cut) => cut > begin && cut < end);
    let at = isItem ? begin + 2 : begin;
    for (const cut of [...new Set([...inside, end])].sort((a, b) => a - b)) {
      if (cut <= at) continue;
      const kinds = new Set(ranges.filter((each) => each.start < cut && each.end > at).map((each) => each.kind));
      const part = text.slice(at, cut);
      element.append(kinds.size ? el("mark", { class: [...kinds].join(" ") }, part) : part);
      at = cut;
    }
    begin = end + 1;
    return element;
  });
}
