// Reads the vectors of the llhttp suite (Markdown: a fenced `http` block, a `log` block of spans and errors) and replays an
// input on our parser, cut in any way. Used by llhttp.test.ts.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BodyReader, BodyStatus, Framing, HeadStatus, MessageHead, Method, textOf } from "#http";

/** One message as a parser saw it. */
export interface SeenMessage {
  start: string;
  fields: [name: string, value: string][];
  bodyOctets: number;
}

/** What became of an input: the messages, and how it ended. */
export interface Outcome {
  messages: SeenMessage[];
  /** `complete`: between messages or in content that ends with the connection. `upgrade`: another protocol follows. */
  end: "complete" | "incomplete" | "upgrade" | "refused";
  /** Why it was refused. */
  code?: string;
}

/** One vector. */
export interface Vector {
  /** File and heading. */
  name: string;
  kind: "request" | "response";
  /** The leniency that llhttp was given, empty where it was strict. */
  leniency: string;
  /** True where content is said to be absent, as with HEAD. */
  skipsBody: boolean;
  /** True where the end of the connection follows. */
  isFinished: boolean;
  input: Uint8Array;
  expected: Outcome;
}

/** Reads all vectors of the suite's folder. */
export function readVectors(folder: string): Vector[] {
  const vectors: Vector[] = [];
  for (const kind of ["request", "response"] as const) {
    for (const file of readdirSync(join(folder, kind)).sort()) {
      vectors.push(
        ...readFile(
          kind,
          `${kind}/${file.replace(/\.md$/, "")}`,
          readFileSync(join(folder, kind, file), "utf8"),
        ),
      );
    }
  }
  return vectors;
}

function readFile(kind: "request" | "response", file: string, text: string): Vector[] {
  const vectors: Vector[] = [];
  const seen = new Map<string, number>();
  let heading = "";
  let meta: { type: string; skipBody?: boolean } | undefined;
  let input: string | undefined;
  const lines = text.split("\n");
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? "";
    const metaText = /^<!--\s*meta=(\{.*\})\s*-->/.exec(line)?.[1];
    if (/^#+ /.test(line)) heading = line.replace(/^#+ /, "");
    else if (metaText) meta = JSON.parse(metaText) as typeof meta;
    else if (/^```(http|log)/.test(line)) {
      let end = i + 1;
      while (end < lines.length && lines[end] !== "```") end++;
      const block = lines.slice(i + 1, end).join("\n");
      if (line.startsWith("```http")) input = block;
      else if (meta && input !== undefined) {
        const count = (seen.get(heading) ?? 0) + 1;
        seen.set(heading, count);
        const type = meta.type;
        vectors.push({
          name: `${file}: ${heading}${count > 1 ? ` (${count})` : ""}`,
          kind,
          leniency: /lenient-(.*)$/.exec(type)?.[1] ?? "",
          skipsBody: meta.skipBody ?? false,
          isFinished: type.endsWith("-finish"),
          input: unescapeInput(input),
          expected: readLog(block),
        });
        input = undefined;
      }
      i = end;
    }
  }
  return vectors;
}

/** The block's text as octets: lines end with CR LF, a backslash at a line's end joins it to the next, escapes stand for controls. */
function unescapeInput(block: string): Uint8Array {
  const text = block
    .replace(/\\\n/g, "")
    .replace(/\n/g, "\r\n")
    .replace(/\\r/g, "\r")
    .replace(/\\n/g, "\n")
    .replace(/\\t/g, "\t")
    .replace(/\\f/g, "\f")
    .replace(/\\x([0-9a-fA-F]+)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return new TextEncoder().encode(text);
}

function readLog(log: string): Outcome {
  const outcome: Outcome = { messages: [], end: "complete" };
  let method = "";
  let name = "";
  let value = "";
  for (const line of log.split("\n")) {
    const message = outcome.messages.at(-1);
    const span = /span\[(\w+)\]=(?:"(.*)"|(\w+))$/.exec(line);
    const error = /error code=(\d+) reason="(.*)"/.exec(line);
    const finish = /finish=(\d)/.exec(line)?.[1];
    if (/message begin/.test(line)) outcome.messages.push({ start: "", fields: [], bodyOctets: 0 });
    else if (span && message) {
      // The log shows text as UTF-8 and controls escaped; ours is a character an octet, without spaces at the end.
      const text = String.fromCharCode(...new TextEncoder().encode(span[2] ?? "")).replace(/(\\t| )+$/, "");
      if (span[1] === "method") method = text;
      else if (span[1] === "url")
        message.start = `${method} ${message.start.slice(method.length + 1)}${text}`;
      else if (span[1] === "status") message.start += text;
      else if (span[1] === "header_field") name += text;
      else if (span[1] === "header_value") value += text;
      else if (span[1] === "body") message.bodyOctets += Number(/len=(\d+)/.exec(line)?.[1]);
    } else if (/header_value complete/.test(line) && message) {
      message.fields.push([name, value]);
      name = value = "";
    } else if (error) {
      if (error[1] === "22") outcome.end = "upgrade";
      else if (error[1] !== "21") {
        outcome.end = "refused";
        outcome.code = error[2] ?? "";
      }
    } else if (finish === "2") outcome.end = "incomplete";
  }
  return outcome;
}

/**
 * Feeds an input to our parser in pieces, one message after another.
 * @param cuts  offsets where one piece ends and the next begins
 */
export function replay(vector: Vector, input: Uint8Array, cuts: readonly number[]): Outcome {
  const outcome: Outcome = { messages: [], end: "complete" };
  const head = new MessageHead(vector.kind);
  const body = new BodyReader();
  let phase: "head" | "body" | "closed" = "head";
  let start = 0; // of what is not used yet
  for (const end of [...cuts, input.length]) {
    for (;;) {
      if (phase === "closed") {
        // llhttp passes over empty lines after the last message, and refuses anything else.
        while (start < end && (input[start] === 13 || input[start] === 10)) start++;
        if (start < end) return { ...outcome, end: "refused", code: "data-after-close" };
        break;
      }
      if (phase === "head") {
        const status = head.parse(input, start, end);
        if (status === HeadStatus.Failed)
          return { ...outcome, end: "refused", code: head.failure?.code ?? "" };
        if (status === HeadStatus.More) break;
        outcome.messages.push(seen(head, input, start));
        start += head.length;
        if (head.kind === "response" && head.status === 101 && head.wantsUpgrade)
          return { ...outcome, end: "upgrade" };
        const hasNone = vector.skipsBody || head.method === Method.CONNECT;
        body.begin(hasNone ? Framing.None : head.framing, head.contentLength, false);
        phase = "body";
      }
      const status = body.read(input, start, end);
      if (status === BodyStatus.Failed) return { ...outcome, end: "refused", code: body.failure?.code ?? "" };
      const message = outcome.messages.at(-1);
      if (message) {
        message.bodyOctets += body.to - body.from;
        for (let i = 0; i < (body.trailers?.fieldCount ?? 0); i++) {
          message.fields.push([
            body.trailers?.nameText(body.trailerOctets, 0, i) ?? "",
            body.trailers?.valueText(body.trailerOctets, 0, i) ?? "",
          ]);
        }
      }
      start = body.at;
      if (status === BodyStatus.More) break;
      if (status === BodyStatus.Again) continue;
      if (head.kind === "request" && (head.method === Method.CONNECT || head.wantsUpgrade)) {
        return { ...outcome, end: "upgrade" };
      }
      phase = head.keepsAlive || head.status === 100 ? "head" : "closed";
      head.reset();
    }
  }
  if (vector.isFinished && (phase === "head" ? head.hasBegun : phase === "body" && !body.end())) {
    outcome.end = "incomplete";
  }
  return outcome;
}

function seen(head: MessageHead, input: Uint8Array, start: number): SeenMessage {
  const fields: [string, string][] = [];
  for (let i = 0; i < head.fieldCount; i++) {
    fields.push([head.nameText(input, start, i), head.valueText(input, start, i)]);
  }
  const startLine =
    head.kind === "request"
      ? `${textOf(input, start + head.methodStart, start + head.methodEnd)} ${textOf(input, start + head.targetStart, start + head.targetEnd)}`
      : textOf(input, start + head.reasonStart, start + head.reasonEnd);
  return { start: startLine, fields, bodyOctets: 0 };
}
