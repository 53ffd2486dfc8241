// What a page does beyond plain HTML; everything works without it.
"use strict";

const element = (name, text, kind) => {
  const made = document.createElement(name);
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
};

// The reading of a composition, echoed as one types.
for (const echo of document.querySelectorAll(".echo.live")) {
  const composition = document.getElementById(echo.dataset.composition);
  const x = document.getElementById(echo.dataset.x);
  const hint = [...echo.childNodes];
  let waiting;
  let asked = 0;

  const show = (said) => {
    const charge = said.is_charge_neutral ? "charge-neutral" : `net charge ${+said.net_charge.toPrecision(3)} e per formula`;
    echo.replaceChildren(
      element("p", said.reading, "reading"),
      element("p", `${said.family} · ${+said.molar_mass_g_per_mol.toPrecision(4)} g/mol · ${charge}`, "soft"),
      ...said.warnings.map((text) => element("p", text, "warning")),
      ...said.notes.map((text) => element("p", text, "soft")),
    );
  };

  const proposal = (text) => {
    const button = element("button", text, "quiet");
    button.type = "button";
    button.addEventListener("click", () => {
      composition.value = text;
      composition.focus();
      read();
    });
    return button;
  };

  const complain = (problem) => {
    const fault = problem.errors[0] || { message: problem.detail, hint: "", proposals: [] };
    const line = element("p", fault.message, "bad");
    if (fault.hint) line.append(" ", element("span", fault.hint, "soft"));
    echo.replaceChildren(line, ...(fault.proposals || []).slice(0, 6).map(proposal));
  };

  const read = async () => {
    const number = ++asked;
    const text = composition.value.trim();
    if (!text) {
      echo.replaceChildren(...hint);
      return;
    }
    const given = { composition: text };
    if (x && x.value.trim() && Number.isFinite(Number(x.value))) given.x = Number(x.value);
    try {
      const answer = await fetch("/v1/compositions:parse", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(given),
      });
      const said = await answer.json();
      if (number === asked) (answer.ok ? show : complain)(said);
    } catch {
      // No answer: the form says it all once it is sent.
    }
  };

  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(read, 300);
  };
  composition.addEventListener("input", soon);
  if (x) x.addEventListener("input", soon);
}

// What moved a prediction is put in the place of its link; without this the link opens the page with it.
for (const link of document.querySelectorAll("a[data-fills]")) {
  link.addEventListener("click", async (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const place = document.getElementById(link.dataset.fills);
    if (place.getAttribute("aria-busy")) return;
    place.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(link.href);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = page.querySelector(`section#${link.dataset.fills}`);
      if (!found) throw new Error("no answer");
      place.replaceWith(document.adoptNode(found));
      found.focus({ preventScroll: true });
    } catch {
      location.assign(link.href);
    }
  });
}

// Short addresses: what is empty is not sent.
for (const form of document.querySelectorAll("form[method=get]")) {
  form.addEventListener("formdata", (event) => {
    for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
  });
}

// Steps that take long say so, and are not sent twice.
for (const form of document.querySelectorAll("form[data-patience]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    form.querySelector("button").setAttribute("aria-disabled", "true");
    form.querySelector(".patience").textContent = form.dataset.patience;
  });
}
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.querySelector("button").removeAttribute("aria-disabled");
    form.querySelector(".patience").textContent = "";
  }
});

// A choice that needs more opens the place for it.
for (const choice of document.querySelectorAll("[data-opens]")) {
  choice.addEventListener("change", () => {
    document.getElementById(choice.dataset.opens).open = true;
  });
}

// What is wrong, or else the answer, comes first.
const first = document.getElementById("faults") || document.getElementById("answer");
if (first && !location.hash) first.focus({ preventScroll: first.id === "answer" });
