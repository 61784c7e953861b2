// change-rrsets: RRsets of one zone, as one change with one undo. Each may say what it was when it was edited: where it is another one
// now, nothing is changed, and the refusal has both sides. What is as it is to be already is left as it is, whoever made it so.

import { PlatformError, type Command, type RrsetChange, type RrsetConflict } from "#contract";
import { typeName } from "#wire";
import { rrsetKeyOf, type RrsetFact } from "./facts.ts";
import { checkTtl, readRecordText, shown } from "./names.ts";
import { entriesFor, findZone, putRrset, readPlace, readValue } from "./plan-rrset.ts";
import type { CommandOutline, PlanContext, Plans } from "./plan-context.ts";
import { defaultTtl } from "./publish.ts";
import { isSameSet, readHealth, readPolicy } from "./policies/read-set.ts";
import { conflictAt, contentOf, isSameContent, refuseConflicts } from "./rrset-conflicts.ts";

/** RDATA in the form of facts, with its TTL. */
interface Content {
  readonly ttl: number;
  readonly rdata: readonly string[];
}

/** One edit, read. */
interface Edit {
  readonly key: string;
  readonly place: Pick<RrsetFact, "zone" | "owner" | "type" | "setIdentifier">;
  readonly before: RrsetFact | undefined;
  /** What was seen: undefined where that was nothing; absent where nobody says. */
  readonly expected?: { readonly content: Content | undefined };
  readonly wanted: Content | undefined;
  /** By what it is chosen, and its health, as they are to be. */
  readonly set: Pick<RrsetFact, "policy" | "health">;
}

/** Plans the command of RRsets that are changed as one. */
export const rrsetChangePlans: Plans<"change-rrsets"> = { "change-rrsets": planChangeRrsets };

/** Changes RRsets as one. */
function planChangeRrsets(
  context: PlanContext,
  command: Extract<Command, { action: "change-rrsets" }>,
): CommandOutline {
  const { draft, state } = context;
  const { apex } = findZone(state, command.zone);
  const edits = new Map<string, Edit>();
  for (const one of command.edits) {
    const edit = readEdit(context, apex, one);
    if (edits.has(edit.key)) {
      throw new PlatformError(
        "input-malformed",
        `Cannot change ${nameOf(edit)}: they are edited twice in one change`,
      );
    }
    edits.set(edit.key, edit);
  }
  const left = [...edits.values()].filter((edit) => !isDone(edit));
  refuseConflicts(
    `Cannot change records of zone "${shown(apex)}"`,
    left.flatMap((edit) => conflictOf(context, edit)),
  );
  for (const edit of left) draftEdit(context, edit);
  if (draft.isEmpty) {
    throw new PlatformError(
      "input-malformed",
      `Cannot change records of zone "${shown(apex)}": all of them are as they are to be already`,
    );
  }
  draft.require("zone", apex);
  return {
    title: titleOf(left, apex),
    operationType: "UpdateDomainEntry",
    resourceName: shown(apex),
    resourceType: "Domain",
  };
}

function readEdit(context: PlanContext, apex: string, edit: RrsetChange): Edit {
  const at = readPlace(edit, apex);
  const { owner, type } = at;
  const place = { ...at, setIdentifier: edit.setIdentifier ?? "" };
  const key = rrsetKeyOf(place);
  const before = context.state.value("rrset", key);
  const { expected, put } = edit;
  const set = put
    ? {
        ...readPolicy(context, edit.policy, before, { zone: apex, owner }),
        ...readHealth(context, edit.health, before, owner),
      }
    : {};
  return {
    key,
    place,
    before,
    set,
    ...(expected === undefined
      ? {}
      : {
          expected: {
            content: expected
              ? {
                  ttl: expected.ttl,
                  rdata: expected.records.map((text) => readRecordText(type, text, owner, apex)),
                }
              : undefined,
          },
        }),
    wanted: put
      ? {
          ttl: checkTtl(put.ttl ?? before?.ttl ?? defaultTtl, owner),
          rdata: put.records.map((text) => readValue(context, type, text, owner, apex)),
        }
      : undefined,
  };
}

/** Whether an RRset is as it is to be. That one which was never there is deleted is a mistake where nobody saw that it was not. */
function isDone({ before, wanted, expected, set }: Edit): boolean {
  if (!before && !wanted) return expected !== undefined;
  if (wanted && !isSameSet(before, set)) return false;
  return isSameContent(before && contentIn(before), wanted);
}

function conflictOf({ state }: PlanContext, { key, place, before, expected, wanted }: Edit): RrsetConflict[] {
  if (!expected || isSameContent(before && contentIn(before), expected.content)) return [];
  const { type } = place;
  const shownContent = (content: Content | undefined): RrsetConflict["expected"] =>
    contentOf(
      content && { type, ttl: content.ttl, entries: content.rdata.map((rdata) => ({ id: "", rdata })) },
    );
  return [
    conflictAt(state, key, place, {
      expected: shownContent(expected.content),
      wanted: shownContent(wanted),
    }),
  ];
}

function draftEdit(context: PlanContext, edit: Edit): void {
  const { place, before, wanted } = edit;
  if (!before && !wanted)
    throw new PlatformError("record-not-found", `Cannot delete ${nameOf(edit)}: there are none`);
  const entries = wanted ? entriesFor(context, before, wanted.rdata) : [];
  const isSame =
    before &&
    isSameSet(before, edit.set) &&
    isSameContent({ ...contentIn(before), ttl: wanted?.ttl ?? 0 }, wanted);
  putRrset(context, {
    ...place,
    ttl: wanted?.ttl ?? 0,
    // Another TTL makes records nobody else's.
    origin: isSame ? before.origin : "user",
    ...edit.set,
    entries,
  });
}

function contentIn({ ttl, entries }: RrsetFact): Content {
  return { ttl, rdata: entries.map(({ rdata }) => rdata) };
}

function titleOf(edits: readonly Edit[], apex: string): string {
  const [first] = edits;
  if (!first || edits.length > 1) return `Change ${edits.length} record sets in ${shown(apex)}`;
  const { owner, type } = first.place;
  return `${first.wanted ? (first.before ? "Change" : "Add") : "Delete"} ${typeName(type)} records at ${shown(owner)}`;
}

function nameOf({ place }: Pick<Edit, "place">): string {
  const set = place.setIdentifier === "" ? "" : ` (set "${place.setIdentifier}")`;
  return `${typeName(place.type)} records at "${shown(place.owner)}"${set}`;
}
