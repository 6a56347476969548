// What the pages do by script. Everything can be read without it.
"use strict";

// The UI keeps its language in local storage: follow it, once, by a cookie of ours.
(() => {
  const chosen = localStorage.getItem("i18nextLng");
  if (!chosen) return;
  const wanted = chosen.startsWith("zh") ? "zh-CN" : "en";
  if (wanted !== document.documentElement.lang && !document.cookie.includes(`itss_language=${wanted}`)) {
    document.cookie = `itss_language=${wanted}; path=/; samesite=lax`;
    location.reload();
  }
})();

// Airflow has no setting for the time zone of its UI: it is the list's, until a person chooses another one there.
(() => {
  const zone = document.documentElement.dataset.zone;
  if (zone && !localStorage.getItem("timezone")) localStorage.setItem("timezone", JSON.stringify(zone));
})();

// Answer a human task as the person who is signed in. `task` is its path below the root of Airflow.
// Resolves to what came of it: {ok, said, problems}; `said` is empty where nobody answered.
async function answerTask(task, chosen, params) {
  const tongue = document.documentElement.lang === "en" ? "detail_en" : "detail_zh";
  try {
    const reply = await fetch(document.body.dataset.root + task, {
      method: "PATCH",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", "Accept": "application/json" },
      body: JSON.stringify({ chosen_options: chosen, params_input: params }),
    });
    const body = await reply.json().catch(() => ({}));
    const detail = typeof body.detail === "string" ? body.detail : `${reply.status} ${reply.statusText}`;
    return { ok: reply.ok, said: reply.ok ? "" : body[tongue] || detail, problems: body.problems || [] };
  } catch {
    return { ok: false, said: "", problems: [] };
  }
}

// Show in `place` (aria-live) what came of something, in words, and move the focus there.
function tell(place, said, problems, isGood) {
  place.replaceChildren();
  const sentence = document.createElement("p");
  sentence.textContent = said;
  place.append(sentence);
  if (problems.length) {
    const list = document.createElement("ul");
    for (const one of problems) {
      const item = document.createElement("li");
      item.textContent = one;
      list.append(item);
    }
    place.append(list);
  }
  place.className = `note ${isGood ? "good" : "bad"}`;
  place.hidden = false;
  place.focus();
}

/* board */

/* revision */
for (const form of document.querySelectorAll("form.answer")) {
  const said = form.querySelector(".said"), comment = form.elements.comment, words = form.dataset;
  comment?.addEventListener("input", () => comment.removeAttribute("aria-invalid"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const choice = event.submitter?.value || form.querySelector("button").value;
    if (choice === "Reject" && !comment.value.trim()) {
      tell(said, words.needed, [], false);
      comment.setAttribute("aria-invalid", "true");
      comment.focus();
      return;
    }
    const params = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value || null]));
    if (words.content) params.content = words.content;
    const fields = [...form.elements];
    fields.forEach((one) => { one.disabled = true; });
    const came = await answerTask(words.task, [choice], params);
    if (came.ok) form.replaceChildren(said);
    else fields.forEach((one) => { one.disabled = false; });
    tell(said, came.ok ? words[choice.toLowerCase()] : came.said || words.failed, came.problems, came.ok);
  });
}

/* review */
for (const form of document.querySelectorAll("form.minutes")) {
  const came = form.querySelector(".came"), body = form.querySelector(".items tbody"), words = form.dataset;
  const add = form.querySelector(".add");
  const value = (row, name) => row.querySelector(`[name=${name}]`).value.trim();
  const empty = (row) => {
    for (const one of row.querySelectorAll("input, select")) one.value = "";
    row.querySelector("[name=due_on]").type = "date";
    return row;
  };
  for (const one of form.querySelectorAll(".add, .remove")) one.hidden = false;
  add.addEventListener("click", () => {
    const row = empty(body.lastElementChild.cloneNode(true));
    body.append(row);
    row.querySelector("input").focus();
  });
  body.addEventListener("click", (event) => {
    const row = event.target.closest(".remove")?.closest("tr");
    if (!row) return;
    if (body.children.length > 1) row.remove();
    else empty(row);
    add.focus();
  });
  // The refused form was kept: the page, loaded again, says in the reader's language what is wrong with it.
  const problems = async (otherwise) => {
    try {
      const page = await (await fetch(location.href, { credentials: "same-origin" })).text();
      const found = [...new DOMParser().parseFromString(page, "text/html").querySelectorAll("#problems li")];
      return found.length ? found.map((one) => one.textContent) : otherwise;
    } catch {
      return otherwise;
    }
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const given = new FormData(form);
    const params = {
      attendees: given.getAll("attendees"),
      items: [...body.children]
        .map((row) => ({ title: value(row, "title"), owner: value(row, "owner"), due_on: value(row, "due_on") }))
        .filter((one) => one.title || one.owner || one.due_on),
    };
    for (const name of ["held_on", "guests", "gaps", "trends", "measures"]) params[name] = given.get(name);
    const fields = form.querySelector("fieldset");
    fields.disabled = true;
    const reply = await answerTask(words.task, ["OK"], params);
    if (reply.ok) fields.remove();
    else fields.disabled = false;
    if (reply.ok) tell(came, words.sent, [], true);
    else if (reply.problems.length) tell(came, words.wrong, await problems(reply.problems), false);
    else tell(came, reply.said || words.failed, [], false);
  });
}

/* turn */

/* hand in */

// A file that is too big is not sent; while one is checked the button is off, and a sentence says why.
for (const form of document.querySelectorAll("form.upload")) {
  form.addEventListener("submit", (event) => {
    const isTooBig = form.elements.file.files[0]?.size > Number(form.dataset.max);
    form.querySelector(".said").textContent = isTooBig ? form.dataset.tooBig : form.dataset.busy;
    if (isTooBig) event.preventDefault();
    else form.querySelector("button").disabled = true;
  });
  addEventListener("pageshow", () => { form.querySelector("button").disabled = false; });
}

/* improvements */

/* audit */
