// Generated requests: one to three on a connection, well-formed at first, then mutated by rules that know where proxies and servers
// have disagreed (lengths, codings, chunks, line ends, Host, targets, versions, pipelining), and at last by single octets. The same
// seed makes the same octets.

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

/** A request in parts, so that a rule can change one. */
interface Draft {
  method: string;
  gap1: string;
  target: string;
  gap2: string;
  version: string;
  startEnd: string;
  /** Name, what stands between name and value, value, and the line's end. */
  lines: [name: string, colon: string, value: string, end: string][];
  headEnd: string;
  content: string;
}

/** One rule: changes a draft in place. */
interface Rule {
  readonly name: string;
  apply(draft: Draft, chance: Chance): void;
}

/** A generated case. */
export interface MutatedRequests {
  readonly text: string;
  /** The rules that were applied. */
  readonly rules: readonly string[];
}

const smuggled = "GET /smuggled HTTP/1.1\r\nHost: evil.test\r\n\r\n";
const bodies = [
  "",
  "a",
  "hello world",
  smuggled,
  `0\r\n\r\n${smuggled}`,
  "5\r\nhello\r\n0\r\n\r\n",
  "\r\n\r\n",
  "POST /x HTTP/1.1\r\nContent-Length: 500\r\n\r\n",
  "x".repeat(300),
  "\0\xff\r\n\x7f",
];

const rule = (name: string, apply: Rule["apply"]): Rule => ({ name, apply });

/** Adds a header line at some place. */
function addLine(draft: Draft, chance: Chance, name: string, value: string): void {
  draft.lines.splice(chance.below(draft.lines.length + 1), 0, [name, ": ", value, "\r\n"]);
}

/** Changes the value of the first line of a name, or adds one. */
function setValue(draft: Draft, chance: Chance, name: string, change: (value: string) => string): void {
  const line = draft.lines.find(([other]) => other.toLowerCase() === name.toLowerCase());
  if (line) line[2] = change(line[2]);
  else addLine(draft, chance, name, change(""));
}

function anyLine(draft: Draft, chance: Chance): Draft["lines"][number] | undefined {
  return draft.lines.length === 0 ? undefined : chance.pick(draft.lines);
}

function framingLine(draft: Draft): Draft["lines"][number] | undefined {
  return draft.lines.find(([name]) => /^(content-length|transfer-encoding)$/i.test(name));
}

const insertAt = (text: string, at: number, what: string): string =>
  text.slice(0, at) + what + text.slice(at);

/** Targets of every form, and what is none. */
export const targets: readonly string[] = [
  "/",
  "//",
  "//host.test/x",
  "/a/../b",
  "/../x",
  "/./",
  "/a//b",
  "/%2e%2e/x",
  "/%2f",
  "/%00",
  "/%zz",
  "/%",
  "/a%20b",
  "/a b",
  "/a#b",
  "/a%23b",
  "/a?b#c",
  "/a\\b",
  "/?a\\b",
  "/a;b=c",
  "/a|b^c`{d}",
  '/a"b',
  "/<x>",
  "/\xe9",
  "/?\xe9",
  "?",
  "?a",
  "*",
  "a",
  "a.test:80",
  "http://a.test/x",
  "http://a.test",
  "http://a.test?q",
  "HTTP://A.TEST/x",
  "http://b.test/x",
  "http://a.test:80/x",
  "http://a.test:8080/x",
  "http://u:p@a.test/x",
  "http://a.test@b.test/x",
  "http://a.test\\@b.test/x",
  "http:/a.test/x",
  "http:///x",
  "https://a.test/x",
  "ftp://a.test/x",
  "http://[::1]/x",
  "http://a.test#f",
  `/${"a".repeat(4000)}`,
  `/?${"%41".repeat(500)}`,
  "/\x7f",
  "/\t",
  "/x HTTP/1.1",
  "/ HTTP/1.1\r\nX: y",
  "",
];

/** What may stand in Host. */
export const hosts: readonly string[] = [
  "a.test",
  "A.Test",
  "a.test.",
  "a.test:80",
  "a.test:8080",
  "a.test:",
  "a.test:0",
  "a.test:65535",
  "a.test:65536",
  "a.test:+80",
  "a.test:80:80",
  "a.test:x",
  ":80",
  "",
  " ",
  "a.test b.test",
  "a.test,b.test",
  "a.test, b.test",
  "a.test/x",
  "a.test?x",
  "a.test#x",
  "a.test@b.test",
  "u@a.test",
  "a.test\\b",
  "a_b",
  "a..test",
  ".a.test",
  "%61.test",
  "a%00b",
  "[::1]",
  "[::1]:80",
  "[::1",
  "::1",
  "[]",
  "[v1.a]",
  "127.1",
  "0x7f000001",
  "a!$&'()*+;=b",
  "a.test\x0b",
  "a.test\0",
  "\xe9.test",
  "a".repeat(300),
  '"a.test"',
  "a.test\t",
];

/** Methods, and what is none. */
export const methods: readonly string[] = [
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "DELETE",
  "PATCH",
  "OPTIONS",
  "TRACE",
  "CONNECT",
  "get",
  "Get",
  "FOO",
  "M-SEARCH",
  "A",
  "G!T",
  "PRI",
  "GET\t",
  " GET",
  "",
  "G T",
  "G\0T",
  "GET:",
  "\xe9",
  "X".repeat(31),
  "X".repeat(40),
];

const versions = [
  "HTTP/1.1",
  "HTTP/1.0",
  "HTTP/1.2",
  "HTTP/0.9",
  "HTTP/2.0",
  "HTTP/1.10",
  "HTTP/01.1",
  "HTTP/1",
  "HTTP/1.",
  "HTTP/.1",
  "HTTP/1.1 ",
  " HTTP/1.1",
  "http/1.1",
  "HTTP/1,1",
  "HTTP/1.1x",
  "HTTPS/1.1",
  "HTTP 1.1",
  "XTTP/1.1",
  "HTTP/1.-1",
  "",
];

/** The rules, each of which may be applied several times to one case. */
const requestRules: readonly Rule[] = [
  rule("length value", (draft, chance) => {
    setValue(draft, chance, "Content-Length", (value) => chance.pick(lengthValues)(Number(value) || 0));
  }),
  rule("second length", (draft, chance) => {
    const value = draft.lines.find(([name]) => name === "Content-Length")?.[2] ?? "0";
    addLine(
      draft,
      chance,
      chance.pick(["Content-Length", "content-length", "CONTENT-LENGTH"]),
      chance.pick([value, "0", "5", "1"]),
    );
  }),
  rule("coding value", (draft, chance) => {
    setValue(draft, chance, "Transfer-Encoding", () => chance.pick(codingValues));
  }),
  rule("second coding", (draft, chance) => {
    addLine(
      draft,
      chance,
      chance.pick(["Transfer-Encoding", "transfer-encoding"]),
      chance.pick(codingValues),
    );
  }),
  rule("length beside coding", (draft, chance) => {
    addLine(draft, chance, "Transfer-Encoding", "chunked");
    addLine(draft, chance, "Content-Length", chance.pick(["0", "1", "5", String(draft.content.length)]));
  }),
  rule("framing name", (draft, chance) => {
    const line = framingLine(draft);
    if (!line) return;
    const name = line[0];
    line[0] = chance.pick([
      `${name} `,
      `${name}\t`,
      ` ${name}`,
      `\t${name}`,
      `${name}\0`,
      `${name}\x0b`,
      name.replace("-", "_"),
      name.replace("-", " "),
      name.toUpperCase(),
      `X:${name}`,
      `X\r${name}`,
      `X\n${name}`,
      `${name}\r\n`,
      `"${name}"`,
      name.slice(0, -1),
    ]);
  }),
  rule("colon", (draft, chance) => {
    const line = chance.is(0.5) ? framingLine(draft) : anyLine(draft, chance);
    if (line)
      line[1] = chance.pick([
        ":",
        " : ",
        ": \t",
        ":\r\n ",
        ":\n ",
        ":\x0b",
        ":\0",
        "",
        "=",
        "::",
        ":\r",
        ` :${chance.pick(spaces)}`,
      ]);
  }),
  rule("line end", (draft, chance) => {
    const line = anyLine(draft, chance);
    if (line) line[3] = chance.pick(lineEnds);
  }),
  rule("request line end", (draft, chance) => {
    draft.startEnd = chance.pick([...lineEnds, "\r\n\r\n", "\r\n GET", "\r\n: x\r\n"]);
  }),
  rule("head end", (draft, chance) => {
    draft.headEnd = chance.pick(["\n", "\r", "\r\n\r\n", "", " \r\n", "\n\r\n", "\r\r\n", "\0\r\n"]);
  }),
  rule("gaps", (draft, chance) => {
    if (chance.is(0.5)) draft.gap1 = chance.pick(spaces);
    else draft.gap2 = chance.pick(spaces);
  }),
  rule("method", (draft, chance) => {
    draft.method = chance.pick(methods);
  }),
  rule("target", (draft, chance) => {
    draft.target = chance.pick(targets);
  }),
  rule("target octet", (draft, chance) => {
    draft.target = insertAt(draft.target, 1 + chance.below(draft.target.length), chance.pick(odd));
  }),
  rule("version", (draft, chance) => {
    draft.version = chance.pick(versions);
  }),
  rule("HTTP/1.0", (draft, chance) => {
    draft.version = "HTTP/1.0";
    if (chance.is(0.5)) addLine(draft, chance, "Connection", "keep-alive");
  }),
  rule("host", (draft, chance) => {
    setValue(draft, chance, "Host", () => chance.pick(hosts));
  }),
  rule("second host", (draft, chance) => {
    addLine(draft, chance, chance.pick(["Host", "host", "HOST"]), chance.pick(hosts));
  }),
  rule("no host", (draft) => {
    draft.lines = draft.lines.filter(([name]) => name !== "Host");
  }),
  rule("absolute form", (draft, chance) => {
    draft.target = `${chance.pick(["http", "HTTP", "https"])}://${chance.pick(hosts)}${draft.target}`;
  }),
  rule("connection", (draft, chance) => {
    addLine(
      draft,
      chance,
      "Connection",
      chance.pick([
        "close",
        "keep-alive",
        "Transfer-Encoding",
        "Content-Length",
        "Host",
        "close, Content-Length",
        "upgrade",
        "X-Case, Via",
        "close, keep-alive",
        "TE",
        "cookie",
        '"close"',
        ",",
        "a b",
        "transfer-encoding, content-length, host",
      ]),
    );
  }),
  rule("upgrade", (draft, chance) => {
    addLine(draft, chance, "Connection", "Upgrade");
    addLine(draft, chance, "Upgrade", chance.pick(["websocket", "h2c", "HTTP/2.0", "TLS/1.0", "x, h2c", ""]));
    if (chance.is(0.5)) addLine(draft, chance, "HTTP2-Settings", "AAMAAABkAARAAAAAAAIAAAAA");
  }),
  rule("expect", (draft, chance) => {
    addLine(
      draft,
      chance,
      "Expect",
      chance.pick(["100-continue", "100-Continue", "200-ok", "", "100-continue, x", "100-continue\x0b"]),
    );
  }),
  rule("te and trailer", (draft, chance) => {
    addLine(draft, chance, "TE", chance.pick(["trailers", "chunked", "gzip;q=0, trailers", "trailers;q=0"]));
    addLine(draft, chance, "Trailer", chance.pick(["A", "Content-Length", "Host"]));
  }),
  rule("max-forwards", (draft, chance) => {
    draft.method = chance.pick(["OPTIONS", "TRACE", "GET"]);
    addLine(draft, chance, "Max-Forwards", chance.pick(["0", "1", "-1", "x", "99999999999"]));
  }),
  rule("forwarded", (draft, chance) => {
    addLine(
      draft,
      chance,
      chance.pick(["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Via"]),
      chance.pick(["for=1.2.3.4", "1.2.3.4", "evil.test", "https", "1.1 a, 1.1 b", 'for="\\"', ""]),
    );
  }),
  rule("field name octet", (draft, chance) => {
    const line = anyLine(draft, chance);
    if (line) line[0] = insertAt(line[0], chance.below(line[0].length + 1), chance.pick(odd));
  }),
  rule("field value octet", (draft, chance) => {
    const line = anyLine(draft, chance);
    if (line) line[2] = insertAt(line[2], chance.below(line[2].length + 1), chance.pick(odd));
  }),
  rule("folded line", (draft, chance) => {
    addLine(
      draft,
      chance,
      chance.pick(["X-Fold", "Transfer-Encoding", "Content-Length", "Host"]),
      chance.pick(["a\r\n b", "\r\n chunked", "a\n b", "a\r\n\tContent-Length: 5"]),
    );
  }),
  rule("line within a value", (draft, chance) => {
    const inner = chance.pick(["Transfer-Encoding: chunked", "Content-Length: 3", "Host: evil.test"]);
    addLine(
      draft,
      chance,
      "X-Inner",
      `a${chance.pick(["\n", "\r", "\r\n", "\0", "\x85", "%0d%0a"])}${inner}`,
    );
  }),
  rule("many fields", (draft, chance) => {
    const count = chance.pick([60, 100, 130]);
    for (let i = 0; i < count; i++) draft.lines.push([`X-${i}`, ": ", "y", "\r\n"]);
  }),
  rule("long field", (draft, chance) => {
    draft.lines.push(["X-Long", ": ", "y".repeat(chance.pick([4000, 9000, 16_000, 17_000])), "\r\n"]);
  }),
  rule("name with underscore", (draft, chance) => {
    addLine(
      draft,
      chance,
      chance.pick(["Content_Length", "Transfer_Encoding", "X_Y"]),
      chance.pick(["5", "chunked"]),
    );
  }),
  rule("chunk size", (draft, chance) => {
    const sizes = [...draft.content.matchAll(/(^|\r\n)([0-9a-f]+)(?=\r\n)/g)];
    const found = sizes.length > 0 ? chance.pick(sizes) : undefined;
    if (!found) return;
    const at = found.index + (found[1] ?? "").length;
    const size = found[2] ?? "";
    draft.content =
      draft.content.slice(0, at) + chance.pick(chunkSizes)(size) + draft.content.slice(at + size.length);
  }),
  rule("chunk line end", (draft, chance) => {
    const ends = [...draft.content.matchAll(/\r\n/g)];
    const found = ends.length > 0 ? chance.pick(ends) : undefined;
    if (!found) return;
    draft.content =
      draft.content.slice(0, found.index) +
      chance.pick([...lineEnds, ""]) +
      draft.content.slice(found.index + 2);
  }),
  rule("trailers", (draft, chance) => {
    if (!draft.content.endsWith("0\r\n\r\n")) return;
    let lines = "";
    for (let i = 0; i <= chance.below(3); i++) lines += chance.pick(trailerLines);
    draft.content = `${draft.content.slice(0, -2)}${lines}\r\n`;
  }),
  rule("no last chunk", (draft, chance) => {
    draft.content = draft.content.replace(
      /0\r\n\r\n$/,
      chance.pick(["", "0\r\n", "0\r\n\r", "0\n\n", "00\r\n\r\n"]),
    );
  }),
  rule("content longer", (draft, chance) => {
    draft.content += chance.pick([smuggled, "x", "\r\n", "\n", "0\r\n\r\n", "\0"]);
  }),
  rule("content shorter", (draft, chance) => {
    draft.content = draft.content.slice(0, chance.below(draft.content.length + 1));
  }),
  rule("no framing", (draft) => {
    draft.lines = draft.lines.filter(([name]) => !/^(content-length|transfer-encoding)$/i.test(name));
  }),
  rule("before the request", (draft, chance) => {
    draft.method = chance.pick(["\r\n", "\r\n\r\n", "\n", "\r", " ", "\0", "\r\n "]) + draft.method;
  }),
];

/** Makes a case of a seed's chance. */
export function makeRequests(chance: Chance): MutatedRequests {
  const drafts = Array.from({ length: 1 + (chance.is(0.45) ? 1 + chance.below(2) : 0) }, (_, i) =>
    makeDraft(chance, i),
  );
  const rules: string[] = [];
  const count = chance.is(0.12) ? 0 : 1 + chance.below(3);
  for (let i = 0; i < count; i++) {
    const chosen = chance.pick(requestRules);
    chosen.apply(chance.pick(drafts), chance);
    rules.push(chosen.name);
  }
  let text = drafts.map(formatDraft).join("");
  if (chance.is(0.15)) {
    text = mutateOctets(text, chance);
    rules.push("octets");
  }
  return { text, rules };
}

function makeDraft(chance: Chance, place: number): Draft {
  const form = chance.pick(["none", "none", "length", "length", "chunked", "chunked"]);
  const content = form === "none" ? "" : chance.pick(bodies);
  const draft: Draft = {
    method:
      form === "none" ? chance.pick(["GET", "GET", "HEAD", "DELETE"]) : chance.pick(["POST", "PUT", "GET"]),
    gap1: " ",
    target: chance.pick(["/", `/p${place}`, "/a/b?c=d", "/x?y"]),
    gap2: " ",
    version: "HTTP/1.1",
    startEnd: "\r\n",
    lines: [
      ["Host", ": ", chance.pick(["a.test", "shop.test", "a.test:8080"]), "\r\n"],
      ["X-Case", ": ", `${place}`, "\r\n"],
    ],
    headEnd: "\r\n",
    content,
  };
  if (form === "length") addLine(draft, chance, "Content-Length", `${content.length}`);
  if (form === "chunked") {
    addLine(draft, chance, "Transfer-Encoding", "chunked");
    draft.content = chunk(content, chance);
  }
  return draft;
}

/** Writes content in chunks of chance's sizes. */
export function chunk(content: string, chance: Chance): string {
  let text = "";
  let at = 0;
  while (at < content.length) {
    const size = 1 + chance.below(Math.min(content.length - at, chance.is(0.5) ? 400 : 12));
    text += `${size.toString(16)}\r\n${content.slice(at, at + size)}\r\n`;
    at += size;
  }
  return `${text}0\r\n\r\n`;
}

function formatDraft(draft: Draft): string {
  const { method, gap1, target, gap2, version, startEnd, lines, headEnd, content } = draft;
  return `${method}${gap1}${target}${gap2}${version}${startEnd}${lines.map((line) => line.join("")).join("")}${headEnd}${content}`;
}

/** Changes, doubles or drops single octets of a text. */
export function mutateOctets(text: string, chance: Chance): string {
  let mutated = text;
  for (let i = 0; i <= chance.below(3); i++) {
    const at = chance.below(mutated.length + 1);
    const length = chance.below(chance.is(0.8) ? 3 : 40);
    const piece = chance.pick([
      chance.pick(odd),
      "\r\n",
      mutated.slice(at, at + length),
      String.fromCharCode(chance.below(256)),
    ]);
    mutated = mutated.slice(0, at) + piece + mutated.slice(at + (chance.is(0.5) ? length : 0));
  }
  return mutated;
}
