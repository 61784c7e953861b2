// The one style sheet of the pages: light and dark by the reader's choice, no fonts or images from anywhere.

/** CSS of every page. */
export const pageStyle: string = `
:root {
  color-scheme: light dark;
  --back: light-dark(#f4f6f8, #12161b);
  --card: light-dark(#ffffff, #1b2129);
  --text: light-dark(#17202a, #e7ecf1);
  --soft: light-dark(#566573, #9aa7b4);
  --line: light-dark(#d5dbe1, #323c47);
  --accent: light-dark(#0b5cad, #6db3f2);
  --on-accent: light-dark(#ffffff, #0d1117);
  --bad: light-dark(#a3211d, #ff9d94);
  --bad-back: light-dark(#fdeceb, #3a1f1e);
  --good: light-dark(#17653a, #7fd4a3);
  --good-back: light-dark(#e7f5ec, #1b3326);
}
* { box-sizing: border-box; }
body {
  margin: 0; min-height: 100vh; padding: 2.5rem 1rem; background: var(--back); color: var(--text);
  font: 1rem/1.55 system-ui, sans-serif;
}
main { max-width: 34rem; margin: 0 auto; }
header { max-width: 34rem; margin: 0 auto 1.25rem; display: flex; justify-content: space-between; align-items: baseline; gap: 1rem; }
.mark { font-weight: 650; letter-spacing: 0.01em; color: var(--text); text-decoration: none; }
.mark span { color: var(--accent); }
.soft { color: var(--soft); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.5rem; margin-bottom: 1.25rem; }
h1 { font-size: 1.45rem; line-height: 1.25; margin: 0 0 0.5rem; }
h2 { font-size: 1.1rem; margin: 0 0 0.5rem; }
p { margin: 0.5rem 0; }
label { display: block; margin-top: 1rem; font-weight: 550; }
.hint { display: block; font-weight: 400; font-size: 0.9rem; color: var(--soft); }
input:not([type="hidden"], [hidden]) {
  width: 100%; margin-top: 0.3rem; padding: 0.55rem 0.7rem; font: inherit; color: inherit; background: var(--back);
  border: 1px solid var(--line); border-radius: 7px;
}
input[readonly] { color: var(--soft); }
button {
  margin-top: 1.25rem; padding: 0.55rem 1.1rem; font: inherit; font-weight: 600; cursor: pointer;
  color: var(--on-accent); background: var(--accent); border: 1px solid var(--accent); border-radius: 7px;
}
button.quiet { color: var(--text); background: transparent; border-color: var(--line); font-weight: 500; margin-top: 0; }
button:hover { filter: brightness(1.08); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.told { padding: 0.7rem 1rem; border-radius: 7px; margin: 0 0 1rem; }
.told.bad { color: var(--bad); background: var(--bad-back); }
.told.good { color: var(--good); background: var(--good-back); }
code, .codes { font-family: ui-monospace, monospace; }
.key { display: block; padding: 0.7rem 1rem; margin: 0.5rem 0; background: var(--back); border: 1px solid var(--line); border-radius: 7px; word-break: break-word; }
.codes { columns: 2; padding-left: 1.5rem; margin: 0.5rem 0; }
.picture { display: block; width: 12rem; height: 12rem; margin: 0.75rem 0; background: #fff; border-radius: 7px; }
table { width: 100%; border-collapse: collapse; }
th, td { text-align: left; padding: 0.55rem 0.5rem 0.55rem 0; border-top: 1px solid var(--line); vertical-align: middle; }
th { font-weight: 550; font-size: 0.9rem; color: var(--soft); border-top: 0; }
td:last-child, th:last-child { text-align: right; padding-right: 0; }
td:first-child, td:last-child { white-space: nowrap; }
td form { margin: 0; }
.agent { display: block; max-width: 17rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
a { color: var(--accent); }
`;
