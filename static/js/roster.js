/* The grid of a roster: arrow keys go from cell to cell, dragging fills with the first. */

const grid = document.querySelector("[data-roster]");

const STEPS = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
    Enter: [1, 0],
};

/** Return the field so many rows and columns away, past rows that have none there. */
function neighbour(field, [down, right]) {
    const cell = field.closest("td");
    let row = cell.parentElement;
    let column = cell.cellIndex;
    const rows = grid.rows;
    do {
        if (right) column += right;
        else row = rows[row.rowIndex + down];
        if (!row || column < 1 || column >= row.cells.length) return null;
        const found = row.cells[column]?.querySelector("input");
        if (found) return found;
    } while (down ? row : true);
    return null;
}

function go(event) {
    const step = STEPS[event.key];
    const field = event.target;
    if (!step || !field.matches("input") || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const found = neighbour(field, step);
    found?.focus();
    found?.select();
}

/* Dragging: what the first cell says goes into all that are passed. */

let drawn = null;

function begin(event) {
    if (event.button === 0 && event.target.matches("input")) {
        drawn = { from: event.target, to: new Set() };
    }
}

function pass(event) {
    if (!drawn || !event.target.matches("input") || event.target === drawn.from) return;
    drawn.to.add(event.target);
    event.target.classList.add("filled");
}

function fill() {
    if (!drawn) return;
    for (const field of drawn.to) {
        field.classList.remove("filled");
        field.value = drawn.from.value;
        field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    drawn = null;
}

if (grid) {
    grid.addEventListener("keydown", go);
    grid.addEventListener("focusin", (event) => event.target.select?.());
    grid.addEventListener("pointerdown", begin);
    grid.addEventListener("pointerover", pass);
    document.addEventListener("pointerup", fill);
}
