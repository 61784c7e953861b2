// The form of a new record: its type first, then that type's fields alone, a sentence that says what will be answered, and what stands in its
// way while it is typed, with the way out as a button.

import { useEffect, useId, useMemo, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import type { Rrset, RrsetContent } from "#contract";
import { instancesQuery, loadBalancersQuery, staticIpsQuery } from "../../api/queries.ts";
import { Button } from "../../parts/button.tsx";
import { CopyButton, Value } from "../../parts/code.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { SelectField, TextField } from "../../parts/field.tsx";
import { span } from "../../text/quantities.ts";
import { visible } from "../../text/visible.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { addRecords, readTtl } from "./edits.ts";
import { plainForm, recordForms, type RecordForm } from "./record-types.ts";
import { keyOf } from "./record-model.ts";
import type { RecordSource } from "./record-source.ts";
import { stage, useStaged } from "./staging.ts";

const otherType = "other";

/** The dialog with the form. */
export function AddRecord({
  zone,
  source,
  isOpen,
  onClose,
}: {
  readonly zone: string;
  readonly source: RecordSource;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}) {
  const [chosen, setChosen] = useState("A");
  const [typed, setTyped] = useState("");
  const [name, setName] = useState("");
  const [ttl, setTtl] = useState("300");
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const isOther = chosen === otherType;
  const type = isOther ? typed.trim().toUpperCase() : chosen;
  const form = useMemo(
    () => recordForms.find((one) => one.type === chosen) ?? plainForm(type),
    [chosen, type],
  );
  const data = form.data({ ...initialOf(form), ...values });
  const full = fullName(name, zone);
  const seconds = readTtl(ttl);
  const problem = useProblem(source, type, data, isFilled(form, values));
  const there = useAt(source, zone, full);
  const clash = findClash(type, there);
  const canStage =
    problem === undefined && seconds !== undefined && isFilled(form, values) && type !== "" && !clash;

  const put = async (another: boolean): Promise<void> => {
    if (!canStage || seconds === undefined) return;
    await addRecords(source.ask, zone, [{ name: full, type, ttl: seconds, records: [data] }]);
    setValues({});
    if (!another) onClose();
  };
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title="Add a record"
      isWide
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button disabled={!canStage} onClick={() => void put(true)}>
            Stage, and another
          </Button>
          <Button purpose="primary" disabled={!canStage} type="submit" form="add-record">
            Stage
          </Button>
        </>
      }
    >
      <form
        id="add-record"
        className="flex flex-col gap-4 pt-1"
        onSubmit={(event) => {
          event.preventDefault();
          void put(false);
        }}
      >
        <div className="grid gap-4 sm:grid-cols-[11rem_minmax(0,1fr)_8rem]">
          <SelectField
            label="Type"
            value={chosen}
            options={[
              ...recordForms.map((one) => ({ value: one.type, label: one.type, about: one.about })),
              { value: otherType, label: "Another type", about: "In presentation format" },
            ]}
            onChange={(next) => {
              setChosen(next);
              setValues({});
            }}
          />
          <TextField
            label="Name"
            value={name}
            placeholder="@"
            suffix={`.${zone}`}
            autoComplete="off"
            spellCheck={false}
            hint={name.endsWith(`.${zone}`) ? "It ends with the zone’s name already" : undefined}
            onChange={({ target }) => setName(target.value.trim().toLowerCase())}
          />
          <TextField
            label="TTL"
            value={ttl}
            hint={seconds === undefined ? undefined : span(seconds)}
            problem={seconds === undefined ? "Seconds, or 5m, 1h, 2d" : undefined}
            onChange={({ target }) => setTtl(target.value)}
          />
        </div>
        {isOther && (
          <TextField
            label="Type of the record"
            value={typed}
            placeholder="NAPTR"
            onChange={({ target }) => setTyped(target.value)}
          />
        )}
        <Fields form={form} values={values} onChange={setValues} />
        {problem !== undefined && <p className="text-bad">{visible(problem)}</p>}
        {clash && (
          <Clash
            clash={clash}
            zone={zone}
            type={type}
            name={full}
            data={data}
            ttl={seconds ?? 300}
            onDone={onClose}
          />
        )}
        {canStage && seconds !== undefined && (
          <div className="rounded-lg bg-sunken p-3">
            <p>
              <b className="break-words">{visible(full)}</b> will answer{" "}
              <b className="break-words">{visible(data)}</b> for <b>{span(seconds)}</b>
              {there.some((rrset) => rrset.type === type) && ", beside what is there"}.
            </p>
            <p className="mt-1 flex flex-wrap items-center gap-2 text-soft">
              <Value text={`${full}. ${seconds} IN ${type} ${data}`} className="break-all" />
              <CopyButton text={`${full}. ${seconds} IN ${type} ${data}`} />
            </p>
          </div>
        )}
      </form>
    </Dialog>
  );
}

function initialOf(form: RecordForm): Record<string, string> {
  return Object.fromEntries(form.fields.map(({ name, initial = "" }) => [name, initial]));
}

function isFilled(form: RecordForm, values: Readonly<Record<string, string>>): boolean {
  const all = { ...initialOf(form), ...values };
  return form.fields.every(({ name }) => name === "params" || (all[name] ?? "").trim() !== "");
}

/** The whole name of what was typed: `@`, `www`, `www.shop.test`, `www.shop.test.`. */
export function fullName(name: string, zone: string): string {
  const text = name.replace(/\.$/, "");
  if (text === "" || text === "@") return zone;
  return text === zone || text.endsWith(`.${zone}`) ? text : `${text}.${zone}`;
}

function Fields({
  form,
  values,
  onChange,
}: {
  readonly form: RecordForm;
  readonly values: Readonly<Record<string, string>>;
  readonly onChange: (values: Readonly<Record<string, string>>) => void;
}) {
  const list = useId();
  const offers = useOffers();
  return (
    <div className="grid gap-4 sm:grid-cols-3">
      {form.fields.map((field) => (
        <div key={field.name} className={field.isWide === true ? "sm:col-span-3" : ""}>
          <TextField
            label={field.label}
            hint={field.hint}
            placeholder={field.placeholder}
            isMono
            spellCheck={false}
            autoComplete="off"
            inputMode={field.isNumber === true ? "numeric" : "text"}
            list={field.offers === undefined ? undefined : `${list}-${field.offers}`}
            value={values[field.name] ?? field.initial ?? ""}
            onChange={({ target }) => onChange({ ...values, [field.name]: target.value })}
          />
        </div>
      ))}
      {(["ipv4", "ipv6", "name"] as const).map((kind) => (
        <datalist key={kind} id={`${list}-${kind}`}>
          {offers[kind].map(([value, title]) => (
            <option key={`${value} ${title}`} value={value}>
              {title}
            </option>
          ))}
        </datalist>
      ))}
    </div>
  );
}

type Offers = Record<"ipv4" | "ipv6" | "name", (readonly [value: string, title: string])[]>;

/** Addresses and names of the platform's resources. */
function useOffers(): Offers {
  const { data: instances } = useQuery(instancesQuery);
  const { data: staticIps } = useQuery(staticIpsQuery);
  const { data: balancers } = useQuery(loadBalancersQuery);
  return useMemo(() => {
    const offers: Offers = { ipv4: [], ipv6: [], name: [] };
    const add = (title: string, addresses: readonly { family: "ipv4" | "ipv6"; address: string }[]): void => {
      for (const { family, address } of addresses) offers[family].push([address, title]);
    };
    for (const one of instances?.instances ?? []) {
      add(`instance ${one.name}`, one.publicAddresses);
      offers.name.push([`${one.dnsName}.`, `instance ${one.name}`]);
    }
    for (const one of staticIps?.staticIps ?? []) add(`static IP ${one.name}`, one.publicAddresses);
    for (const one of balancers?.loadBalancers ?? [])
      offers.name.push([`${one.dnsName}.`, `load balancer ${one.name}`]);
    return offers;
  }, [instances, staticIps, balancers]);
}

/** What is wrong with the data, once nobody types. */
function useProblem(
  { ask }: RecordSource,
  type: string,
  data: string,
  isComplete: boolean,
): string | undefined {
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    setProblem(undefined);
    if (!isComplete || type === "") return;
    let isStale = false;
    const timer = setTimeout(() => {
      void ask<"check">({ type: "check", recordType: type, data }).then((found) => {
        if (!isStale) setProblem(found ?? undefined);
      });
    }, 150);
    return () => {
      isStale = true;
      clearTimeout(timer);
    };
  }, [ask, type, data, isComplete]);
  return problem;
}

/** What is served or staged at a name. */
function useAt({ ask, view: { version } }: RecordSource, zone: string, name: string): readonly Place[] {
  const [served, setServed] = useState<readonly Rrset[]>([]);
  const staged = useStaged(zone);
  useEffect(() => {
    let isStale = false;
    void ask<"at">({ type: "at", name }).then((rrsets) => {
      if (!isStale) setServed(rrsets);
    });
    return () => {
      isStale = true;
    };
  }, [ask, name, version]);
  return useMemo(() => {
    const left = served.filter((rrset) => !staged.has(keyOf(rrset)));
    const own = [...staged.values()].filter((edit) => edit.name === name && edit.put);
    return [
      ...left.map(({ type, origin, ttl, entries }) => ({
        type,
        origin,
        content: { ttl, records: entries.map(({ data }) => data) },
      })),
      ...own.map(({ type, put }) => ({ type, origin: "user" as const, content: put })),
    ];
  }, [served, staged, name]);
}

interface Place {
  readonly type: string;
  readonly origin: Rrset["origin"];
  readonly content: RrsetContent | null;
}

/** What stands in the way of a record. */
type FoundClash =
  | { readonly kind: "derived"; readonly origin: "assign" | "alias" }
  | { readonly kind: "apex-cname" }
  | { readonly kind: "cname-there" | "others-there"; readonly types: readonly Place[] };

const addressTypes: ReadonlySet<string> = new Set(["A", "AAAA", "CNAME"]);

function findClash(type: string, there: readonly Place[]): FoundClash | undefined {
  if (type === "CNAME" && there.some((one) => one.type === "SOA")) return { kind: "apex-cname" };
  const derived = there.find(({ origin }) => origin === "assign" || origin === "alias");
  if (derived && addressTypes.has(type))
    return { kind: "derived", origin: derived.origin as "assign" | "alias" };
  if (type === "CNAME") {
    const others = there.filter((one) => one.type !== "CNAME");
    if (others.length > 0) return { kind: "others-there", types: others };
    // There is at most one.
    const own = there.filter((one) => one.type === "CNAME");
    return own.length > 0 ? { kind: "cname-there", types: own } : undefined;
  }
  const cnames = there.filter((one) => one.type === "CNAME");
  return cnames.length > 0 ? { kind: "cname-there", types: cnames } : undefined;
}

function Clash({
  clash,
  zone,
  type,
  name,
  data,
  ttl,
  onDone,
}: {
  readonly clash: FoundClash;
  readonly zone: string;
  readonly type: string;
  readonly name: string;
  readonly data: string;
  readonly ttl: number;
  readonly onDone: () => void;
}) {
  const openPlan = usePlan();
  const alias = (
    <Button
      size="small"
      onClick={() =>
        openPlan({ action: "put-alias", zone, name: `${name}.`, target: data }, { onApplied: onDone })
      }
    >
      Use an alias instead
    </Button>
  );
  const replace = (types: readonly Place[]): void => {
    stage(zone, [
      ...types
        .filter((one) => one.type !== type)
        .map((one) => ({ name, type: one.type, served: one.content, put: null })),
      {
        name,
        type,
        served: types.find((one) => one.type === type)?.content ?? null,
        put: { ttl, records: [data] },
      },
    ]);
    onDone();
  };
  return (
    <div className="flex flex-wrap items-center gap-2 rounded-lg bg-warn-soft p-3 text-warn">
      {clash.kind === "derived" ? (
        <span>
          The name is {clash.origin === "alias" ? "an alias" : "assigned to a resource"}: its addresses follow
          that. Take it away first.
        </span>
      ) : clash.kind === "apex-cname" ? (
        <>
          <span>A CNAME cannot stand at the zone’s own name, where SOA and NS are.</span>
          {data !== "" && alias}
        </>
      ) : (
        <>
          <span>
            {clash.kind === "cname-there"
              ? "There is a CNAME at this name, and a CNAME stands alone."
              : `A CNAME stands alone, and there is also ${clash.types.map((one) => one.type).join(", ")}.`}
          </span>
          <Button size="small" onClick={() => replace(clash.types)}>
            {clash.kind === "cname-there" ? "Replace the CNAME" : "Replace them"}
          </Button>
          {type === "CNAME" && clash.kind === "others-there" && alias}
        </>
      )}
    </div>
  );
}
