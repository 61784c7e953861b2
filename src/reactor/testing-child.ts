// A role for the listeners' test: serves UDP on descriptor 3 and TCP on descriptor 4, and answers with its process id.
// Arguments: the address and the two ports. Says "ready" once it serves.

import type { Effects } from "#engine";
import { NodeDriver } from "./node-driver.ts";

const [address = "", udpPort, tcpPort] = process.argv.slice(2);
const answer = new TextEncoder().encode(`${process.pid} `);
const driver = new NodeDriver();
await driver.attachDatagram(
  {
    handle(input, length, _from, _to, output, at) {
      output.set(answer, at);
      output.set(input.subarray(0, length), at + answer.length);
      return answer.length + length;
    },
  },
  { transport: "udp", address, port: Number(udpPort), fd: 3 },
);
let effects: Effects | undefined;
await driver.attach(
  {
    start: (given) => void (effects = given),
    accepted() {},
    received(slot, input, length) {
      effects?.write(slot, answer);
      effects?.write(slot, input.subarray(0, length));
      effects?.end(slot);
    },
  },
  [{ transport: "tcp", address, port: Number(tcpPort), fd: 4 }],
);
process.stdout.write("ready\n");
