/* What the frame does where there is a script. Without one everything still works:
   themes by a form, menus by `popover`, panels by `details`. */

const said = document.getElementById("said");

/** Say something to a screen reader, once. */
function say(words) {
    if (said) said.textContent = words;
}

/** Show what only works with a script. */
function showScripted(part) {
    for (const hidden of part.querySelectorAll("[data-needs-script][hidden]")) {
        hidden.hidden = false;
    }
}

/** Switch the theme in place, and tell the server so that it stays. */
async function switchTheme(form, button) {
    const body = new FormData(form, button);
    document.documentElement.dataset.theme = button.value;
    for (const other of document.querySelectorAll("[data-theme-switch] button")) {
        other.setAttribute("aria-pressed", String(other.value === button.value));
    }
    await fetch(form.action, { method: "POST", body, redirect: "manual" });
}

document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-theme-switch]") && event.submitter) {
        event.preventDefault();
        switchTheme(event.target, event.submitter);
    }
});

document.addEventListener("click", async (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) {
        opener.closest("[popover]")?.hidePopover();
        document.getElementById(opener.dataset.opens).showModal();
        return;
    }

    const folder = event.target.closest("[data-folds]");
    if (folder) {
        const details = folder.closest("details");
        details.open = false;
        details.querySelector("summary").focus();
        return;
    }

    const copier = event.target.closest("[data-copies]");
    if (copier) {
        await navigator.clipboard.writeText(copier.dataset.copies);
        copier.classList.add("copied");
        say(copier.dataset.said);
        setTimeout(() => copier.classList.remove("copied"), 1500);
    }
});

// A folded list of a filter closes like any other list of choices.
document.addEventListener("click", (event) => {
    for (const list of document.querySelectorAll("details.pick[open]")) {
        if (!list.contains(event.target)) list.open = false;
    }
});
document.addEventListener("keydown", (event) => {
    const list = event.key === "Escape" && event.target.closest?.("details.pick[open]");
    if (list) {
        list.open = false;
        list.querySelector("summary").focus();
    }
});

document.addEventListener("htmx:load", (event) => showScripted(event.target));
showScripted(document);
