// The account at an ACME authority, which issues the certificates of public names.

import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import type { AcmeAccount } from "#contract";
import { at } from "../../api/client.ts";
import { read } from "../../api/queries.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { Button } from "../../parts/button.tsx";
import { Card, Facts } from "../../parts/card.tsx";
import { Value } from "../../parts/code.tsx";
import { SelectField, SwitchField, TextArea, TextField } from "../../parts/field.tsx";
import { Reading } from "../../parts/reading.tsx";
import { Time } from "../../parts/time.tsx";
import { visible } from "../../text/visible.ts";

const authorities = [
  {
    value: "https://acme-v02.api.letsencrypt.org/directory",
    label: "Let’s Encrypt",
    about: "For names that the whole Internet knows",
  },
  {
    value: "https://acme-staging-v02.api.letsencrypt.org/directory",
    label: "Let’s Encrypt, staging",
    about: "To try it: no browser trusts what it issues",
  },
  { value: "", label: "Another one", about: "Any that speaks ACME, such as step-ca in your network" },
] as const;

/** The tab. */
export function AcmeTab() {
  const account = useQuery(read<{ acmeAccount?: AcmeAccount }>("acme-account"));
  return (
    <Reading of={account}>
      {({ acmeAccount }) => (
        <div className="grid grid-cols-1 items-start gap-5 xl:grid-cols-2">
          {acmeAccount ? <Account account={acmeAccount} /> : <NoAccount />}
          <AccountForm key={JSON.stringify(acmeAccount)} before={acmeAccount} />
        </div>
      )}
    </Reading>
  );
}

function NoAccount() {
  return (
    <Card title="No account yet">
      <p>
        Private names have the built-in authority and need none. Certificates for names of the public Internet
        come from an ACME authority: name one here, and what they need is requested, proven and renewed by
        itself.
      </p>
    </Card>
  );
}

function Account({ account }: { readonly account: AcmeAccount }) {
  const openPlan = usePlan();
  return (
    <Card
      title="Account"
      about="Its keys are sealed, and shown to nobody"
      actions={
        <Button
          size="small"
          purpose="danger"
          onClick={() =>
            openPlan({ action: "delete-acme-account" }, { verb: "Give the account up", isDangerous: true })
          }
        >
          Give it up…
        </Button>
      }
    >
      <Facts
        rows={[
          ["Directory", <Value key="url" text={account.directoryUrl} className="break-all" />],
          account.email !== undefined && ["Writes to", visible(account.email)],
          ["Terms of service", account.termsOfServiceAgreed ? "agreed to" : "not agreed to"],
          account.externalKeyId !== undefined && [
            "Bound to",
            <Value key="key" text={account.externalKeyId} className="break-all" />,
          ],
          account.authorities !== undefined && ["Its own certificate", "judged by a root that was given too"],
          account.preferredIssuer !== undefined && ["Preferred root", visible(account.preferredIssuer)],
          ["Since", <Time key="since" at={account.createdAt} isExact />],
        ]}
      />
    </Card>
  );
}

function AccountForm({ before }: { readonly before: AcmeAccount | undefined }) {
  const openPlan = usePlan();
  const known = authorities.find(({ value }) => value === before?.directoryUrl);
  const [choice, setChoice] = useState<string>(before ? (known?.value ?? "") : authorities[0].value);
  const [url, setUrl] = useState(before && !known ? before.directoryUrl : "");
  const [email, setEmail] = useState(before?.email ?? "");
  const [isAgreed, setAgreed] = useState(false);
  const [keyId, setKeyId] = useState("");
  const [hmacKey, setHmacKey] = useState("");
  const [roots, setRoots] = useState(before?.authorities ?? "");
  const [preferred, setPreferred] = useState(before?.preferredIssuer ?? "");
  const directoryUrl = choice === "" ? url.trim() : choice;
  const isGood = directoryUrl !== "" && isAgreed && (keyId.trim() === "") === (hmacKey.trim() === "");
  return (
    <Card title={before ? "Change it" : "Set one up"}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isGood) return;
          openPlan(
            {
              method: "PUT",
              path: at("acme-account"),
              body: {
                directoryUrl,
                termsOfServiceAgreed: true,
                ...(email.trim() === "" ? {} : { email: email.trim() }),
                ...(keyId.trim() === ""
                  ? {}
                  : { externalAccount: { keyId: keyId.trim(), hmacKey: hmacKey.trim() } }),
                ...(roots.trim() === "" ? {} : { authorities: roots }),
                ...(preferred.trim() === "" ? {} : { preferredIssuer: preferred.trim() }),
              },
            },
            { verb: before ? "Change the account" : "Set it up" },
          );
        }}
      >
        <SelectField label="Authority" value={choice} options={authorities} onChange={setChoice} />
        {choice === "" && (
          <TextField
            label="ACME directory"
            hint="Its address, beginning with https://"
            isMono
            required
            placeholder="https://ca.home.arpa/acme/acme/directory"
            value={url}
            onChange={({ target }) => setUrl(target.value)}
          />
        )}
        <TextField
          label="E-mail address"
          hint="The authority may write to it; it can be left out"
          type="email"
          value={email}
          onChange={({ target }) => setEmail(target.value)}
        />
        <details className="rounded-lg border border-line px-3 py-2">
          <summary className="font-medium text-soft">For special authorities</summary>
          <div className="flex flex-col gap-4 pt-3">
            <TextField
              label="Key id of an account there"
              hint="Where the authority wants an account of its own (external account binding)"
              isMono
              value={keyId}
              onChange={({ target }) => setKeyId(target.value)}
            />
            <TextField
              label="HMAC key of that account"
              type="password"
              autoComplete="off"
              isMono
              value={hmacKey}
              onChange={({ target }) => setHmacKey(target.value)}
            />
            <TextArea
              label="Roots of the directory’s own certificate"
              hint="PEM, where it is one inside your network"
              rows={3}
              isMono
              value={roots}
              onChange={({ target }) => setRoots(target.value)}
            />
            <TextField
              label="Preferred root"
              hint="Part of its name, where the authority offers several chains"
              value={preferred}
              onChange={({ target }) => setPreferred(target.value)}
            />
          </div>
        </details>
        <SwitchField
          label="I agree to the authority’s terms of service"
          isOn={isAgreed}
          onChange={setAgreed}
        />
        <div>
          <Button type="submit" purpose="primary" disabled={!isGood}>
            Review the plan
          </Button>
        </div>
      </form>
    </Card>
  );
}
