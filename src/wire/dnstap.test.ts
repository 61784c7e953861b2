// dnstap and Frame Streams, octet by octet, and what a hostile collector may send. Readers that are not our own try them in
// test/platform/watch.test.ts.

import { describe, expect, test } from "vitest";
import { DnstapTransport, DnstapType, encodeDnstap } from "./dnstap.ts";
import { hex as fromHex } from "./testing.ts";
import { ControlFrame, controlFrame, ControlFrameReader, dataFrame } from "./frame-streams.ts";

const hex = (octets: Uint8Array): string =>
  [...octets].map((octet) => octet.toString(16).padStart(2, "0")).join("");

describe("encodeDnstap", () => {
  test("writes the fields of dnstap.proto", () => {
    const octets = encodeDnstap(
      {
        type: DnstapType.AUTH_RESPONSE,
        transport: DnstapTransport.TCP,
        queryAddress: Uint8Array.of(192, 0, 2, 1),
        queryPort: 300,
        responseAddress: Uint8Array.of(192, 0, 2, 53),
        responsePort: 53,
        askedAt: 1_700_000_000_500,
        answeredAt: 1_700_000_000_501.25,
        query: Uint8Array.of(1, 2),
        response: Uint8Array.of(3),
      },
      { identity: "me", version: "v" },
    );
    const message = [
      "0802", // AUTH_RESPONSE
      "1001", // INET
      "1802", // TCP
      "2204c0000201",
      "2a04c0000235",
      "30ac02", // 300
      "3835", // 53
      "4080e2cfaa06", // 1,700,000,000
      "4d0065cd1d", // 500,000,000 ns
      "52020102",
      "6080e2cfaa06",
      "6dd077e01d", // 501,250,000 ns
      "720103",
    ].join("");
    const length = (message.length / 2).toString(16);
    expect(hex(octets)).toBe(`0a026d6512017672${length}${message}7801`);
  });

  test("leaves out what is not known, and takes IPv6 and long messages", () => {
    const octets = encodeDnstap(
      {
        type: DnstapType.CLIENT_QUERY,
        transport: DnstapTransport.UDP,
        queryAddress: new Uint8Array(16).fill(1),
        queryPort: 1,
        askedAt: 0,
        query: new Uint8Array(5000).fill(7),
      },
      { identity: "", version: "v" },
    );
    const text = hex(octets);
    expect(text.startsWith("12017672")).toBe(true);
    expect(text).toContain("1002"); // INET6
    expect(text).toContain(`528827${"07".repeat(5000)}`);
    expect(text.endsWith("7801")).toBe(true);
  });
});

describe("Frame Streams", () => {
  test("frames and control frames", () => {
    expect(hex(dataFrame(Uint8Array.of(9, 8)))).toBe("000000020908");
    expect(hex(controlFrame(ControlFrame.STOP))).toBe("000000000000000400000003");
    expect(hex(controlFrame(ControlFrame.READY, "ab"))).toBe("000000000000000e0000000400000001000000026162");
  });

  test("reads control frames that come in pieces", () => {
    const octets = Uint8Array.of(
      ...controlFrame(ControlFrame.ACCEPT, "x"),
      ...controlFrame(ControlFrame.FINISH),
    );
    const reader = new ControlFrameReader();
    const types = [...octets].map((octet) => reader.push(Uint8Array.of(octet)));
    expect(types.flat()).toEqual([ControlFrame.ACCEPT, ControlFrame.FINISH]);
    expect(new ControlFrameReader().push(octets)).toEqual([ControlFrame.ACCEPT, ControlFrame.FINISH]);
  });

  test.each([
    ["data from a collector", "00000005aabbccddee"],
    ["a control frame of more than 512 octets", "0000000000000201"],
    ["a control frame of 4 GiB", "00000000ffffffff"],
    ["a control frame without a type", "0000000000000003000000"],
  ])("is no stream any more with %s", (_, text) => {
    expect(new ControlFrameReader().push(fromHex(text))).toBeUndefined();
  });
});
