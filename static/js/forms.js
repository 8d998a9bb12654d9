/* Forms: sent once, by Ctrl-Enter too; nothing typed is lost; what is wrong is shown first. */

/** How long a form that was sent stays closed, should its answer be a file. */
const CLOSED_FOR = 8000;

const sent = new WeakSet();
const touched = new WeakSet();

/** Say whether sending a form changes something; the theme is switched in place. */
const posts = (form) => form.method === "post" && !form.matches("[data-theme-switch]");

/** Let a form be sent again. */
function reopen(form) {
    sent.delete(form);
    form.removeAttribute("aria-busy");
    for (const button of form.querySelectorAll("[aria-disabled=true]")) {
        button.removeAttribute("aria-disabled");
    }
}

/** Take a form's second sending away, and show that the first is on its way. */
function sendOnce(event) {
    const form = event.target;
    if (event.defaultPrevented || !posts(form)) return;
    if (sent.has(form)) {
        event.preventDefault();
        event.stopImmediatePropagation();
        return;
    }
    sent.add(form);
    touched.delete(form);
    form.setAttribute("aria-busy", "true");
    event.submitter?.setAttribute("aria-disabled", "true");
    setTimeout(() => reopen(form), CLOSED_FOR);
}

// Before htmx takes the event, and before anything else does.
document.addEventListener("submit", sendOnce, { capture: true });
document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest?.("form");
    if (form) reopen(form);
});
// The page may come back out of the browser's own memory.
window.addEventListener("pageshow", () => document.querySelectorAll("form").forEach(reopen));

document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    const form = event.target.closest?.("form");
    if (form) {
        event.preventDefault();
        form.requestSubmit(form.querySelector("button:not([type=button], [formmethod])"));
    }
});

document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form[data-guard]");
    if (form) touched.add(form);
});
window.addEventListener("beforeunload", (event) => {
    const unsaved = [...document.querySelectorAll("form[data-guard]")];
    if (unsaved.some((form) => touched.has(form))) event.preventDefault();
});

/** Bring the summary of what is wrong into view and under the reader's eye. */
function showErrors(part) {
    part.querySelector("[data-errors]")?.focus();
}

document.addEventListener("htmx:afterSettle", (event) => showErrors(event.target));
// A refusal is a 422; a page that comes with 200 has nothing new to say.
if (performance.getEntriesByType("navigation")[0]?.responseStatus !== 200) showErrors(document);

/* Files: dropped on the area, and named in it. */

/** Say how large a file is: small ones in kilobytes, or they would be 0.0 MB. */
function sized(bytes) {
    const large = bytes >= 1e6;
    return new Intl.NumberFormat(document.documentElement.lang, {
        style: "unit",
        unit: large ? "megabyte" : "kilobyte",
        maximumFractionDigits: large ? 1 : 0,
    }).format(bytes / (large ? 1e6 : 1e3));
}

function nameFiles(area) {
    const files = [...area.querySelector("input[type=file]").files];
    area.querySelector("[data-drop-file]").textContent = files
        .map((file) => `${file.name} · ${sized(file.size)}`)
        .join("\n");
}

for (const kind of ["dragenter", "dragover"]) {
    document.addEventListener(kind, (event) => {
        const area = event.target.closest?.("[data-drop]");
        if (!area) return;
        event.preventDefault();
        area.classList.add("over");
    });
}
for (const kind of ["dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
        event.target.closest?.("[data-drop]")?.classList.remove("over");
    });
}
document.addEventListener("drop", (event) => {
    const area = event.target.closest?.("[data-drop]");
    if (!area) return;
    event.preventDefault();
    area.querySelector("input[type=file]").files = event.dataTransfer.files;
    nameFiles(area);
});
document.addEventListener("change", (event) => {
    const area = event.target.closest?.("[data-drop]");
    if (area) nameFiles(area);
});
