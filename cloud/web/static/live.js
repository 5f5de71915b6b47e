/* Pages work without this. With it, the first page follows what happens, unless somebody is writing on it. */
"use strict";
if (location.pathname === "/" && window.EventSource) {
  let version = null;
  const busy = () => document.querySelector("details[open]") || document.activeElement.matches("input, select, textarea");
  const refresh = async () => {
    const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
    if (fresh && !busy()) document.querySelector("main").replaceWith(fresh);
  };
  const source = new EventSource("/live");
  source.onmessage = (event) => {
    if (version !== null && event.data !== version && !busy()) refresh();
    if (!busy() || version === null) version = event.data;
  };
}
