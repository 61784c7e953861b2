// Timers with a callback each: those of every engine.

export { Timers } from "#engine";
