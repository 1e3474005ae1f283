// Shows the time that the server tells, and tries again when it stops telling.
"use strict";

(() => {
  const clock = document.getElementById("clock");
  const state = document.getElementById("clock-state");
  if (!clock) return;
  let waitSeconds = 1;

  const listen = () => {
    const url = new URL("/clock", location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new WebSocket(url);
    socket.addEventListener("message", (event) => {
      waitSeconds = 1;
      const time = new Date(event.data);
      clock.dateTime = event.data;
      clock.textContent = time.toLocaleTimeString([], { timeStyle: "medium" });
      state.textContent = "live";
      state.dataset.live = "yes";
    });
    socket.addEventListener("close", () => {
      state.textContent = "not connected; trying again";
      delete state.dataset.live;
      setTimeout(listen, waitSeconds * 1000);
      waitSeconds = Math.min(waitSeconds * 2, 30);
    });
  };

  listen();
})();
