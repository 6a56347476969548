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
