import { expect, test } from "vitest";
import { ConnectionShares, clientOf } from "./connection-shares.ts";
import { endpoint } from "./endpoint.ts";

const at = (text: string): Uint8Array => endpoint(text, 0).address;

test("an address is a client, of IPv6 a /64", () => {
  expect([clientOf(at("192.0.2.1")), clientOf(at("::ffff:192.0.2.1"))]).toEqual(["192.0.2.1", "192.0.2.1"]);
  expect(clientOf(at("2001:db8::1"))).toBe(clientOf(at("2001:db8::ffff:1:2:3")));
  expect(clientOf(at("2001:db8:0:1::1"))).not.toBe(clientOf(at("2001:db8::1")));
});

test("a client has no more than its share, however many addresses of its network it has", () => {
  const shares = new ConnectionShares<number>(10, 2);
  const admitted = [1, 2, 3].map((n) => shares.admit(n, at(`2001:db8::${n}`)).isAdmitted);
  expect([admitted, shares.size]).toEqual([[true, true, false], 2]);
  shares.release(1);
  shares.release(1);
  expect(shares.admit(4, at("2001:db8::4")).isAdmitted).toBe(true);
});

test("where all are taken, who has most gives the oldest up for who has fewer; among equals nobody does", () => {
  const shares = new ConnectionShares<string>(6, 4);
  for (const name of ["a1", "a2", "a3", "a4"]) shares.admit(name, at("192.0.2.1"));
  for (const name of ["b1", "b2"]) shares.admit(name, at("192.0.2.2"));
  expect(shares.admit("c1", at("192.0.2.3"))).toEqual({ isAdmitted: true, instead: "a1" });
  expect(shares.admit("c2", at("192.0.2.3"))).toEqual({ isAdmitted: true, instead: "a2" });
  expect(shares.admit("c3", at("192.0.2.3"))).toEqual({ isAdmitted: false });
  expect(shares.admit("d1", at("192.0.2.4"))).toEqual({ isAdmitted: true, instead: "a3" });
  expect(shares.size).toBe(6);
  for (const name of ["a4", "b1", "b2", "c1", "c2", "d1"]) shares.release(name);
  expect(shares.size).toBe(0);
});
