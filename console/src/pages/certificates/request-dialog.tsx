// A certificate is asked for: its names, who issues it, and how they are proven.

import { useState } from "react";
import { useNavigate } from "@tanstack/react-router";
import type { Command } from "#contract";
import { usePlan } from "../../commands/plan-context.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { SelectField, TextArea, TextField } from "../../parts/field.tsx";
import { place } from "../../parts/place.ts";

/** Most names of one certificate. */
const mostNames = 10;

type Issuer = "by-name" | "built-in" | "acme";

/** The dialog. */
export function RequestDialog({
  isOpen,
  onClose,
}: {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}) {
  const openPlan = usePlan();
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [typedName, setName] = useState("");
  const [issuer, setIssuer] = useState<Issuer>("by-name");
  const [challenge, setChallenge] = useState<"dns-01" | "http-01">("dns-01");
  const names = [...new Set(text.split(/[\s,]+/).filter((name) => name !== ""))];
  const [first, ...others] = names;
  const name = typedName.trim() || (first ?? "").replace(/^\*\./, "wildcard.").replace(/\.$/, "");
  const problem = names.length > mostNames ? `${mostNames} names are the most of one certificate` : undefined;
  const review = (): void => {
    if (first === undefined) return;
    const command: Command = {
      action: "create-certificate",
      name,
      domainName: first,
      ...(others.length > 0 ? { subjectAlternativeNames: others } : {}),
      ...(issuer === "by-name" ? {} : { issuer }),
      ...(issuer !== "built-in" && challenge === "http-01" ? { challenge } : {}),
    };
    onClose();
    openPlan(command, {
      verb: "Request",
      onApplied: () => {
        setText("");
        setName("");
        void navigate(place(["certificates", name]));
      },
    });
  };
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title="Request a certificate"
      about="Up to ten names. Where their zone is served here, everything else happens by itself."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button purpose="primary" disabled={first === undefined || problem !== undefined} onClick={review}>
            Review the plan
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <TextArea
          label="Names, one a line"
          hint="shop.test, or *.shop.test for every name one below it"
          rows={3}
          isMono
          spellCheck={false}
          placeholder={"shop.test\nwww.shop.test"}
          value={text}
          problem={problem}
          onChange={({ target }) => setText(target.value)}
        />
        <TextField
          label="What to call it"
          placeholder={name}
          value={typedName}
          onChange={({ target }) => setName(target.value)}
        />
        <SelectField
          label="Issued by"
          value={issuer}
          options={[
            {
              value: "by-name",
              label: "As the names need it",
              about: "Private names: the built-in authority; public ones: ACME",
            },
            { value: "built-in", label: "Built-in authority", about: "For whoever trusts its root" },
            {
              value: "acme",
              label: "ACME authority",
              about: "For everybody, where its account is a public one",
            },
          ]}
          onChange={setIssuer}
        />
        {issuer !== "built-in" && (
          <SelectField
            label="Public names are proven by"
            value={challenge}
            options={[
              { value: "dns-01", label: "DNS record", about: "Needed for names with *" },
              { value: "http-01", label: "HTTP, at the edge", about: "The names must lead here already" },
            ]}
            onChange={setChallenge}
          />
        )}
      </div>
    </Dialog>
  );
}
