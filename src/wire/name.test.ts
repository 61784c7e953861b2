// Names: text form, limits, relations between names, canonical order.

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Name } from "./name.ts";
import { anyName, hex, name, toHex } from "./testing.ts";

const label63 = "a".repeat(63);
const octets254 = `${label63}.${label63}.${label63}.${"a".repeat(60)}`; // 254 octets with the root's

describe("Name.parse", () => {
  it.each([
    [".", "00", "."],
    ["@", "00", "."],
    ["org", "036f726700", "org."],
    ["Example.ORG.", "074578616d706c65034f524700", "Example.ORG."],
    ["*.a", "012a016100", "*.a."],
    ["0/25.2", "04302f3235013200", "0/25.2."],
    ["_a_.-b-", "035f615f032d622d00", "_a_.-b-."],
    ["a\\.b", "03612e6200", "a\\.b."],
    ["\\065\\a", "02416100", "Aa."],
    ['\\000\\255\\ \\\\\\"\\.\\@', "0700ff205c222e4000", '\\000\\255\\032\\092\\"\\.\\@.'],
    ["\\[x\\092", "035b785c00", "\\091x\\092."],
    ["a\\&b", "0361266200", "a\\&b."],
  ])("%s is %s, written %s", (text, octets, written) => {
    const parsed = name(text);
    expect(toHex(parsed.octets)).toBe(octets);
    expect(parsed.toString()).toBe(written);
    expect(name(written).octets).toEqual(parsed.octets);
  });

  it.each([
    ["", "empty-name", 0],
    ["..", "empty-label", 0],
    [".a", "empty-label", 0],
    ["a..b", "empty-label", 2],
    ["a b", "bad-character", 1],
    ["a;b", "bad-character", 1],
    ["a@b", "bad-character", 1],
    ["bücher", "bad-character", 1],
    ["\\1", "bad-escape", 0],
    ["a\\12", "bad-escape", 1],
    ["\\256", "bad-escape", 0],
    ["a\\", "bad-escape", 1],
    ["\\ü", "bad-escape", 0],
    [`${label63}a`, "label-too-long", 63],
    [`${octets254}aa`, "name-too-long", 253],
    [`${octets254}aa.`, "name-too-long", 253],
    [`${label63}.${label63}.${label63}.${"a".repeat(59)}.bb`, "name-too-long", 253],
  ])("refuses %j as %s", (text, code, offset) => {
    const parsed = Name.parse(text);
    expect(parsed).toMatchObject({ ok: false, failure: { code, offset } });
  });

  it("takes 255 octets and no more, the origin's included (RFC 1035 section 2.3.4)", () => {
    expect(name(`${octets254}a.`).octets.length).toBe(255);
    expect(name(`${octets254}a`).octets.length).toBe(255);
    const long = name(octets254.slice(0, -2)); // 252 octets
    expect(Name.parse("ab", long)).toMatchObject({ ok: true });
    expect(Name.parse("abc", long)).toMatchObject({ ok: false, failure: { code: "name-too-long" } });
  });

  it("takes 127 labels", () => {
    expect(name("a.".repeat(127)).labelCount).toBe(127);
    expect(Name.parse("a.".repeat(128))).toMatchObject({ ok: false, failure: { code: "name-too-long" } });
  });

  it("completes relative names with the origin", () => {
    const origin = name("Example.org.");
    const parsed = Name.parse("www", origin);
    expect(parsed.ok && parsed.value.toString()).toBe("www.Example.org.");
    expect(parsed.ok && parsed.value.labelCount).toBe(3);
    const absolute = Name.parse("www.", origin);
    expect(absolute.ok && absolute.value.toString()).toBe("www.");
    const at = Name.parse("@", origin);
    expect(at.ok && at.value).toBe(origin);
  });

  it("reads back what toString writes", () => {
    fc.assert(
      fc.property(anyName, (any) => {
        const parsed = Name.parse(any.toString());
        expect(parsed.ok && parsed.value.octets).toEqual(any.octets);
        expect(parsed.ok && parsed.value.labelCount).toBe(any.labelCount);
      }),
    );
  });

  it("never throws on text", () => {
    const anyText = fc.array(fc.nat(300), { maxLength: 300 }).map((codes) => String.fromCharCode(...codes));
    fc.assert(fc.property(anyText, (text) => void Name.parse(text)));
  });
});

describe("Name.fromOctets", () => {
  it.each([
    ["00", 0, "."],
    ["ff 01 61 00 ff", 1, "a."],
  ])("takes a name from %s at %i", (octets, at, text) => {
    expect(Name.fromOctets(hex(octets), at)?.toString()).toBe(text);
  });

  it.each(["", "01", "0161", "40 00", "c0 00", "3f 00", `${`01 61`.repeat(128)} 00`])(
    "refuses %s",
    (octets) => {
      expect(Name.fromOctets(hex(octets))).toBeUndefined();
    },
  );
});

describe("relations", () => {
  it("compares without ASCII case only (RFC 4343)", () => {
    expect(name("A.eXample").equals(name("a.ExAMPLE"))).toBe(true);
    expect(name("A.eXample").key).toBe(name("a.ExAMPLE").key);
    expect(name("\\192.a").equals(name("\\224.a"))).toBe(false);
    expect(name("\\064").equals(name("\\096"))).toBe(false);
    expect(name("a.b").equals(name("a\\.b"))).toBe(false);
  });

  it.each([
    ["www.example.org", "example.org", true],
    ["example.org", "EXAMPLE.org", true],
    ["example.org", ".", true],
    ["org", "example.org", false],
    ["badexample.org", "example.org", false],
    ["\\007example.org", "example.org", false],
    ["a\\007example\\003org", "example.org", false],
  ])("%s is at or below %s: %s", (child, ancestor, expected) => {
    expect(name(child).isSubdomainOf(name(ancestor))).toBe(expected);
  });

  it("walks to parents, labels and ancestors", () => {
    const full = name("a.bc.def");
    expect(full.parent()?.toString()).toBe("bc.def.");
    expect(Name.root.parent()).toBeUndefined();
    expect(full.labels().map(toHex)).toEqual(["61", "6263", "646566"]);
    expect(toHex(full.label(1))).toBe("6263");
    expect(full.slice(0)).toBe(full);
    expect(full.slice(2).toString()).toBe("def.");
    expect(full.slice(2).labelCount).toBe(1);
    expect(full.slice(3)).toBe(Name.root);
    expect(() => full.slice(4)).toThrow(RangeError);
    expect(() => full.label(3)).toThrow(RangeError);
    expect(full.countCommonLabels(name("x.BC.def"))).toBe(2);
    expect(full.countCommonLabels(name("x"))).toBe(0);
    expect(full.toLowerCase().equals(full)).toBe(true);
    expect(Name.root.toLowerCase()).toBe(Name.root);
    expect([Name.root.isRoot, full.isRoot]).toEqual([true, false]);
  });

  it("prepends labels within the limits", () => {
    expect(name("b").prepend(hex("61"))?.toString()).toBe("a.b.");
    expect(name("b").prepend(new Uint8Array(0))).toBeUndefined();
    expect(name("b").prepend(new Uint8Array(64))).toBeUndefined();
    expect(name(octets254).prepend(hex("61"))).toBeUndefined();
  });

  it("replaces suffixes as a DNAME does (RFC 6672 section 2.2)", () => {
    const replaced = name("Foo.bar.example.org").replaceSuffix(name("EXAMPLE.org"), name("test"));
    expect(replaced?.toString()).toBe("Foo.bar.test.");
    expect(replaced?.labelCount).toBe(3);
    expect(name("a.b").replaceSuffix(name("b"), Name.root)?.toString()).toBe("a.");
    expect(name("b").replaceSuffix(name("b"), name("c"))?.toString()).toBe("c.");
    expect(name("a.b").replaceSuffix(name("c"), name("d"))).toBeUndefined();
    expect(name("aa.b").replaceSuffix(name("b"), name(octets254))).toBeUndefined();
  });

  it("tells wildcards (RFC 4592 section 2.1.1)", () => {
    expect(name("*.a").isWildcard).toBe(true);
    expect(name("\\042.a").isWildcard).toBe(true);
    expect(name("**.a").isWildcard).toBe(false);
    expect(name("a.*").isWildcard).toBe(false);
  });
});

describe("Name.compare", () => {
  it("sorts as the example of RFC 4034 section 6.1", () => {
    const sorted = [
      "example",
      "a.example",
      "yljkjljk.a.example",
      "Z.a.example",
      "zABC.a.EXAMPLE",
      "z.example",
    ].concat(["\\001.z.example", "*.z.example", "\\200.z.example"]);
    const names = sorted.map((text) => name(text));
    expect(names.toReversed().sort(Name.compare)).toEqual(names);
  });

  it("is an order that agrees with equals and key", () => {
    fc.assert(
      fc.property(anyName, anyName, anyName, (a, b, c) => {
        expect(Math.sign(Name.compare(a, b)) + Math.sign(Name.compare(b, a))).toBe(0);
        expect(Name.compare(a, b) === 0).toBe(a.equals(b));
        expect(a.key === b.key).toBe(a.equals(b));
        if (Name.compare(a, b) < 0 && Name.compare(b, c) < 0) expect(Name.compare(a, c)).toBeLessThan(0);
      }),
    );
  });
});
