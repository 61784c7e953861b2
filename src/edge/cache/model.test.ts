// The cache against a plain model of RFC 9111: random responses, requests and times, and each answer compared with what a page of
// straightforward rules says it must be. Differences are printed with their seed.

import { expect, test } from "vitest";
import { distribution, response } from "../testing-distribution.ts";

/** A response of the origin's, as the model knows it. */
interface Origin {
  readonly version: string;
  readonly etag: string | undefined;
  readonly lastModified: boolean;
  readonly control: readonly string[];
  readonly expires: number | undefined;
  readonly age: number;
  readonly vary: readonly string[];
  readonly status: number;
}

interface Stored {
  origin: Origin;
  /** Seconds. */
  at: number;
  readonly values: string;
}

interface Asked {
  readonly method: "GET" | "HEAD" | "POST";
  readonly a: string | undefined;
  readonly b: string | undefined;
  readonly authorization: boolean;
  readonly ifNoneMatch: string | undefined;
}

type Pick = <T>(choices: readonly T[]) => T;

function pickOf(seed: number): Pick {
  let state = seed | 1;
  return (choices) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return choices[(state >>> 8) % choices.length] as (typeof choices)[number];
  };
}

const lastModified = "Sat, 05 Nov 1994 00:00:00 GMT";

function linesOf(origin: Origin, wall: number): string {
  const date = (ms: number): string => new Date(ms).toUTCString();
  return [
    `Date: ${date(wall)}`,
    ...(origin.control.length > 0 ? [`Cache-Control: ${origin.control.join(", ")}`] : []),
    ...(origin.expires === undefined ? [] : [`Expires: ${date(wall + origin.expires * 1000)}`]),
    ...(origin.age > 0 ? [`Age: ${origin.age}`] : []),
    ...(origin.etag === undefined ? [] : [`ETag: ${origin.etag}`]),
    ...(origin.lastModified ? [`Last-Modified: ${lastModified}`] : []),
    ...(origin.vary.length > 0 ? [`Vary: ${origin.vary.join(", ")}`] : []),
    "",
  ].join("\r\n");
}

/** The rules, one after another, over a list. */
class Model {
  stored: Stored[] = [];

  static seconds(origin: Origin, name: string): number | undefined {
    const found = origin.control.find((directive) => directive.startsWith(`${name}=`));
    return found === undefined ? undefined : Number(found.slice(name.length + 1));
  }

  static has(origin: Origin, name: string): boolean {
    return origin.control.includes(name);
  }

  static lifetime(origin: Origin): number | undefined {
    return (
      Model.seconds(origin, "s-maxage") ??
      Model.seconds(origin, "max-age") ??
      (origin.expires === undefined ? undefined : Math.max(0, origin.expires))
    );
  }

  static values(vary: readonly string[], asked: Asked): string {
    return vary.map((name) => JSON.stringify(name === "A" ? asked.a : asked.b) ?? "-").join();
  }

  /** RFC 9111 section 3. */
  static isStorable(origin: Origin, asked: Asked): boolean {
    if (Model.has(origin, "no-store") || Model.has(origin, "private") || origin.vary.includes("*"))
      return false;
    const isShared =
      Model.has(origin, "public") ||
      Model.has(origin, "must-revalidate") ||
      Model.seconds(origin, "s-maxage") !== undefined;
    if (asked.authorization && !isShared) return false;
    const lifetime = Model.lifetime(origin);
    const canValidate = origin.etag !== undefined || origin.lastModified;
    if (lifetime === undefined && ![200, 404].includes(origin.status) && !Model.has(origin, "public"))
      return false;
    return canValidate || (!Model.has(origin, "no-cache") && (lifetime ?? 0) > origin.age);
  }

  select(asked: Asked): Stored | undefined {
    return this.stored.find(({ origin, values }) => Model.values(origin.vary, asked) === values);
  }

  /** RFC 9111 section 4.2. */
  static isFresh({ origin, at }: Stored, now: number): boolean {
    return !Model.has(origin, "no-cache") && (Model.lifetime(origin) ?? 0) > origin.age + now - at;
  }

  keep(origin: Origin, asked: Asked, now: number, validated: Stored | undefined): void {
    const values = Model.values(origin.vary, asked);
    this.stored = this.stored.filter(
      (old) => old !== validated && !(old.values === values && old.origin.vary.join() === origin.vary.join()),
    );
    this.stored.unshift({ origin, at: now, values });
  }
}

function run(seed: number): void {
  const pick = pickOf(seed);
  let version = 0;
  const publish = (): Origin => ({
    version: `v${++version}`,
    etag: pick([undefined, `"e${version}"`, `W/"e${version}"`]),
    lastModified: pick([false, false, true]),
    control: [
      ...pick([[], [`max-age=${pick([0, 20, 60, 300])}`]]),
      ...pick([[], [], [`s-maxage=${pick([0, 60, 120])}`]]),
      ...pick([[], [], [], [pick(["no-store", "private", "no-cache", "must-revalidate", "public"])]]),
    ],
    expires: pick([undefined, undefined, -10, 0, 50, 200]),
    age: pick([0, 0, 0, 30]),
    vary: pick([[], [], ["A"], ["A", "B"], ["*"]]),
    status: pick([200, 200, 200, 404, 403]),
  });
  let current = publish();
  let answered: { readonly is304: boolean } | undefined;
  const world = distribution((request) => {
    const condition = /If-None-Match: (.*)\r/.exec(request)?.[1];
    const since = /If-Modified-Since: (.*)\r/.exec(request)?.[1];
    const isSame =
      condition === undefined ? since !== undefined && current.lastModified : condition === current.etag;
    const lines = linesOf(current, world.network.now.wall);
    answered = { is304: isSame && current.status === 200 };
    if (isSame && current.status === 200) return `HTTP/1.1 304 Not Modified\r\n${lines}\r\n`;
    const content = request.startsWith("HEAD") ? "" : current.version;
    const text = response(content, `${lines}Version: ${current.version}\r\n`, `${current.status} Status`);
    return request.startsWith("HEAD")
      ? text.replace("Content-Length: 0", `Content-Length: ${current.version.length}`)
      : text;
  });
  const model = new Model();
  const story: string[] = [];
  for (let step = 0; step < 25; step++) {
    // Longer than responses that were not kept are remembered, and than idle connections last.
    world.network.advance(pick([11_000, 12_000, 31_000, 61_000, 130_000]));
    if (pick([false, false, true])) current = publish();
    const now = world.network.now.monotonic / 1000;
    const asked: Asked = {
      method: pick(["GET", "GET", "GET", "GET", "HEAD", "POST"] as const),
      a: pick([undefined, "1", "2"]),
      b: pick([undefined, undefined, "1"]),
      authorization: pick([false, false, false, true]),
      ifNoneMatch: pick([undefined, undefined, '"none"', current.etag]),
    };
    const lines = [
      ...(asked.a === undefined ? [] : [`A: ${asked.a}`]),
      ...(asked.b === undefined ? [] : [`B: ${asked.b}`]),
      ...(asked.authorization ? ["Authorization: Basic x"] : []),
      ...(asked.ifNoneMatch === undefined ? [] : [`If-None-Match: ${asked.ifNoneMatch}`]),
      ...(asked.method === "POST" ? ["Content-Length: 0"] : []),
    ];
    const before = world.asked.length;
    answered = undefined;
    const text = world.get("/a", lines.map((line) => `${line}\r\n`).join(""), asked.method);
    const wasAsked = world.asked.length > before;
    story.push(JSON.stringify({ now, asked, current, wasAsked, text: text.replaceAll("\r\n", " | ") }));
    const why = `seed ${seed}\n${story.join("\n")}\nstored ${JSON.stringify(model.stored)}`;
    let source: Origin | undefined;
    if (asked.method === "POST") {
      expect(wasAsked, why).toBe(true);
      if (current.status < 400) model.stored = [];
      continue;
    }
    const found = model.select(asked);
    if (found && Model.isFresh(found, now)) {
      expect(wasAsked, why).toBe(false);
      source = found.origin;
    } else {
      expect(wasAsked, why).toBe(true);
      const canValidate = found && (found.origin.etag !== undefined || found.origin.lastModified);
      if (asked.method === "HEAD" && !canValidate) continue;
      if (canValidate && (answered as { is304: boolean } | undefined)?.is304) {
        // RFC 9111 section 4.3.4: what it says is new, but for what is of the content.
        const renewed: Origin = {
          ...current,
          version: found.origin.version,
          etag: found.origin.etag,
          lastModified: found.origin.lastModified || current.lastModified,
          control: current.control.length > 0 ? current.control : found.origin.control,
          expires:
            current.expires ??
            (found.origin.expires === undefined ? undefined : found.origin.expires - (now - found.at)),
          vary: found.origin.vary,
          status: found.origin.status,
        };
        if (
          Model.isStorable(
            { ...renewed, etag: renewed.etag ?? current.etag },
            { ...asked, authorization: asked.authorization },
          )
        )
          found.origin = { ...renewed, etag: found.origin.etag };
        else model.stored = model.stored.filter((other) => other !== found);
        found.at = now;
        source = found.origin;
      } else {
        if (Model.isStorable(current, asked))
          model.keep(current, asked, now, canValidate ? found : undefined);
        else if (canValidate && current.status < 500)
          model.stored = model.stored.filter((other) => other !== found);
        source = current;
      }
    }
    const isMatch =
      source.status === 200 &&
      asked.ifNoneMatch !== undefined &&
      source.etag !== undefined &&
      asked.ifNoneMatch.replace("W/", "") === source.etag.replace("W/", "");
    if (isMatch) expect(text, why).toMatch(/^HTTP\/1.1 304 /);
    else {
      expect(text, why).toMatch(new RegExp(`^HTTP/1.1 ${source.status} `));
      expect(text, why).toContain(`Version: ${source.version}\r\n`);
      expect(text.endsWith(`\r\n\r\n${asked.method === "HEAD" ? "" : source.version}`), why).toBe(true);
    }
  }
}

test("answers what a plain model of RFC 9111 says", () => {
  for (let seed = 1; seed <= 120; seed++) run(seed * 7919);
});
