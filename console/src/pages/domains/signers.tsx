// DNSSEC: the keys of the zone that the top-level domain vouches for.

import { useId, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Trash2 } from "lucide-react";
import type { DelegationSigner, Domain, ZoneSigningStatus } from "#contract";
import { read } from "../../api/queries.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { Button, IconButton } from "../../parts/button.tsx";
import { Card } from "../../parts/card.tsx";
import { Value } from "../../parts/code.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { SelectField, TextArea } from "../../parts/field.tsx";
import { Table } from "../../parts/table.tsx";
import { visible } from "../../text/visible.ts";

const algorithms = [
  ["13", "ECDSA P-256 with SHA-256 (13)"],
  ["15", "Ed25519 (15)"],
  ["14", "ECDSA P-384 with SHA-384 (14)"],
  ["8", "RSA with SHA-256 (8)"],
] as const;

/** The card. */
export function Signers({ domain, mayWrite }: { readonly domain: Domain; readonly mayWrite: boolean }) {
  const { name, delegationSigners } = domain;
  const openPlan = usePlan();
  const [isOpen, setOpen] = useState(false);
  const { data: own } = useQuery({
    ...read<ZoneSigningStatus>("zones", name, "signing"),
    enabled: domain.hasZone,
  });
  const isSigned = own !== undefined && own.state !== "unsigned";
  return (
    <Card
      title="DNSSEC"
      about={
        isSigned ? (
          <>
            {own.state === "secure" ? "Signed here, and vouched for: " : "Signed here: "}
            <Link to="/zones/$zone" params={{ zone: name }} search={{ tab: "signing" }} className="link">
              its keys and DS
            </Link>
          </>
        ) : (
          "Keys of the zone that the top-level domain vouches for"
        )
      }
      isFlush
      actions={
        mayWrite && (
          <Button size="small" onClick={() => setOpen(true)}>
            Add a key
          </Button>
        )
      }
    >
      <Table<DelegationSigner>
        label="Delegation signers"
        rows={delegationSigners}
        keyOf={({ id }) => id}
        empty={
          <p className="px-4 pb-4 text-soft">
            {isSigned
              ? "None beside those of its zone here. Keys of name servers elsewhere are entered here."
              : "None: answers for this name are not proven. The zone has to be signed first; its key is entered here."}
          </p>
        }
        columns={[
          { title: "Key tag", cell: ({ keyTag }) => <span className="font-medium">{keyTag}</span> },
          {
            title: "Algorithm",
            cell: ({ algorithm }) =>
              algorithms.find(([number]) => number === String(algorithm))?.[1] ?? String(algorithm),
          },
          { title: "Digest", cell: ({ digest }) => <Value text={digest} most={22} /> },
          {
            title: "",
            align: "right",
            cell: ({ id, keyTag }) =>
              mayWrite && (
                <IconButton
                  label={`Remove key ${keyTag}`}
                  onClick={() =>
                    openPlan(
                      { action: "remove-delegation-signer", name, id },
                      { verb: "Remove", isDangerous: true },
                    )
                  }
                >
                  <Trash2 size={16} aria-hidden />
                </IconButton>
              ),
          },
        ]}
      />
      <AddSigner name={name} isOpen={isOpen} onClose={() => setOpen(false)} />
    </Card>
  );
}

function AddSigner({
  name,
  isOpen,
  onClose,
}: {
  readonly name: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}) {
  const form = useId();
  const [flags, setFlags] = useState<"257" | "256">("257");
  const [algorithm, setAlgorithm] = useState("13");
  const [publicKey, setPublicKey] = useState("");
  const openPlan = usePlan();
  // A DNSKEY line is taken as it is: `257 3 13 base64`.
  const paste = (text: string): void => {
    const parts = /(?:DNSKEY\s+)?(256|257)\s+3\s+(\d+)\s+([A-Za-z0-9+/=\s]+)$/.exec(text.trim());
    if (!parts) {
      setPublicKey(text);
      return;
    }
    setFlags(parts[1] as "257" | "256");
    setAlgorithm(parts[2] ?? "13");
    setPublicKey((parts[3] ?? "").replaceAll(/\s/g, ""));
  };
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title={`Vouch for a key of ${visible(name)}`}
      about="The zone must have the key already: else resolvers that validate refuse the name."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button purpose="primary" type="submit" form={form} disabled={publicKey.trim() === ""}>
            Look for it, and plan
          </Button>
        </>
      }
    >
      <form
        id={form}
        className="flex flex-col gap-4 pt-1"
        onSubmit={(event) => {
          event.preventDefault();
          onClose();
          openPlan(
            {
              action: "add-delegation-signer",
              name,
              flags: flags === "257" ? 257 : 256,
              algorithm: Number(algorithm),
              publicKey: publicKey.trim(),
            },
            { verb: "Add the key" },
          );
        }}
      >
        <TextArea
          label="Public key"
          hint="Base64, or the DNSKEY record whole"
          isMono
          rows={4}
          spellCheck={false}
          value={publicKey}
          onChange={({ target }) => paste(target.value)}
        />
        <div className="grid gap-4 sm:grid-cols-2">
          <SelectField
            label="Kind"
            value={flags}
            options={[
              { value: "257", label: "Signs keys (257)" },
              { value: "256", label: "Signs the zone (256)" },
            ]}
            onChange={setFlags}
          />
          <SelectField
            label="Algorithm"
            value={algorithm}
            options={
              algorithms.some(([value]) => value === algorithm)
                ? algorithms.map(([value, label]) => ({ value, label }))
                : [
                    ...algorithms.map(([value, label]) => ({ value, label })),
                    { value: algorithm, label: algorithm },
                  ]
            }
            onChange={setAlgorithm}
          />
        </div>
      </form>
    </Dialog>
  );
}
