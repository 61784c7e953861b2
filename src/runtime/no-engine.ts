// Stands for an engine that is not there: one that is switched off, or that a test does without.

import type { ContainerEngine } from "#contract";
import { EngineAway, type Engine } from "./engine.ts";

/** An engine that cannot be asked, and why, in words. */
export function noEngine(name: ContainerEngine, detail: string): Engine {
  const away = (): Promise<never> => Promise.reject(new EngineAway(detail));
  return {
    name,
    describe: () => Promise.resolve({ engine: name, isPresent: false, detail }),
    images: () => Promise.resolve({ images: [], reason: detail }),
    find: away,
    list: away,
    prepare: away,
    start: away,
    end: away,
    flush: away,
    usage: away,
    listeningPorts: away,
    onChange: undefined,
    close: () => Promise.resolve(),
  };
}
