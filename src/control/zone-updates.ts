// DNS UPDATE of zones that control keeps (RFC 2136): name servers tell of messages whose signature they have verified; what the key may change is looked at
// here, a change is made of it, and the response code goes back behind the change itself, so that whoever hears it finds the zone as it is now.
//
// Updates of one key follow one another, and between two of them there is room for what else is to be done: a key that sends many large ones waits for
// itself, and people and other keys wait for one of them at most.
//
// What an update was answered is remembered for as long as its signature is good, so that one that comes again, because its answer was lost, or a name server
// started anew, or somebody has recorded it, is not done again (RFC 8945 section 5.2.3). An update that changed something is recorded with its change, and is
// known over a restart of control too; of one that changed nothing that is not known then, and it is decided anew.

import { PlatformError, type UpdateReport, type UpdateVerdict } from "#contract";
import { decodeMessage, ExtendedError, Name, parseBase64, Rcode } from "#wire";
import { type DoneUpdate, UpdateMemory, type UpdateScope } from "#zone";
import type { Principal } from "./access/principal.ts";
import type { ZoneUpdateRule } from "./config.ts";
import type { ZoneUpdate } from "./plan-update.ts";
import type { Clock, Log } from "./ports.ts";
import type { RoleHub } from "./role-hub.ts";

/** Updates that wait for their turn, at most; more are told to come again. */
const maxWaiting = 256;
/** Milliseconds that a name server may take to hear a response code. */
const tellMs = 5000;
/** Characters of a reason that fit beside an answer. */
const maxNoteCharacters = 300;

/** What updates work with. */
export interface ZoneUpdatesOptions {
  readonly hub: RoleHub;
  readonly log: Log;
  readonly rules: readonly ZoneUpdateRule[];
  readonly clock: Pick<Clock, "wall">;
  /** Updates that changes were made of, also long ago. */
  readonly recorded: Iterable<DoneUpdate>;
  /** Makes the change; gives the response code. */
  readonly apply: (update: ZoneUpdate, by: Principal) => Promise<number>;
}

/** What an update is answered, and is answered again where it comes again. */
type UpdateResult = Pick<UpdateVerdict, "rcode" | "note">;

/** See the head of this file. */
export class ZoneUpdates {
  readonly #options: ZoneUpdatesOptions;
  #waiting = 0;
  /** The last update of each key that has some under way. */
  readonly #turns = new Map<string, Promise<UpdateResult>>();
  readonly #memory = new UpdateMemory<UpdateResult>();

  constructor(options: ZoneUpdatesOptions) {
    this.#options = options;
    const now = this.#seconds();
    const good = Array.from(options.recorded).filter(({ until }) => until >= now);
    good.sort((a, b) => a.signedAt - b.signedAt);
    for (const one of good) this.#memory.keep(one.key, one, { rcode: Rcode.NOERROR }, now);
  }

  #seconds(): number {
    return Math.floor(this.#options.clock.wall() / 1000);
  }

  /** Takes what a name server tells. */
  async take(report: UpdateReport): Promise<void> {
    const { id, zone, key, from } = report;
    const { hub, log } = this.#options;
    let verdict: UpdateResult;
    if (this.#waiting >= maxWaiting) verdict = failure("too many updates wait: send it again in a moment");
    else {
      this.#waiting++;
      verdict = await this.#inTurn(report).finally(() => this.#waiting--);
    }
    log.info({ zone, key, from, rcode: verdict.rcode, why: verdict.note?.text }, "an update came");
    try {
      await hub.ask("names", { ask: "updated", id, ...verdict }, tellMs);
    } catch {
      // It left: who has sent the update sends it again, and finds it done.
    }
  }

  async #inTurn(report: UpdateReport): Promise<UpdateResult> {
    const { key } = report;
    const before = this.#turns.get(key);
    const own = this.#follow(before, report);
    this.#turns.set(key, own);
    const verdict = await own;
    if (this.#turns.get(key) === own) this.#turns.delete(key);
    return verdict;
  }

  async #follow(before: Promise<UpdateResult> | undefined, report: UpdateReport): Promise<UpdateResult> {
    if (before) {
      await before;
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { key, mark } = report;
    const known = mark && this.#memory.find(key, mark);
    if (known === "stale") return failure("it may be done already: sign it anew");
    if (known) return known;
    const verdict = await this.#decide(report);
    // One that could not be decided may come again.
    if (mark && verdict.rcode !== Rcode.SERVFAIL) this.#memory.keep(key, mark, verdict, this.#seconds());
    return verdict;
  }

  async #decide({ zone, key, message, mark }: UpdateReport): Promise<UpdateResult> {
    const { rules, apply, log } = this.#options;
    const own = rules.filter((rule) => rule.zone === zone && rule.key === key);
    if (own.length === 0) return refusal(`key ${key} may not change this zone`);
    const octets = parseBase64(message);
    const decoded = octets && decodeMessage(octets);
    if (decoded?.ok !== true) return { rcode: Rcode.FORMERR };
    try {
      const recorded = mark ? { recorded: { key, ...mark } } : {};
      const update = { zone, message: decoded.value, scopes: own.map(scopeOf), ...recorded };
      const rcode = await apply(update, principalOf(key, zone));
      return rcode === Rcode.REFUSED ? refusal(`key ${key} may not change all of that`) : { rcode };
    } catch (error) {
      if (error instanceof PlatformError) return verdictOf(error);
      log.error({ error, zone, key }, "an update could not be made a change");
      return failure("it failed: the log of control says why");
    }
  }
}

/** Who changes something by a key: nothing but records of its zone. */
function principalOf(key: string, zone: string): Principal {
  const name = key.replace(/\.$/, "");
  return { kind: "key", id: `tsig/${name}`, name, actor: `tsig:${name}`, role: "operator", zones: [zone] };
}

function scopeOf({ below, types }: ZoneUpdateRule): UpdateScope {
  return {
    ...(below ? { below: below.map(nameOf) } : {}),
    ...(types ? { types } : {}),
  };
}

function nameOf(text: string): Name {
  const parsed = Name.parse(text);
  if (!parsed.ok) throw new RangeError(`Cannot read name "${text}"`);
  return parsed.value;
}

function refusal(text: string): UpdateResult {
  return { rcode: Rcode.REFUSED, note: noteOf(ExtendedError.PROHIBITED, text) };
}

function failure(text: string): UpdateResult {
  return { rcode: Rcode.SERVFAIL, note: noteOf(ExtendedError.NOT_READY, text) };
}

/** What a rule of the platform's says, as DNS says it. */
function verdictOf({ code, row, message }: PlatformError): UpdateResult {
  if (code === "zone-not-found") return { rcode: Rcode.NOTAUTH };
  return row.kind === "Service" || code === "change-conflict" ? failure(message) : refusal(message);
}

function noteOf(code: number, text: string): NonNullable<UpdateResult["note"]> {
  return { code, text: text.slice(0, maxNoteCharacters) };
}
