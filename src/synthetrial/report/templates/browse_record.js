"use strict";
// The record at the right: what was checked and planned, its reasons, and its text beside that of an exemplar.

// Draws `row` into `article`. `chosen` is the exemplar to begin with, `onchoice` hears of another.
async function drawRecord(article, row, { chosen, onchoice, isCurrent }) {
  const body = await bodyOf(row);
  const others = await exemplarsOf(body);
  if (!isCurrent()) return;
  const comparison = compared(row, body, others, { chosen, onchoice });
  article.replaceChildren(
    heading(row),
    ...(row.kind === "rejected" ? [verdicts(body)] : []),
    ...(body.reasons.length ? [reasons(body, comparison.showQuote)] : []),
    ...(body.design.length ? [planned(body)] : []),
    details("made", "How it was made", pairs(body.made)),
    ...(body.text ? [details("text", "The text as written", el("pre", { dir: "auto", tabindex: 0 }, body.text))] : []),
    ...(body.sections.length ? [comparison.element] : []),
  );
}

async function exemplarsOf(body) {
  const rows = body.exemplars.map((id) => exemplars.get(id)).filter(Boolean);
  return Promise.all(rows.map(async (row) => ({ row, sections: (await bodyOf(row)).sections })));
}

function heading(row) {
  const mark = row.kind === "rejected" ? "[SYNTHETIC, rejected]" : "[SYNTHETIC]";
  return el(
    "header", {},
    el("h2", { tabindex: -1 }, el("span", { class: "mark" }, mark), " ", el("bdi", {}, row.title)),
    el(
      "p", { class: "about" },
      el("code", {}, row.id), " ",
      el("span", { class: `tag ${row.label}` }, row.label), " ",
      el("bdi", {}, [row.drug, ...row.phases, ...row.conditions].join(" · ")),
      ` · ${count(row.words, "word")}`,
      row.p === null ? null : ` · teacher’s p(${row.label}) ${row.p}`,
    ),
  );
}

// A part that opens and closes; the next record is shown with the same parts open.
const parts = { reasons: true, plan: false, made: false, text: false };

function details(part, title, ...content) {
  const note = (event) => (parts[part] = event.target.open);
  return el("details", { open: parts[part], ontoggle: note }, el("summary", {}, title), ...content);
}

function pairs(values) {
  return el("dl", {}, values.map(([name, value]) => [el("dt", {}, name), el("dd", { dir: "auto" }, value)]));
}

function verdicts(body) {
  return el(
    "section", { class: "verdicts" },
    el("h3", {}, "Why it was rejected"),
    el("ul", {}, body.verdicts.map(([code, detail]) => el("li", {}, el("code", {}, code), " ", el("bdi", {}, detail)))),
  );
}

function reasons(body, showQuote) {
  const quote = ({ trial_id: id, quote: said, score }) => {
    const text = [el("q", { dir: "auto" }, said), ` ${id}`, score < 100 ? `, found at ${Math.round(score)} of 100` : ""];
    return exemplars.has(id) && body.exemplars.includes(id)
      ? el("button", { class: "quote", onclick: () => showQuote(id, said) }, text)
      : el("span", { class: "quote" }, text);
  };
  const item = ({ factor, statement, evidence, grounded }) =>
    el(
      "li", {},
      el("strong", {}, factor), " ", el("bdi", {}, statement),
      grounded ? null : el("em", {}, " No quote of it was found in an exemplar."),
      evidence.map(quote),
    );
  return details("reasons", "Reasons it was written from", el("ul", { class: "reasons" }, body.reasons.map(item)));
}

function planned(body) {
  const differ = body.design.filter(([, plan, result]) => plan.toLowerCase() !== result.toLowerCase());
  const said = differ.length ? `${differ.length} of ${body.design.length} attributes differ` : "every attribute as planned";
  const table = (title, rows, differs) =>
    el(
      "table", {},
      el("thead", {}, el("tr", {}, [title, "Planned", "Written"].map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", {}, rows.map(([name, ...values]) =>
        el("tr", { class: differs(values) ? "differs" : null }, el("th", { scope: "row" }, name),
          values.map((value) => el("td", { dir: "auto" }, value || "–"))))),
    );
  return details(
    "plan",
    `Plan and result: ${said}`,
    el("div", { class: "plans" },
      table("Design", body.design, ([plan, result]) => plan.toLowerCase() !== result.toLowerCase()),
      table("Length", body.lengths, ([plan, result]) => result > 2 * plan || plan > 2 * result)),
  );
}

// The record's sections beside those of one exemplar, which tabs choose.
function compared(row, body, others, { chosen, onchoice }) {
  const mine = written(body.sections);
  const total = mine.reduce((sum, { words }) => sum + words.length, 0);
  const shared = others.map(({ sections }) => {
    const theirs = written(sections);
    return { here: sharedWith(mine, theirs), there: sharedWith(theirs, mine) };
  });
  const panel = el("div", { id: "beside", role: others.length ? "tabpanel" : null });
  const tabs = others.map(({ row: other }, at) =>
    el(
      "button",
      { role: "tab", id: `tab-${at}`, "aria-controls": "beside", onclick: () => onchoice(choose(at)) },
      el("strong", {}, other.id), ` ${other.label}`, el("small", {}, `${count(shared[at].here.total, "word")} shared`),
    ));

  function choose(at, quote = null) {
    tabs.forEach((tab, k) => {
      tab.setAttribute("aria-selected", String(k === at));
      tab.tabIndex = k === at ? 0 : -1;
    });
    panel.setAttribute("aria-labelledby", `tab-${at}`);
    panel.replaceChildren(...beside(row, body, others[at], shared[at], total, quote));
    return others[at].row.id;
  }

  function showQuote(id, said) {
    const at = others.findIndex((each) => each.row.id === id);
    onchoice(choose(at, placeOf(said, others[at].sections)));
    const found = panel.querySelector("mark.quoted");
    if (!found) return;
    found.tabIndex = -1;
    found.scrollIntoView({ block: "center" });
    found.focus({ preventScroll: true });
  }

  const list = el("div", { role: "tablist", "aria-label": "Exemplars", onkeydown: (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    const at = (tabs.indexOf(event.target) + step + tabs.length) % tabs.length;
    onchoice(choose(at));
    tabs[at].focus();
  } }, tabs);
  const title = others.length ? "Beside its exemplars" : "The record";
  const element = el("section", { class: "compare" }, el("h3", {}, title), others.length ? list : null, panel);
  if (others.length) {
    const asked = others.findIndex((each) => each.row.id === chosen);
    const most = Math.max(...shared.map((each) => each.here.total));
    choose(asked >= 0 ? asked : shared.findIndex((each) => each.here.total === most));
  } else {
    panel.replaceChildren(sideBySide(row, body.sections, null, {}));
  }
  return { element, showQuote };
}

function beside(row, body, { row: other, sections }, { here, there }, total, quote) {
  if (quote) there = { ...there, ranges: { ...there.ranges, [quote.name]: [...(there.ranges[quote.name] || []), quote] } };
  const share = total ? Math.round((100 * here.total) / total) : 0;
  const said = here.total
    ? `${figure(here.total)} of ${figure(total)} words (${share} %) stand in runs of ${RUN} or more that this exemplar ` +
      `has too; the longest has ${here.longest}.`
    : `No run of ${RUN} words or more is shared with this exemplar.`;
  const legend = here.total ? [el("mark", { class: "shared" }, "Marked"), `: ${said}`] : [said];
  return [el("p", { class: "quiet" }, legend), sideBySide(row, body.sections, { row: other, sections }, { here, there })];
}

function sideBySide(row, sections, other, shared) {
  const mine = new Map(sections);
  const theirs = new Map(other ? other.sections : []);
  const names = about.sections.filter((name) => mine.has(name) || theirs.has(name));
  const cell = (text, ranges, whose) => el("td", { "data-of": whose }, text === undefined ? "–" : marked(text, ranges));
  const line = (name) => el(
    "tr", { class: about.given.includes(name) ? "given" : null },
    el("th", { scope: "row" }, name),
    cell(mine.get(name), shared.here?.ranges[name], `Synthetic ${row.id}`),
    other ? cell(theirs.get(name), shared.there?.ranges[name], `Exemplar ${other.row.id}`) : null,
  );
  return el(
    "table", {},
    el("thead", {}, el("tr", {},
      el("th", { scope: "col" }, "Section"),
      el("th", { scope: "col", class: "synthetic" }, `Synthetic ${row.id}`),
      other ? el("th", { scope: "col", class: "exemplar" }, `Exemplar ${other.row.id}, ${other.row.label}`) : null)),
    el("tbody", {}, names.map(line)),
  );
}

function figure(number) {
  return number.toLocaleString("en");
}

function count(number, noun) {
  return `${figure(number)} ${noun}${number === 1 ? "" : "s"}`;
}
