"use strict";
// The list at the left: a listbox that holds only the rows in view, however many there are.

const SPARE = 6; // rows drawn above and below the view

function makeList(box, opened) {
  const height = 5 * parseFloat(getComputedStyle(document.documentElement).fontSize); // 5rem, as .row in browse.css
  const rows = el("div", { class: "rows", role: "presentation" });
  let found = [];
  let cursor = 0;
  box.append(rows);

  function draw() {
    const first = Math.max(0, Math.floor(box.scrollTop / height) - SPARE);
    const last = Math.min(found.length, Math.ceil((box.scrollTop + box.clientHeight) / height) + SPARE);
    rows.style.height = `${found.length * height}px`;
    rows.replaceChildren(...found.slice(first, last).map((row, k) => option(row, first + k)));
    if (cursor >= first && cursor < last) box.setAttribute("aria-activedescendant", `row-${cursor}`);
    else box.removeAttribute("aria-activedescendant");
  }

  function option(row, at) {
    const element = el(
      "div",
      {
        class: "row", role: "option", id: `row-${at}`, "aria-selected": String(at === cursor),
        "aria-posinset": at + 1, "aria-setsize": found.length, onclick: () => opened(row),
      },
      el("div", { class: "title", dir: "auto" }, row.title),
      el(
        "div", { class: "about" },
        el("span", { class: row.label === "success" ? "tag success" : "tag failure" }, row.label),
        row.codes.map((code) => el("span", { class: "tag code" }, code)),
        el("span", { class: "facts", dir: "auto" }, [row.drug, ...row.phases].join(" · ")),
        el("span", { class: "id" }, row.id),
      ),
    );
    element.style.top = `${at * height}px`;
    return element;
  }

  function moveTo(at) {
    cursor = Math.max(0, Math.min(found.length - 1, at));
    const top = cursor * height;
    if (top < box.scrollTop) box.scrollTop = top;
    if (top + height > box.scrollTop + box.clientHeight) box.scrollTop = top + height - box.clientHeight;
    draw();
  }

  box.addEventListener("scroll", () => requestAnimationFrame(draw), { passive: true });
  new ResizeObserver(draw).observe(box);
  return {
    // Shows these rows, with the cursor on `row` if it is one of them.
    show(given, row) {
      found = given;
      if (!found.includes(row)) box.scrollTop = 0;
      moveTo(Math.max(0, found.indexOf(row)));
    },
    move: (by) => moveTo(cursor + by),
    goTo: (row) => found.includes(row) && moveTo(found.indexOf(row)),
    row: () => found[cursor],
    // The row before or after another; where that is not in the list, the one at the cursor.
    next: (row, by) => found[found.includes(row) ? found.indexOf(row) + by : cursor],
    place: (row) => found.indexOf(row),
    page: () => Math.max(1, Math.floor(box.clientHeight / height) - 1),
    length: () => found.length,
  };
}
