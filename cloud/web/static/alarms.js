// The alarm desk, live: news as they come, clocks, keys, a sound by choice. The page works without it.
(() => {
  "use strict";
  const PARTS = "[data-desk]";
  const queue = () => document.getElementById("queue");
  const byId = (id) => document.getElementById(id);
  const isTyping = (element) => element !== null && element.matches("input, textarea, select");

  // ---- clocks: the server says what time it is, we only count on
  let serverNow = 0, readAt = 0;
  function readClock() {
    if (!queue()) return;
    serverNow = Number(queue().dataset.now);
    readAt = performance.now();
  }
  function text(seconds) {
    const two = (n) => String(n).padStart(2, "0");
    const hours = Math.floor(seconds / 3600), rest = seconds % 3600;
    const tail = two(rest % 60);
    return hours ? `${hours}:${two(Math.floor(rest / 60))}:${tail}` : `${Math.floor(rest / 60)}:${tail}`;
  }
  function tick() {
    const now = serverNow + performance.now() - readAt;
    for (const clock of document.querySelectorAll("time[data-since]")) {
      const said = text(Math.max(0, Math.floor((now - Number(clock.dataset.since)) / 1000)));
      if (clock.textContent !== said) clock.textContent = said;
    }
  }

  // ---- news: ask for the page again, and change only what changed
  let isAsking = false, isAsked = false, pointerMovedAt = -1e9;
  addEventListener("pointermove", () => { pointerMovedAt = performance.now(); }, { passive: true });
  // Nothing moves under a hand, nor in a part in which somebody types.
  const inHand = (part) =>
    (part.contains(document.activeElement) && isTyping(document.activeElement)) ||
    (part.matches(":hover") && performance.now() - pointerMovedAt < 1500);

  function same(part, next) {
    const plain = (node) => {
      const copy = node.cloneNode(true);
      for (const clock of copy.querySelectorAll("time[data-since]")) clock.textContent = "";
      for (const kept of copy.querySelectorAll("details")) kept.removeAttribute("open");
      return copy.innerHTML;
    };
    return plain(part) === plain(next);
  }
  function replace(part, next) {
    const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
    const open = [...part.querySelectorAll("details[open][id]")].map((each) => each.id);
    part.replaceChildren(...next.childNodes);
    for (const id of open) byId(id)?.setAttribute("open", "");
    if (focused) byId(focused)?.focus({ preventScroll: true });
  }
  async function refresh() {
    isAsked = true;
    if (isAsking) return;  // also in a tab that nobody looks at: its sound is what calls
    isAsking = true;
    let isHeld = false;
    try {
      isAsked = false;
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "error" });
      if (!answer.ok) throw new Error("not answered");
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of document.querySelectorAll(PARTS)) {
        const next = fresh.getElementById(part.id);
        if (!next) continue;
        if (part.id === "queue") arrived(part.dataset.waiting, next.dataset.waiting);
        if (part.id === "queue") Object.assign(part.dataset, next.dataset);
        if (same(part, next)) continue;
        if (inHand(part)) isHeld = true;
        else replace(part, next);
      }
      document.title = fresh.title;
      readClock();
      tick();
      linked(true);
    } catch {
      linked(false);
      isHeld = true;
    } finally {
      isAsking = false;
      if (isHeld || isAsked) setTimeout(refresh, isHeld ? 1500 : 100);
    }
  }

  // ---- whether we hear of news at all
  let heardAt = performance.now();
  function linked(isLive) {
    if (isLive) heardAt = performance.now();
    const shown = byId("desk-link");
    if (!shown) return;
    const said = isLive ? shown.dataset.live : shown.dataset.stale;
    shown.hidden = false;
    shown.classList.toggle("is-stale", !isLive);
    if (shown.textContent !== said) shown.textContent = said;
  }
  function listen() {
    if (!("EventSource" in window)) return;
    const stream = new EventSource("/staff/alarms/live");
    stream.addEventListener("change", refresh);
    stream.addEventListener("beat", () => linked(true));
    stream.addEventListener("error", () => {
      if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 5000);
    });
    addEventListener("pagehide", () => stream.close());
  }
  setInterval(() => { if (performance.now() - heardAt > 25000) refresh(); }, 10000);

  // ---- sound, by choice
  const EVERY_MS = 15000;
  let audio = null, isOn = false, soundedAt = -1e9;
  const store = (name, value) => { try { localStorage.setItem(name, value); } catch { /* private window */ } };
  const stored = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  function showSound() {
    const button = byId("sound");
    if (!button) return;
    const waits = isOn && (!audio || audio.state !== "running");
    button.setAttribute("aria-pressed", String(isOn));
    button.textContent = waits ? button.dataset.waits : isOn ? button.dataset.on : button.dataset.off;
  }
  function wake() {
    if (!isOn) return;
    audio = audio || new AudioContext();
    if (audio.state === "running") return showSound();
    audio.resume().then(showSound, showSound);
  }
  function beep() {
    if (!isOn || !audio || audio.state !== "running") return;
    soundedAt = performance.now();
    for (const [start, pitch] of [[0, 880], [0.22, 660], [0.44, 880]]) {
      const tone = audio.createOscillator(), loud = audio.createGain(), at = audio.currentTime + start;
      tone.frequency.value = pitch;
      loud.gain.setValueAtTime(0.0001, at);
      loud.gain.exponentialRampToValueAtTime(0.3, at + 0.02);
      loud.gain.exponentialRampToValueAtTime(0.0001, at + 0.18);
      tone.connect(loud).connect(audio.destination);
      tone.start(at);
      tone.stop(at + 0.2);
    }
  }
  const numbers = (said) => (said || "").split(" ").filter(Boolean);
  function arrived(before, after) {
    const known = new Set(numbers(before));
    if (numbers(after).some((number) => !known.has(number))) beep();
  }
  function remind() {
    const waits = numbers(queue()?.dataset.waiting).length > 0;
    if (waits && performance.now() - soundedAt >= EVERY_MS) beep();
  }

  // ---- keys
  const links = () => [...document.querySelectorAll("#queue tbody a")];
  function move(by) {
    const all = links();
    const at = all.findIndex((link) => link === document.activeElement);
    const current = at >= 0 ? at : all.findIndex((link) => link.hasAttribute("aria-current"));
    const next = all[Math.min(all.length - 1, Math.max(0, current + by))];
    if (next && next.offsetParent === null) next.click();  // a phone shows one alarm at a time
    else next?.focus();
  }
  function take() {
    const focused = links().find((link) => link === document.activeElement);
    if (focused && !focused.hasAttribute("aria-current")) location.assign(`${focused.href}#acknowledge`);
    else byId("acknowledge")?.click();
  }
  const KEYS = {
    j: () => move(1),
    k: () => move(-1),
    a: take,
    n: () => byId("note")?.focus(),
    "/": () => byId("q")?.focus(),
    "?": () => byId("help")?.showModal(),
  };
  addEventListener("keydown", (event) => {
    wake();
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat && event.key === "a") return;
    if (event.key === "Escape" && isTyping(document.activeElement)) return document.activeElement.blur();
    if (isTyping(document.activeElement) || document.querySelector("dialog[open]")) return;
    const act = stored("keys") === "off" && event.key !== "?" ? null : KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  // ---- begin
  for (const part of document.querySelectorAll(".scripted")) part.hidden = false;
  isOn = stored("sound") === "on";
  byId("sound")?.addEventListener("click", () => {
    isOn = !isOn;
    store("sound", isOn ? "on" : "off");
    if (isOn) wake();
    showSound();
    if (isOn) setTimeout(beep, 150);
  });
  byId("keys")?.addEventListener("click", () => byId("help")?.showModal());
  const keysOn = byId("keys-on");
  if (keysOn) {
    keysOn.checked = stored("keys") !== "off";
    keysOn.addEventListener("change", () => store("keys", keysOn.checked ? "on" : "off"));
  }
  addEventListener("pointerdown", wake);
  wake();
  showSound();
  readClock();
  setInterval(() => { tick(); remind(); }, 1000);
  if (location.hash === "#acknowledge") byId("acknowledge")?.focus();
  listen();
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
})();
