// Where the engines of name servers are made, apart from those of the other roles (make-engines.ts): a name server that stands alone and the threads of
// one are up without loading these.

import {
  AnswerEngine,
  type AnswerEngineOptions,
  AnswerStreamEngine,
  type AnswerFailure,
  type ResponseRateOptions,
  ResponseRates,
  type Transactions,
} from "#answer";
import type { Counters } from "#contract";
import { hashedLabel, OnlineSigner } from "#dnssec";
import { formatAddress, type Random } from "#engine";
import { applyObjects, type PolicyBoard, PolicyBoardWriter, ZoneImage, type ZoneReader } from "#zone";
import { applyZoneKeys, openZoneKeys, type OpenZoneKey, type UnusableZoneKey } from "./online-keys.ts";
import type { ListenerGroup } from "./profile.ts";
import type { EnginePorts, RoleEngines } from "./role-engines.ts";

/** The engines of one listener group. */
export interface GroupEngines {
  readonly group: string;
  /** For each UDP listener of the group. */
  readonly datagram: AnswerEngine;
  /** For all TCP listeners of the group. */
  readonly stream: AnswerStreamEngine;
  /** For all listeners of the group behind TLS. */
  readonly tls: AnswerStreamEngine;
}

/** The engines of the names role: all groups answer from the same zones, each from its own among them. */
export interface NamesEngines extends RoleEngines {
  readonly groups: readonly GroupEngines[];
}

/** What the engines of the names role tell besides answering. */
export type NamesPorts = Pick<EnginePorts, "report"> & {
  /** Octets to reserve for zones (`zone-room.ts`); absent: as many as a test needs. */
  readonly room?: number;
  readonly onFailure?: (failure: AnswerFailure) => void;
  /** 16 octets that DNS cookies come of; absent: there are none. */
  readonly cookieSecret?: Uint8Array;
  /** How often the same answer is sent to a network over UDP; absent: any number of times. */
  readonly rates?: ResponseRateOptions;
  /** What sets are chosen by where names have several; absent: the default is given. */
  readonly policies?: NonNullable<AnswerEngineOptions["policies"]>;
  /** Takes transfers, NOTIFY, UPDATE and what is signed; absent: they are refused. */
  readonly transactions?: Transactions;
  /** Signs for zones with compact denial; absent: there are none. */
  readonly signing?: OnlineSigner;
  /** Opens the keys of such zones; absent: there is nothing to open them with. */
  readonly openZoneKey?: OpenZoneKey;
  readonly onUnusableKey?: UnusableZoneKey;
  /** Makes what transfers the zones; absent: nothing does. */
  readonly transfers?: (
    zones: ZoneImage,
    signing: OnlineSigner,
    board: PolicyBoard,
  ) => {
    readonly zones: Pick<ZoneImage, "apply">;
    readonly transactions: Transactions;
    counters(): Counters;
  };
};

/** Makes the engines of the names role. */
export function makeNamesEngines(
  groups: readonly ListenerGroup[],
  {
    random,
    ...ports
  }: Omit<NamesPorts, "policies"> & {
    /** Chance for policies; absent: the default of several sets is given. */
    readonly random?: Random;
  },
): NamesEngines {
  const zones = new ZoneImage(ports.room);
  const signing = new OnlineSigner();
  const board = new PolicyBoardWriter();
  const transfers = ports.transfers?.(zones, signing, board);
  const { openZoneKey = noDataKey, onUnusableKey = () => {} } = ports;
  const made = makeGroupEngines(zones, groups, {
    ...ports,
    signing,
    ...(random ? { policies: { board, random } } : {}),
    ...(transfers ? { transactions: transfers.transactions } : {}),
  });
  const table = transfers?.zones ?? zones;
  return {
    groups: made,
    apply: (change) => {
      const keys = openZoneKeys(change, openZoneKey, onUnusableKey);
      applyObjects(change, table, board);
      if (keys) applyZoneKeys(signing, keys);
    },
    counters: () => ({ ...countGroups(made), ...signing.counters(), ...transfers?.counters() }),
  };
}

/** Where there is nothing to open keys with. */
const noDataKey: OpenZoneKey = () => {
  throw new RangeError("there is no data key");
};

/** Makes engines that answer from zones which somebody else changes. */
export function makeGroupEngines(
  zones: ZoneReader,
  groups: readonly ListenerGroup[],
  ports: NamesPorts,
): readonly GroupEngines[] {
  const rates = ports.rates && new ResponseRates(ports.rates);
  return groups.map(({ group, hosts }): GroupEngines => {
    const names = new Map(
      hosts.flatMap((host) => host.addresses.map((address) => [address, host.name] as const)),
    );
    const datagram = new AnswerEngine({
      zones,
      group,
      hashName: hashedLabel,
      ...(ports.signing ? { signing: ports.signing } : {}),
      hop: group === "root" ? "root" : group === "tlds" ? "tld" : "name-servers",
      serverName: (to) => names.get(formatAddress(to.address)),
      report: ports.report,
      ...(ports.onFailure ? { onFailure: ports.onFailure } : {}),
      ...(ports.cookieSecret ? { cookieSecret: ports.cookieSecret } : {}),
      ...(rates ? { rates } : {}),
      ...(ports.policies ? { policies: ports.policies } : {}),
      ...(ports.transactions ? { transactions: ports.transactions } : {}),
    });
    return {
      group,
      datagram,
      stream: new AnswerStreamEngine({ engine: datagram }),
      tls: new AnswerStreamEngine({ engine: datagram, transport: "tls" }),
    };
  });
}

/** What engines have done so far, by name and group. */
export function countGroups(engines: readonly GroupEngines[]): Counters {
  return Object.assign(
    {},
    ...engines.map(({ datagram, stream, tls }) => ({
      ...datagram.counters(),
      ...stream.counters(),
      ...tls.counters(),
    })),
  ) as Counters;
}
