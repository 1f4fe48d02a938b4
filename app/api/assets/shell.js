// What the page does itself: it leaves for the sign-in page when its session has ended, follows our own links without
// loading the page again, and moves Enter to the next field.
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
})();
