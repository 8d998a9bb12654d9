/* Tables: which columns and how close, as this person left it; selecting rows. */

const DENSITY = "density";
const columnsOf = (table) => `columns:${table.id}`;

/** Read what was remembered; a browser that forbids it remembers nothing. */
function recall(key, otherwise) {
    try {
        return JSON.parse(localStorage.getItem(key)) ?? otherwise;
    } catch {
        return otherwise;
    }
}

function remember(key, value) {
    try {
        localStorage.setItem(key, JSON.stringify(value));
    } catch {
        // Then it holds for this page.
    }
}

/* Density. */

function setDensity(density) {
    document.documentElement.dataset.density = density;
    for (const button of document.querySelectorAll("[data-density][aria-pressed]")) {
        button.setAttribute("aria-pressed", String(density === "close"));
    }
}

/* Columns: named by `data-column` on their heads; those without a name always stay. */

function showColumns(table) {
    const away = new Set(recall(columnsOf(table), []));
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, index) => {
        if (!head.dataset.column) return;
        for (const row of table.rows) {
            const cell = row.cells[index];
            if (cell && cell.colSpan === 1) cell.hidden = away.has(head.dataset.column);
        }
    });
}

function offerColumns(sheet) {
    const table = document.getElementById(sheet.dataset.columnsOf);
    const list = sheet.querySelector("fieldset");
    if (!table || list.querySelector("input")) return;
    const away = recall(columnsOf(table), []);
    for (const head of table.tHead.querySelectorAll("[data-column]")) {
        const tick = document.createElement("input");
        tick.type = "checkbox";
        tick.value = head.dataset.column;
        tick.checked = !away.includes(tick.value);
        const label = document.createElement("label");
        label.className = "switch";
        label.append(tick, head.textContent.trim());
        list.append(label);
    }
    list.addEventListener("change", () => {
        const off = [...list.querySelectorAll("input:not(:checked)")];
        remember(columnsOf(table), off.map((tick) => tick.value));
        showColumns(table);
    });
}

function setUp(part) {
    setDensity(recall(DENSITY, "open"));
    for (const sheet of part.querySelectorAll("[data-columns-of]")) offerColumns(sheet);
    for (const table of part.querySelectorAll("table[id]:has([data-column])")) showColumns(table);
}

/* Selecting rows. */

function count(listing) {
    const ticks = [...listing.querySelectorAll("tbody [data-select]")];
    const on = ticks.filter((tick) => tick.checked).length;
    const all = listing.querySelector("[data-select-all]");
    if (all) {
        all.checked = on > 0 && on === ticks.length;
        all.indeterminate = on > 0 && on < ticks.length;
    }
    for (const output of listing.querySelectorAll("[data-selected]")) output.textContent = on;
}

document.addEventListener("change", (event) => {
    const listing = event.target.closest?.(".listing");
    if (!listing) return;
    if (event.target.matches("[data-select-all]")) {
        for (const tick of listing.querySelectorAll("tbody [data-select]")) {
            tick.checked = event.target.checked;
        }
    }
    count(listing);
});

document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-density][aria-pressed]");
    if (!button) return;
    const density = button.getAttribute("aria-pressed") === "true" ? "open" : "close";
    remember(DENSITY, density);
    setDensity(density);
});

// Before the first paint, so that nothing jumps.
setUp(document);
document.querySelectorAll(".listing").forEach(count);
document.addEventListener("htmx:load", (event) => setUp(event.target));
