// A certificate of somebody's own is taken over, with its private key: from files or as text. The key goes to the platform once, is sealed
// as it arrives, and is in no plan.

import { useState, type ChangeEvent } from "react";
import { useNavigate } from "@tanstack/react-router";
import { at } from "../../api/client.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { TextArea, TextField } from "../../parts/field.tsx";
import { place } from "../../parts/place.ts";

/** The dialog. @param replaces  name of the one that it takes the place of */
export function ImportDialog({
  isOpen,
  onClose,
  replaces,
}: {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly replaces?: string;
}) {
  const openPlan = usePlan();
  const navigate = useNavigate();
  const [typedName, setName] = useState("");
  const [certificate, setCertificate] = useState("");
  const [privateKey, setPrivateKey] = useState("");
  const name = replaces ?? typedName.trim();
  const isGood =
    name !== "" && certificate.includes("BEGIN CERTIFICATE") && privateKey.includes("PRIVATE KEY");
  const review = (): void => {
    onClose();
    openPlan(
      { method: "POST", path: at("certificates", "import"), body: { name, certificate, privateKey } },
      {
        verb: "Import",
        onApplied: () => {
          setCertificate("");
          setPrivateKey("");
          void navigate(place(["certificates", name]));
        },
      },
    );
  };
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      isWide
      title={replaces === undefined ? "Import a certificate" : `Replace ${replaces}`}
      about="One that you have already. It is not renewed by itself: import the next one under the same name."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button purpose="primary" disabled={!isGood} onClick={review}>
            Review the plan
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {replaces === undefined && (
          <TextField
            label="What to call it"
            required
            value={typedName}
            onChange={({ target }) => setName(target.value)}
          />
        )}
        <PemField
          label="Certificate and what stands between it and its root"
          hint="PEM, in any order"
          placeholder="-----BEGIN CERTIFICATE-----"
          value={certificate}
          onChange={setCertificate}
        />
        <PemField
          label="Private key"
          hint="PEM, not encrypted. It is sealed as it arrives, and shown to nobody again"
          placeholder="-----BEGIN PRIVATE KEY-----"
          value={privateKey}
          onChange={setPrivateKey}
        />
      </div>
    </Dialog>
  );
}

/** Most octets of a file that is read: some hundred certificates. */
const mostOctets = 262_144;

function PemField({
  label,
  hint,
  placeholder,
  value,
  onChange,
}: {
  readonly label: string;
  readonly hint: string;
  readonly placeholder: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
}) {
  const [problem, setProblem] = useState<string>();
  const readFile = async ({ target }: ChangeEvent<HTMLInputElement>): Promise<void> => {
    const [file] = target.files ?? [];
    if (!file) return;
    if (file.size > mostOctets) setProblem("This file is too large to be that");
    else {
      setProblem(undefined);
      onChange(await file.text());
    }
  };
  return (
    <div>
      <TextArea
        label={label}
        hint={hint}
        problem={problem}
        rows={5}
        isMono
        spellCheck={false}
        autoComplete="off"
        placeholder={placeholder}
        value={value}
        onChange={({ target }) => onChange(target.value)}
      />
      <input
        type="file"
        aria-label={`${label}, from a file`}
        accept=".pem,.crt,.cer,.key,.txt"
        className="mt-1 max-w-full text-sm text-soft file:mr-2 file:rounded-md file:border file:border-line file:bg-surface file:px-2 file:py-1 file:text-text"
        onChange={(event) => void readFile(event)}
      />
    </div>
  );
}
