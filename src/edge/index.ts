export { EdgeEngine, type EdgeOptions } from "./edge-engine.ts";
