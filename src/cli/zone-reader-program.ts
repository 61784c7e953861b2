// The thread that reads zone files ahead (zones-ahead.ts): one file after the other, in the order in which they are put. It ends at the first that is not as
// it should be: who puts them reads that one by itself, and says why.

import { workerData } from "node:worker_threads";
import { withZoneFile } from "#server/zone-file-source";
import { parseZoneFileOctets } from "#wire";
import { readZonePart } from "./peer-values.ts";
import { zoneFileOptions } from "./read-zone-file.ts";
import { RecordSender } from "./record-relay.ts";

/** What the thread is started with. */
export interface ZoneReaderData {
  /** `NAME=FILE` a line. */
  readonly files: string;
  readonly relay: SharedArrayBuffer;
  /** The folder that compiled code is kept in. */
  readonly cache: string;
}

const { files, relay } = workerData as ZoneReaderData;
const sender = new RecordSender(relay);
for (const given of files.split("\n")) {
  const isGood = isRead(given);
  sender.endFile(isGood);
  if (!isGood) break;
}
sender.flush();

/** Sends the records of a file. Tells whether it is as it should be. */
function isRead(given: string): boolean {
  try {
    const { zone, rest: path } = readZonePart(given);
    let isGood = false;
    withZoneFile(path, (text) => {
      const options = { ...zoneFileOptions(path, zone), stopAtFirstError: true };
      isGood = zone !== undefined && parseZoneFileOctets(text, options, sender.put).length === 0;
    });
    return isGood;
  } catch {
    return false; // said by who reads it next
  }
}
