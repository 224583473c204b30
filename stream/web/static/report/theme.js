"use strict";
/* The switch between light and dark; without a choice the system's preference holds. */
(() => {
  const button = document.getElementById("theme");
  if (!button) return;
  const dark = () => document.documentElement.dataset.theme
    ? document.documentElement.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  button.hidden = false;
  button.addEventListener("click", () => {
    document.documentElement.dataset.theme = dark() ? "light" : "dark";
    document.dispatchEvent(new Event("themechange"));
  });
})();
