// Generated responses of an origin: well-formed at first, then mutated by rules that know where clients have disagreed, and at last by
// single octets. The same seed makes the same octets.

import {
  chunkSizes,
  codingValues,
  lengthValues,
  lineEnds,
  odd,
  spaces,
  trailerLines,
} from "./mutation-pieces.ts";
import type { Chance } from "./random.ts";
import { chunk, mutateOctets } from "./request-mutations.ts";

interface Draft {
  before: string;
  version: string;
  gap: string;
  status: string;
  reason: string;
  startEnd: string;
  lines: [name: string, colon: string, value: string, end: string][];
  headEnd: string;
  content: string;
}

/** A generated response. */
export interface MutatedResponse {
  readonly text: string;
  readonly rules: readonly string[];
}

const split = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
const bodies = [
  "",
  "a",
  "hello world",
  split,
  `\r\n\r\n${split}`,
  `0\r\n\r\n${split}`,
  "x".repeat(300),
  "\0\xff\r\n",
];

const rules: readonly (readonly [string, (draft: Draft, chance: Chance) => void])[] = [
  ["length value", (draft, chance) => setLength(draft, chance, (n) => chance.pick(lengthValues)(n))],
  ["second length", (draft, chance) => add(draft, chance, "content-length", chance.pick(["0", "5", "11"]))],
  ["coding value", (draft, chance) => add(draft, chance, "Transfer-Encoding", chance.pick(codingValues))],
  [
    "both",
    (draft, chance) => {
      add(draft, chance, "Transfer-Encoding", "chunked");
      add(draft, chance, "Content-Length", chance.pick(["0", "5"]));
    },
  ],
  [
    "framing name",
    (draft, chance) => {
      const line = draft.lines.find(([name]) => /^(content-length|transfer-encoding)$/i.test(name));
      if (line)
        line[0] = chance.pick([
          `${line[0]} `,
          `${line[0]}\t`,
          ` ${line[0]}`,
          `${line[0]}\0`,
          `X\n${line[0]}`,
          line[0].replace("-", "_"),
        ]);
    },
  ],
  [
    "colon",
    (draft, chance) => {
      chance.pick(draft.lines)[1] = chance.pick([
        ":",
        " : ",
        ":\r\n ",
        ":\n ",
        ":\x0b",
        "",
        "=",
        ": \t",
        `:${chance.pick(spaces)}`,
      ]);
    },
  ],
  [
    "line end",
    (draft, chance) => {
      chance.pick(draft.lines)[3] = chance.pick(lineEnds);
    },
  ],
  [
    "status line end",
    (draft, chance) => {
      draft.startEnd = chance.pick(lineEnds);
    },
  ],
  [
    "head end",
    (draft, chance) => {
      draft.headEnd = chance.pick(["\n", "\r", "", " \r\n", "\r\n\r\n", "\n\r\n"]);
    },
  ],
  [
    "version",
    (draft, chance) => {
      draft.version = chance.pick([
        "HTTP/1.0",
        "HTTP/1.2",
        "HTTP/2",
        "HTTP/0.9",
        "http/1.1",
        "HTTP/1.1 ",
        "ICY",
        "HTTP/1",
        "",
      ]);
    },
  ],
  [
    "status",
    (draft, chance) => {
      draft.status = chance.pick([
        "204",
        "304",
        "100",
        "101",
        "103",
        "199",
        "205",
        "206",
        "404",
        "500",
        "600",
        "999",
        "099",
        "20",
        "2000",
        "2x0",
        "-20",
        "",
        "200 ",
        "0x1",
      ]);
    },
  ],
  [
    "gap",
    (draft, chance) => {
      draft.gap = chance.pick(spaces);
    },
  ],
  [
    "reason",
    (draft, chance) => {
      draft.reason = chance.pick([
        "",
        " ",
        " OK\0",
        " \xe9",
        " OK\rX: y",
        " OK\nX: y",
        ` ${"r".repeat(3000)}`,
        "OK",
      ]);
    },
  ],
  [
    "before",
    (draft, chance) => {
      draft.before = chance.pick([
        "\r\n",
        "\n",
        " ",
        "\0",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
        "HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 103 Early\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(40),
        split,
      ]);
    },
  ],
  [
    "connection",
    (draft, chance) => {
      add(
        draft,
        chance,
        "Connection",
        chance.pick([
          "close",
          "keep-alive",
          "Transfer-Encoding",
          "Content-Length",
          "close, X-Case",
          '"a"',
          ",",
          "upgrade",
        ]),
      );
    },
  ],
  ["upgrade", (draft, chance) => add(draft, chance, "Upgrade", chance.pick(["websocket", "h2c"]))],
  ["name octet", (draft, chance) => insert(chance.pick(draft.lines), 0, chance)],
  ["value octet", (draft, chance) => insert(chance.pick(draft.lines), 2, chance)],
  [
    "line within a value",
    (draft, chance) =>
      add(
        draft,
        chance,
        "X-Inner",
        `a${chance.pick(["\n", "\r", "\r\n", "\0", "\r\n "])}${chance.pick(["Transfer-Encoding: chunked", "Content-Length: 3", "\r\nevil"])}`,
      ),
  ],
  [
    "many fields",
    (draft, chance) => {
      const count = chance.pick([100, 140]);
      for (let i = 0; i < count; i++) draft.lines.push([`X-${i}`, ": ", "y", "\r\n"]);
    },
  ],
  [
    "chunk size",
    (draft, chance) => {
      draft.content = draft.content.replace(/^([0-9a-f]+)(?=\r\n)/, (size) => chance.pick(chunkSizes)(size));
    },
  ],
  [
    "chunk line end",
    (draft, chance) => {
      draft.content = draft.content.replace("\r\n", () => chance.pick(lineEnds));
    },
  ],
  [
    "trailers",
    (draft, chance) => {
      if (draft.content.endsWith("0\r\n\r\n"))
        draft.content = `${draft.content.slice(0, -2)}${chance.pick(trailerLines)}\r\n`;
    },
  ],
  [
    "content longer",
    (draft, chance) => {
      draft.content += chance.pick([split, "x", "\r\n", "\n"]);
    },
  ],
  [
    "content shorter",
    (draft, chance) => {
      draft.content = draft.content.slice(0, chance.below(draft.content.length + 1));
    },
  ],
  [
    "no framing",
    (draft) => {
      draft.lines = draft.lines.filter(([name]) => name === "X-Case");
    },
  ],
];

function add(draft: Draft, chance: Chance, name: string, value: string): void {
  draft.lines.splice(chance.below(draft.lines.length + 1), 0, [name, ": ", value, "\r\n"]);
}

function setLength(draft: Draft, chance: Chance, change: (length: number) => string): void {
  const line = draft.lines.find(([name]) => name === "Content-Length");
  if (line) line[2] = change(Number(line[2]) || 0);
  else add(draft, chance, "Content-Length", change(draft.content.length));
}

function insert(line: Draft["lines"][number], part: 0 | 2, chance: Chance): void {
  const at = chance.below(line[part].length + 1);
  line[part] = line[part].slice(0, at) + chance.pick(odd) + line[part].slice(at);
}

/** Makes a response of a seed's chance. */
export function makeResponse(chance: Chance): MutatedResponse {
  const content = chance.pick(bodies);
  const isChunked = chance.is(0.45);
  const draft: Draft = {
    before: "",
    version: "HTTP/1.1",
    gap: " ",
    status: "200",
    reason: " OK",
    startEnd: "\r\n",
    lines: [["X-Case", ": ", "1", "\r\n"]],
    headEnd: "\r\n",
    content: isChunked ? chunk(content, chance) : content,
  };
  if (isChunked) add(draft, chance, "Transfer-Encoding", "chunked");
  else add(draft, chance, "Content-Length", `${content.length}`);
  const applied: string[] = [];
  const count = chance.is(0.12) ? 0 : 1 + chance.below(2);
  for (let i = 0; i < count; i++) {
    const [name, apply] = chance.pick(rules);
    apply(draft, chance);
    applied.push(name);
  }
  const { before, version, gap, status, reason, startEnd, lines, headEnd } = draft;
  let text = `${before}${version}${gap}${status}${reason}${startEnd}${lines.map((line) => line.join("")).join("")}${headEnd}${draft.content}`;
  if (chance.is(0.12)) {
    text = mutateOctets(text, chance);
    applied.push("octets");
  }
  return { text, rules: applied };
}
