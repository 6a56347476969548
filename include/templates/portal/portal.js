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

/* turn */

/* hand in */

/* improvements */

/* audit */
