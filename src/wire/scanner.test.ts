// The tokens of presentation format: what is one, where it stands, and what a scanner refuses.

import { describe, expect, test } from "vitest";
import { TextScanner, TokenKind } from "./scanner.ts";
import { tokenText } from "./scanner-values.ts";

/** All tokens of a record as text, quoted ones in quotes, and the code of the failure where there is one. */
function tokensOf(text: string): string[] {
  const scanner = new TextScanner(new TextEncoder().encode(text));
  const tokens: string[] = [];
  scanner.beginRecord();
  while (scanner.next() !== TokenKind.end) {
    tokens.push(scanner.kind === TokenKind.quoted ? `"${tokenText(scanner)}"` : tokenText(scanner));
  }
  if (scanner.failure) tokens.push(`${scanner.failure.code}@${scanner.failure.offset}`);
  return tokens;
}

describe("TextScanner tokens", () => {
  test.each<[string, string[]]>([
    ["", []],
    ["a b\tc", ["a", "b", "c"]],
    ["a ; b", ["a"]],
    ["a;b", ["a"]],
    ["a\nb", ["a"]],
    ["a\r\nb", ["a"]],
    ["a\r", ["a"]],
    ["a (b\nc ; d )\n e) f", ["a", "b", "c", "e", "f"]],
    ["a(b)c", ["a", "b", "c"]],
    ['"a b" "" "c;d"', ['"a b"', '""', '"c;d"']],
    ['"a \\" b"', ['"a \\" b"']],
    ["a\\ b a\\;b \\(", ["a\\ b", "a\\;b", "\\("]],
    ['("a\nb")', ['"a\nb"']],
    ["\ufeffa", ["a"]],
  ])("%j", (text, expected) => {
    expect(tokensOf(text)).toEqual(expected);
  });

  test.each<[string, string]>([
    ["unclosed-quote@2", 'a "b'],
    ["unclosed-quote@2", 'a "b\nc"'],
    ["unclosed-quote@2", 'a "b\\"'],
    ["unclosed-quote@3", 'a ("b'],
    ["bad-character@3", 'a b"c"'],
    ["bad-character@4", 'a "b"c'],
    ["bad-character@3", 'a """'],
    ["bad-character@1", "a\u0000"],
    ["bad-character@2", "a\u0020\u007f"],
    ["bad-character@3", 'a "\u0001"'],
    ["bad-character@1", "a\rb"],
    ["bad-escape@2", "a \\"],
    ["bad-escape@2", "a \\\nb"],
    ["bad-escape@2", "a \\\r\nb"],
    ["nested-parenthesis@4", "a (b(c))"],
    ["unopened-parenthesis@3", "a b)"],
    ["unclosed-parenthesis@2", "a (b\n\n"],
  ])("%s in %j", (expected, text) => {
    expect(tokensOf(text).at(-1)).toBe(expected);
  });

  test("quotes behind = belong to the word where they may", () => {
    const scanner = new TextScanner(new TextEncoder().encode('alpn="h2,h3 x" port="1"x'));
    scanner.next(true);
    expect(tokenText(scanner)).toBe('alpn="h2,h3 x"');
    scanner.next(true);
    expect(scanner.failure?.code).toBe("bad-character");
  });
});

describe("TextScanner.skipRecord()", () => {
  test.each<[string, string, string]>([
    ["the end of the line", 'x "y\nnext', "next"],
    ["the end of the parentheses", "x \u0001 (a\n;)\nb)\nnext", "next"],
    ["a quote in parentheses", 'x \u0001 ("a)\n" ) c\nnext', "next"],
    ["escapes", "x \u0001 \\( \\; (\\)\n)\nnext", "next"],
  ])("goes on behind %s", (_, text, expected) => {
    const scanner = new TextScanner(new TextEncoder().encode(text));
    scanner.beginRecord();
    while (scanner.next() !== TokenKind.end);
    expect(scanner.failure).toBeDefined();
    scanner.skipRecord();
    expect(scanner.failure).toBeUndefined();
    scanner.beginRecord();
    scanner.next();
    expect(tokenText(scanner)).toBe(expected);
    expect(scanner.recordLine).toBe(text.split("\n").length);
  });

  test("fails where the parentheses do not add up", () => {
    const scanner = new TextScanner(new TextEncoder().encode("x \u0001 (a\nb\n"));
    scanner.next();
    scanner.next();
    scanner.skipRecord();
    expect([scanner.failure?.code, scanner.isFatal]).toEqual(["unclosed-parenthesis", true]);
  });
});
