/* Keys. What stands in the list that `?` opens. Those without Ctrl can be switched off. */

const OFF = "single-keys-off";
const help = document.getElementById("keys");
const setting = help?.querySelector("[data-single-keys]");

/** For how long `g` waits for its figure. */
const WAITS = 1500;
let goUntil = 0;

function stored() {
    try {
        return localStorage.getItem(OFF) === "1";
    } catch {
        return false;
    }
}

if (setting) {
    setting.checked = !stored();
    setting.addEventListener("change", () => {
        try {
            localStorage.setItem(OFF, setting.checked ? "0" : "1");
        } catch {
            // Then it holds for this page.
        }
    });
}

const isTyping = (target) =>
    target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

function search() {
    const box = document.getElementById("search");
    box?.focus();
    box?.select();
    return Boolean(box);
}

/** Go to the next row of the page's list, or to the next record. */
function step(by) {
    const rows = [...document.querySelectorAll(".listing tbody tr:has(a)")];
    if (!rows.length) {
        const link = document.querySelector(by > 0 ? "a[rel=next]" : "a[rel=prev]");
        link?.click();
        return Boolean(link);
    }
    const at = rows.findIndex((row) => row.contains(document.activeElement));
    const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
    next.querySelector("a").focus();
    next.scrollIntoView({ block: "nearest" });
    return true;
}

function selectRow() {
    const tick = document.activeElement.closest("tr")?.querySelector("[data-select]");
    tick?.click();
    return Boolean(tick);
}

/** Select all rows of the page's list, or none of them. */
function selectAll() {
    const tick = document.querySelector(".listing [data-select-all]");
    tick?.click();
    return Boolean(tick);
}

/** Go to the acts on the rows that are selected. */
function toActs() {
    const button = document.querySelector(".listing:has(tbody :checked) .bulk button");
    button?.focus();
    return Boolean(button);
}

function goTo(figure) {
    const link = document.querySelectorAll("#menu a")[figure - 1];
    link?.click();
    return Boolean(link);
}

const SINGLE = {
    "/": search,
    "?": () => (help?.showModal(), true),
    j: () => step(1),
    k: () => step(-1),
    x: selectRow,
    a: selectAll,
    b: toActs,
    g: () => ((goUntil = Date.now() + WAITS), true),
};

document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        if (search()) event.preventDefault();
        return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    if (setting && !setting.checked) return;

    const figure = Number(event.key);
    const act = figure && Date.now() < goUntil ? () => goTo(figure) : SINGLE[event.key];
    if (act?.()) event.preventDefault();
});
