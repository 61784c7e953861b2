// The sets of one name and type that a routing policy chooses from, all in one form: made, changed and taken away as one change with one plan and
// one undo. What stands at the name by itself becomes one of them. It is planned as a change of its own, and not staged with others.

import { useEffect, useRef, useState } from "react";
import { EllipsisVertical, Info, Plus, TriangleAlert } from "lucide-react";
import type { PolicyKind, Rrset } from "#contract";
import { usePlan } from "../../commands/plan-context.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog, Menu } from "../../parts/dialog.tsx";
import { SelectField, TextField } from "../../parts/field.tsx";
import { counted, span } from "../../text/quantities.ts";
import { visible } from "../../text/visible.ts";
import { fullName } from "./add-record.tsx";
import { readTtl } from "./edits.ts";
import {
  commandOf,
  draftOf,
  isGood,
  lintOf,
  newDraft,
  newSet,
  plainCommandOf,
  shareOf,
  type PolicyDraft,
  type SetDraft,
} from "./policy-draft.ts";
import { blockerOf, seenOf, usePlaces, useRefused, useThere, type There } from "./policy-place.ts";
import { isEditable, keyOf } from "./record-model.ts";
import type { RecordSource } from "./record-source.ts";
import { SetFields } from "./set-fields.tsx";
import { useSetHealth } from "./set-health.ts";

const kinds: readonly { readonly value: PolicyKind; readonly label: string; readonly about: string }[] = [
  { value: "weighted", label: "By weight", about: "Each in proportion to its weight" },
  { value: "failover", label: "Failover", about: "The primary while it is healthy, then the secondary" },
  { value: "multivalue", label: "Several together", about: "Up to eight healthy values in one answer" },
  { value: "nearest", label: "By place", about: "The one nearest to where the client’s network is" },
];

/** Types that are offered; others can be typed. */
const usualTypes = ["A", "AAAA", "CNAME", "MX", "TXT", "SRV", "HTTPS"] as const;

/** What the dialog is opened for. */
export interface PolicyTarget {
  /** Without final dot; absent: it is typed. */
  readonly name?: string;
  readonly type?: string;
  /** The set that is looked at; an empty one: a new one beside the others. */
  readonly set?: string;
}

/** The dialog. */
export function PolicyDialog({
  zone,
  target,
  source,
  onClose,
}: {
  readonly zone: string;
  readonly target: PolicyTarget;
  readonly source: RecordSource;
  readonly onClose: () => void;
}) {
  const [typed, setTyped] = useState("");
  const [type, setType] = useState(target.type ?? "A");
  const name = target.name ?? fullName(typed, zone);
  const there = useThere(source, zone, name, type);
  return (
    <Form
      zone={zone}
      name={name}
      type={type}
      target={target}
      source={source}
      there={there}
      typed={typed}
      onTyped={setTyped}
      onType={setType}
      onClose={onClose}
    />
  );
}

function Form({
  zone,
  name,
  type,
  target,
  source,
  there,
  typed,
  onTyped,
  onType,
  onClose,
}: {
  readonly zone: string;
  readonly name: string;
  readonly type: string;
  readonly target: PolicyTarget;
  readonly source: RecordSource;
  readonly there: There | undefined;
  readonly typed: string;
  readonly onTyped: (text: string) => void;
  readonly onType: (type: string) => void;
  readonly onClose: () => void;
}) {
  const openPlan = usePlan();
  const isFixed = target.name !== undefined;
  const [draft, setDraft] = useState<PolicyDraft>(() => newDraft("weighted", 300));
  /** What stood there when the form was filled. */
  const [base, setBase] = useState<{ readonly key: string; readonly own: readonly Rrset[] }>();
  /** The values that the form was filled with. */
  const filled = useRef("");
  const [tries, setTries] = useState(0);
  const key = there && `${name} ${type} ${seenOf(there.own)}`;
  const fill = (own: readonly Rrset[]): void => {
    const sets = own.filter(({ policy }) => policy);
    const plain = own.find((rrset) => !rrset.policy && isEditable(rrset));
    const values = plain?.entries.map(({ data }) => data).join("\n") ?? "";
    // As they are now: where React is busy, it computes the draft only once this has run.
    const last = filled.current;
    filled.current = values;
    if (sets.length > 0) {
      const found = draftOf(sets);
      const isMore = target.set === "" && base === undefined;
      setDraft(isMore ? { ...found, sets: [...found.sets, newSet(found.kind, found.sets)] } : found);
    } else
      setDraft((before) =>
        before.sets.some((one) => one.before) || isUntouched(before, last)
          ? newDraft(before.kind, plain?.ttl ?? 300, values)
          : before,
      );
  };
  // What stands there is what the form begins with. Of a name that is typed, each time that it is another.
  useEffect(() => {
    if (!there || key === undefined || base?.key === key || (isFixed && base)) return;
    fill(there.own);
    setBase({ key, own: there.own });
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [there, key]);
  const own = base?.own ?? [];
  const sets = own.filter(({ policy }) => policy);
  const plain = own.find(({ policy }) => !policy);
  const isOther = isFixed && base !== undefined && key !== undefined && base.key !== key;

  const refused = useRefused(source, type, draft.sets);
  const lint = lintOf(draft, type, refused);
  const blocker = blockerOf(there, name, type);
  const command =
    there && base && isGood(lint) && blocker === undefined
      ? commandOf({ zone, name, type }, draft, own)
      : undefined;
  const health = useSetHealth(sets.some((one) => one.health));
  const places = usePlaces(draft.kind === "nearest");
  const ttl = readTtl(draft.ttl);
  const change = (row: number, edit: Partial<SetDraft>): void =>
    setDraft((before) => ({
      ...before,
      sets: before.sets.map((one) => (one.row === row ? { ...one, ...edit } : one)),
    }));
  const choose = (kind: PolicyKind): void =>
    setDraft((before) => ({
      ...before,
      kind,
      sets: before.sets.map((one, i) =>
        kind !== "failover" || one.before?.policy?.kind === "failover"
          ? one
          : {
              ...one,
              role: i === 0 ? "primary" : "secondary",
              id: one.id === "" && i < 2 ? (i === 0 ? "primary" : "secondary") : one.id,
            },
      ),
    }));
  const review = (): void => {
    setTries((before) => before + 1);
    if (!command) return;
    onClose();
    openPlan(command, {
      verb: sets.length > 0 ? "Change the policy" : "Make the policy",
      isDangerous: command.action === "delete-rrset",
    });
  };
  const isNothing = isGood(lint) && blocker === undefined && there !== undefined && command === undefined;
  return (
    <Dialog
      isOpen
      isWide
      onClose={onClose}
      title={isFixed ? `Routing policy of ${visible(name)} ${type}` : "Routing policy"}
      about={
        isFixed
          ? undefined
          : "Several sets of records at one name, of which the name servers choose one for each answer: by health, weight, or place."
      }
      actions={
        <>
          {sets.length > 0 && (
            <span className="mr-auto">
              <Menu
                trigger={<Button icon={<EllipsisVertical size={16} aria-hidden />}>Take away</Button>}
                choices={[
                  ...sets.slice(0, 10).map((one) => ({
                    label: `Keep ${visible(one.setIdentifier)} alone, without a policy …`,
                    onChoose: () => {
                      onClose();
                      openPlan(
                        plainCommandOf({ zone, name, type }, own, {
                          ttl: one.ttl,
                          records: one.entries.map(({ data }) => data),
                        }),
                        { verb: "Take the policy away", isDangerous: true },
                      );
                    },
                  })),
                  "line",
                  {
                    label: `Delete all ${counted(sets.length, "set")} …`,
                    isDangerous: true,
                    onChoose: () => {
                      onClose();
                      openPlan(
                        { action: "delete-rrset", zone, name: `${name}.`, type },
                        { verb: "Delete all sets", isDangerous: true },
                      );
                    },
                  },
                ]}
              />
            </span>
          )}
          <Button onClick={onClose}>Cancel</Button>
          <Button
            purpose="primary"
            type="submit"
            form="routing-policy"
            disabled={there === undefined || blocker !== undefined || isNothing || isOther}
          >
            Review the plan
          </Button>
        </>
      }
    >
      <form
        id="routing-policy"
        noValidate
        className="flex flex-col gap-4 pt-1"
        onSubmit={(event) => {
          event.preventDefault();
          review();
        }}
      >
        {!isFixed && (
          <div className="grid gap-4 sm:grid-cols-[9rem_minmax(0,1fr)]">
            <SelectField
              label="Type"
              value={type}
              options={usualTypes.map((value) => ({ value: value as string, label: value }))}
              onChange={onType}
            />
            <TextField
              label="Name"
              value={typed}
              placeholder="@"
              suffix={`.${zone}`}
              autoComplete="off"
              autoFocus
              spellCheck={false}
              onChange={({ target: field }) => onTyped(field.value.trim().toLowerCase())}
            />
          </div>
        )}
        {blocker !== undefined ? (
          <p role="alert" className="rounded-lg bg-warn-soft p-3 text-warn">
            {visible(blocker)}
          </p>
        ) : (
          plain && (
            <p className="rounded-lg bg-accent-soft p-3">
              {visible(name)} has {counted(plain.entries.length, `${type} record`)} without a policy. What
              stands there becomes the first set, and is given to nobody by itself any more.
            </p>
          )
        )}
        {isOther && there && (
          <div
            role="alert"
            className="flex flex-wrap items-center gap-2 rounded-lg bg-warn-soft p-3 text-warn"
          >
            <span>Somebody has changed these records meanwhile.</span>
            <Button
              size="small"
              onClick={() => {
                fill(there.own);
                setBase({ key: key, own: there.own });
              }}
            >
              Begin anew with what stands there now
            </Button>
          </div>
        )}
        <div className="grid gap-4 sm:grid-cols-[minmax(0,1fr)_8rem]">
          <SelectField
            label="Chosen"
            value={draft.kind}
            options={kinds}
            hint={kinds.find(({ value }) => value === draft.kind)?.about}
            onChange={choose}
          />
          <TextField
            label="TTL"
            value={draft.ttl}
            hint={ttl === undefined ? undefined : span(ttl)}
            problem={ttl === undefined ? "Seconds, or 5m, 1h, 2d" : undefined}
            onChange={({ target: field }) => setDraft((before) => ({ ...before, ttl: field.value }))}
          />
        </div>
        <ul className="flex flex-col gap-3">
          {draft.sets.map((set, i) => (
            <li key={set.row}>
              <SetFields
                set={set}
                number={i + 1}
                kind={draft.kind}
                type={type}
                problems={lint.sets.get(set.row) ?? {}}
                isTold={tries > 0}
                share={shareOf(set, draft)}
                places={places}
                health={set.before && health.get(keyOf(set.before))}
                hasFocus={
                  isFixed && (target.set === "" ? !set.before && i === sets.length : set.id === target.set)
                }
                onChange={(edit) => change(set.row, edit)}
                onRemove={
                  draft.sets.length > 1
                    ? () =>
                        setDraft((before) => ({
                          ...before,
                          sets: before.sets.filter(({ row }) => row !== set.row),
                        }))
                    : undefined
                }
              />
            </li>
          ))}
        </ul>
        <div>
          <Button
            size="small"
            icon={<Plus size={15} aria-hidden />}
            disabled={draft.kind === "failover" && draft.sets.length >= 2}
            onClick={() =>
              setDraft((before) => ({ ...before, sets: [...before.sets, newSet(before.kind, before.sets)] }))
            }
          >
            Add a set
          </Button>
        </div>
        <div aria-live="polite" className="flex flex-col gap-2">
          {lint.problems.map((text) => (
            <p key={text} className="flex items-start gap-2 text-bad">
              <TriangleAlert size={17} className="mt-0.5 shrink-0" aria-hidden />
              {visible(text)}
            </p>
          ))}
          {lint.notes.map((text) => (
            <p key={text} className="flex items-start gap-2 text-soft">
              <Info size={17} className="mt-0.5 shrink-0" aria-hidden />
              {visible(text)}
            </p>
          ))}
          {tries > 0 && lint.sets.size > 0 && (
            <p className="text-bad">
              {counted(lint.sets.size, "set")} cannot be so: see what stands beside the fields.
            </p>
          )}
          {isNothing && <p className="text-soft">Nothing differs from what stands there.</p>}
        </div>
      </form>
    </Dialog>
  );
}

/** Whether nobody has typed anything of sets. @param filled  the values that the form was filled with */
function isUntouched({ sets }: PolicyDraft, filled: string): boolean {
  return sets.every(({ values, of }, i) => of === "" && values === (i === 0 ? filled : ""));
}
