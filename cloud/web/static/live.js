// Keeps the parts marked data-live current. The page works without it.
(() => {
  "use strict";
  const PARTS = "[data-live]";
  if (!document.querySelector(PARTS)) return;
  let pending = false, again = false;

  // Nothing jumps under a hand: while somebody types, has a form open or a key on a button, we wait.
  const busy = (part) => part.contains(document.activeElement) || part.querySelector("details[open]") !== null;

  async function refresh() {
    if (document.hidden) return;
    again = pending;
    if (pending) return;
    pending = true;
    try {
      const answer = await fetch(location.pathname, { headers: { Accept: "text/html" }, redirect: "error" });
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of document.querySelectorAll(PARTS)) {
        const next = fresh.getElementById(part.id);
        if (next && !busy(part) && next.innerHTML !== part.innerHTML) part.replaceChildren(...next.childNodes);
      }
    } catch {
      // Offline: what stands there stays, the next event tries again.
    } finally {
      setTimeout(() => { pending = false; if (again) refresh(); }, 2000);
    }
  }

  if ("EventSource" in window) {
    const stream = new EventSource("/live");
    stream.addEventListener("change", refresh);
    stream.addEventListener("open", refresh);  // what changed while nobody told us
    addEventListener("pagehide", () => stream.close());
  } else {
    setInterval(refresh, 30000);
  }
  document.addEventListener("visibilitychange", refresh);
})();
