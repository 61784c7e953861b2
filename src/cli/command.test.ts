import { PlatformError } from "#contract";
import { expect, test } from "vitest";
import { formatHelp, readArguments, type Command } from "./command.ts";

const plain: Command = {
  description: "Do it",
  args: {
    name: { type: "positional", description: "what to do it to" },
    more: { type: "positional", required: false, description: "more" },
    ttl: { type: "string", description: "how long" },
    plan: { type: "boolean", description: "only show it" },
  },
  examples: ["fairlead do x"],
  run: () => Promise.resolve(),
};
const several: Command = { ...plain, rest: "values" };
const wrapping: Command = { ...plain, rest: "command" };
const offline: Command = { ...plain, needs: "nothing" };

test.each([
  { words: ["x"], of: plain, values: { name: "x" }, rest: [] },
  { words: ["x", "--ttl", "-5", "y"], of: plain, values: { name: "x", more: "y", ttl: "-5" }, rest: [] },
  { words: ["--plan", "--", "-x"], of: plain, values: { name: "-x", plan: true }, rest: [] },
  { words: ["x", "y", "z", "--", "-q"], of: several, values: { name: "x", more: "y" }, rest: ["z", "-q"] },
  { words: ["x", "--", "sh", "--json"], of: wrapping, values: { name: "x" }, rest: ["sh", "--json"] },
  { words: ["x", "--api", "http://a"], of: plain, values: { name: "x", api: "http://a" }, rest: [] },
])("readArguments() of $words", ({ words, of, values, rest }) => {
  const read = readArguments("do", of, words);
  expect(read.values).toMatchObject(values);
  expect(read.rest).toEqual(rest);
});

test.each([
  { words: [], of: plain, says: /expected NAME, what to do it to/ },
  { words: ["x", "y", "z"], of: plain, says: /"z" is one argument too many/ },
  { words: ["x", "y", "--", "z"], of: plain, says: /"z" is one argument too many/ },
  { words: ["x", "--tll", "5"], of: plain, says: /no option "--tll"; did you mean "--ttl"\?/ },
  { words: ["x", "--zzzzzz"], of: plain, says: /no option "--zzzzzz"$/ },
  { words: ["x", "--ttl"], of: plain, says: /wants a value/ },
  { words: ["x", "--api", "http://a"], of: offline, says: /no option "--api"/ },
])("readArguments() refuses $words", ({ words, of, says }) => {
  const read = (): unknown => readArguments("do", of, words);
  expect(read).toThrow(PlatformError);
  expect(read).toThrow(says);
});

test("formatHelp() shows what may follow, and only the options that the command has", () => {
  expect(formatHelp("do", several)).toContain("Usage: fairlead do NAME [MORE] ... [options]\n");
  expect(formatHelp("do", wrapping)).toContain("Usage: fairlead do NAME [MORE] [options] [-- COMMAND ...]\n");
  expect(formatHelp("do", plain)).toContain("--api URL");
  expect(formatHelp("do", offline)).not.toContain("--api");
  const wide: Command = {
    ...offline,
    args: { "somewhat-long-name": { type: "positional", description: "what" } },
  };
  expect(formatHelp("do", wide)).toMatch(/^ {2}SOMEWHAT-LONG-NAME {2}what\n {2}--\S+ +/m);
});

test("an option that may be repeated has all its values, in order", () => {
  const many: Command = {
    ...plain,
    args: { zone: { type: "string", description: "z" } },
    repeated: ["zone"],
  };
  expect(readArguments("do", many, ["--zone", "a=1", "--zone=b=2"]).values["zone"]).toBe("a=1\nb=2");
  expect(readArguments("do", many, []).values["zone"]).toBeUndefined();
});
