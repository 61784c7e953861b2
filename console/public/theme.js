// Sets the theme before the first paint, so that nothing flashes: a file of its own, because the page's policy allows no inline script.
(() => {
  const chosen = localStorage.getItem("fairlead-theme");
  const isDark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
})();
