// What the page does itself: it leaves for the sign-in page when its session has ended, follows our own links without
// loading the page again, moves Enter to the next field or cell, and knows the shortcuts that "?" lists.
(function () {
  "use strict";
  const Socket = window.WebSocket;
  let leaving = false;

  function whoAmI() {
    if (leaving) return;
    fetch("/api/session", { credentials: "same-origin", cache: "no-store" }).then(function (answer) {
      if (answer.status === 401 && !leaving) {
        leaving = true;
        window.location.assign("/login?next=" + encodeURIComponent(window.location.pathname + window.location.search));
      }
    }).catch(function () { /* The server is away: Streamlit says so and tries again by itself. */ });
  }

  window.WebSocket = new Proxy(Socket, {
    construct: function (target, given) {
      const socket = new target(...given);
      socket.addEventListener("close", whoAmI);
      return socket;
    },
  });

  window.addEventListener("pageshow", function (event) {
    if (event.persisted) whoAmI();
  });

  document.addEventListener("click", function (event) {
    if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element && event.target.closest("[data-testid=stHtml] a[href^='/']");
    if (!link || link.hasAttribute("download")) return;
    event.preventDefault();
    window.history.pushState(null, "", link.getAttribute("href"));
    window.dispatchEvent(new PopStateEvent("popstate", { state: null }));
  });

  document.addEventListener("keydown", function (event) {
    const field = event.target;
    if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey || !(field instanceof HTMLInputElement)) return;
    const form = field.closest(".st-key-header_fields");
    if (!form) return;
    const stops = Array.from(form.querySelectorAll("input:not([disabled])")).filter(function (stop) {
      return stop.offsetParent && !stop.closest("[data-testid=stDateInput]"); // A date opens its calendar over the page.
    });
    const onward = stops[stops.indexOf(field) + 1];
    if (onward) window.setTimeout(function () { onward.focus(); if (onward.select) onward.select(); }, 0);
  });

  // In a line grid Enter goes on to the next cell, and from the last cell to the first of the next line.
  function press(target, key) {
    target.dispatchEvent(new KeyboardEvent("keydown", { key: key, code: key, keyCode: { Tab: 9, Home: 36, ArrowDown: 40 }[key], bubbles: true, cancelable: true }));
  }
  document.addEventListener("keydown", function (event) {
    const editor = event.target;
    if (event.key !== "Enter" || event.isComposing || event.shiftKey || !event.isTrusted) return;
    if (!(editor instanceof HTMLTextAreaElement) || !editor.classList.contains("gdg-input")) return;
    const canvas = document.querySelector("[data-testid=stDataFrame] canvas[data-testid=data-grid-canvas]");
    const cell = canvas && canvas.querySelector("[aria-selected=true][role=gridcell]");
    const table = canvas && canvas.querySelector("table");
    const last = cell && table && cell.getAttribute("aria-colindex") === table.getAttribute("aria-colcount");
    event.preventDefault();
    event.stopImmediatePropagation();
    press(editor, "Tab");
    if (last) window.setTimeout(function () { press(canvas, "Home"); press(canvas, "ArrowDown"); }, 60);
  }, true);

  function shortcuts(open) {
    const list = document.querySelector(".tw-shortcuts");
    if (!list) return;
    list.classList.toggle("open", open);
    if (open) list.focus();
  }
  document.addEventListener("click", function (event) {
    if (event.target instanceof Element && event.target.closest(".tw-shortcuts") && !event.target.closest(".box dl")) shortcuts(false);
    if (event.target instanceof Element && event.target.closest(".tw-help")) shortcuts(true);
  });
  document.addEventListener("keydown", function (event) {
    const at = event.target;
    const typing = at instanceof Element && at.closest("input, textarea, [contenteditable=true], [role=dialog]:not(.tw-shortcuts)");
    if (event.key === "Escape" && document.querySelector(".tw-shortcuts.open")) return shortcuts(false);
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "?") { event.preventDefault(); shortcuts(true); }
    if (event.key === "/") {
      const box = document.querySelector(".stMain [class*='_search'] input, .stMain input[type=text]");
      if (box) { event.preventDefault(); box.focus(); }
    }
    if (event.key === "Escape" && document.querySelector(".st-key-header_fields") && !document.querySelector("[role=dialog]:not(.tw-shortcuts)")) window.history.back();
  });
})();
