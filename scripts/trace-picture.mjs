// Writes a trace as a picture, light and dark in one SVG: docs/pictures/trace.svg, which the README begins with, is made so.
//
//     npx fairlead trace https://shop.test/ --fresh --json | node scripts/trace-picture.mjs docs/pictures/trace.svg
//
// It draws what the console draws, by the same code.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { toSvg } from "../console/src/pages/trace/save-picture.ts";
import { root } from "./prepare.mjs";

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error("Cannot write the picture: name a file");
const trace = JSON.parse(readFileSync(0, "utf8"));
const style = readFileSync(join(root, "console", "src", "pages", "trace", "picture.css"), "utf8")
  .replaceAll(/\/\*[\s\S]*?\*\//g, "")
  .replaceAll(/\s+/g, " ");
writeFileSync(path, toSvg(trace, style));
