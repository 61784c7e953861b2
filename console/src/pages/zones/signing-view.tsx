// How a zone is signed (DNSSEC): how its parent stands to it, the DS for a parent elsewhere, its keys with what is next for them, and what can be changed.

import { useQuery } from "@tanstack/react-query";
import { RotateCw } from "lucide-react";
import type { ZoneSigning, ZoneSigningStatus } from "#contract";
import { read } from "../../api/queries.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { Button } from "../../parts/button.tsx";
import { Card, Facts } from "../../parts/card.tsx";
import { Chip, type Tone } from "../../parts/chip.tsx";
import { CodeBlock } from "../../parts/code.tsx";
import { SelectField } from "../../parts/field.tsx";
import { Reading } from "../../parts/reading.tsx";
import { Table } from "../../parts/table.tsx";
import { Time } from "../../parts/time.tsx";
import { visible } from "../../text/visible.ts";

type Key = ZoneSigningStatus["keys"][number];

const states: Readonly<Record<ZoneSigningStatus["state"], readonly [Tone, string, string]>> = {
  secure: ["good", "secure", "Its answers can be proven: its parent vouches for its key."],
  signing: ["warn", "on its way", "It is signed, and its parent does not vouch for it yet."],
  signed: [
    "warn",
    "signed",
    "It is signed. Its parent is elsewhere: give it the DS below, where the name is registered.",
  ],
  leaving: [
    "warn",
    "leaving",
    "Its parent vouches for it no more; signatures go when no resolver can miss them.",
  ],
  unsigned: ["neutral", "not signed", "Nobody can prove its answers."],
};

const kinds: readonly { readonly value: ZoneSigning; readonly label: string; readonly about: string }[] = [
  { value: "nsec", label: "With NSEC", about: "Names can be listed; it costs the least" },
  { value: "nsec3", label: "With NSEC3", about: "Hashed names, which are not listed so easily" },
  {
    value: "compact",
    label: "Compact denial",
    about: "Name servers sign what is not there as they are asked",
  },
  { value: "off", label: "Not signed", about: "Its parent stops vouching for it first" },
];

const stages: Readonly<Record<Key["stage"], readonly [Tone, string]>> = {
  active: ["good", "signs"],
  published: ["accent", "shown, and signs next"],
  retired: ["neutral", "kept until no cache needs it"],
};

/** The view. */
export function SigningView({ zone, isWritable }: { readonly zone: string; readonly isWritable: boolean }) {
  const query = useQuery(read<ZoneSigningStatus>("zones", zone, "signing"));
  return (
    <Reading of={query}>
      {(status) => (
        <div className="grid grid-cols-1 gap-5 xl:grid-cols-2">
          <StateCard status={status} zone={zone} isWritable={isWritable} />
          <KeysCard status={status} zone={zone} isWritable={isWritable} />
        </div>
      )}
    </Reading>
  );
}

interface Shown {
  readonly status: ZoneSigningStatus;
  readonly zone: string;
  readonly isWritable: boolean;
}

function StateCard({ status, zone, isWritable }: Shown) {
  const { state, signing, detail, nextAt, signaturesEndAt, ds } = status;
  const [tone, word, sentence] = states[state];
  const openPlan = usePlan();
  return (
    <Card title="DNSSEC">
      <div className="flex flex-col gap-4">
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <Chip tone={tone} withDot>
            {word}
          </Chip>
          <span>{sentence}</span>
        </p>
        <Facts
          rows={[
            detail !== "" && [
              "Next",
              <span key="next">
                {visible(detail)}
                {nextAt !== undefined && (
                  <span className="text-soft">
                    , <Time at={nextAt} />
                  </span>
                )}
              </span>,
            ],
            signaturesEndAt !== undefined && ["Signatures hold", <Time key="end" at={signaturesEndAt} />],
          ]}
        />
        {ds.length > 0 && (
          <div>
            <h3 className="mb-1 text-sm font-medium">DS, as its parent is to have it</h3>
            <CodeBlock text={ds.join("\n")} label={`DS of ${visible(zone)}`} />
          </div>
        )}
        <SelectField
          label="How it is signed"
          hint="What says that a name is not there. A plan shows what becomes of it first."
          value={signing}
          options={kinds}
          disabled={!isWritable}
          onChange={(next) => {
            if (next === signing) return;
            openPlan(
              { action: "set-zone-signing", zone, signing: next },
              { verb: next === "off" ? "Stop signing" : "Sign it so", isDangerous: next === "off" },
            );
          }}
        />
      </div>
    </Card>
  );
}

function KeysCard({ status, zone, isWritable }: Shown) {
  const { keys, state } = status;
  const openPlan = usePlan();
  const mayRoll = (role: Key["role"]): boolean =>
    isWritable && state !== "leaving" && keys.filter((key) => key.role === role).length === 1;
  return (
    <Card
      title="Keys"
      about="They are rolled by themselves: those of records each 90 days, those that a parent here vouches for each year"
      isFlush
    >
      <Table<Key>
        label="Keys"
        rows={keys}
        keyOf={({ tag, role }) => `${role} ${tag}`}
        empty={<p className="px-4 pb-4 text-soft">None: the zone is not signed.</p>}
        columns={[
          { title: "Key tag", cell: ({ tag }) => <span className="font-medium">{tag}</span> },
          { title: "Signs", cell: ({ role }) => (role === "ksk" ? "keys (KSK)" : "records (ZSK)") },
          { title: "Algorithm", cell: ({ algorithm }) => visible(algorithm) },
          {
            title: "Stands",
            cell: ({ stage, since }) => (
              <span className="flex flex-wrap items-center gap-x-2">
                <Chip tone={stages[stage][0]}>{stages[stage][1]}</Chip>
                <span className="text-sm text-soft">
                  since <Time at={since} />
                </span>
              </span>
            ),
          },
          {
            title: "",
            align: "right",
            cell: ({ role, tag, stage }) =>
              stage === "active" &&
              mayRoll(role) && (
                <Button
                  size="small"
                  icon={<RotateCw size={15} aria-hidden />}
                  aria-label={`Roll key ${tag}`}
                  onClick={() => openPlan({ action: "roll-zone-key", zone, role }, { verb: "Roll the key" })}
                >
                  Roll
                </Button>
              ),
          },
        ]}
      />
    </Card>
  );
}
