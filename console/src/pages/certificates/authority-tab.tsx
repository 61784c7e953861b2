// The built-in authority: what it can be trusted for, its root as a file, and how this machine, a phone and programs come to trust it.

import { useEffect, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import type { Authority } from "#contract";
import { read } from "../../api/queries.ts";
import { Card, Facts } from "../../parts/card.tsx";
import { CodeBlock, CopyButton, Value } from "../../parts/code.tsx";
import { Tabs } from "../../parts/dialog.tsx";
import { Reading } from "../../parts/reading.tsx";
import { Time } from "../../parts/time.tsx";
import { visible } from "../../text/visible.ts";

const fileName = "fairlead-root.crt";

/** The tab. */
export function AuthorityTab() {
  const authority = useQuery(read<Authority>("authority"));
  return <Reading of={authority}>{(data) => <Whole authority={data} />}</Reading>;
}

function Whole({ authority }: { readonly authority: Authority }) {
  return (
    <div className="grid grid-cols-1 items-start gap-5 xl:grid-cols-2">
      <Card
        title="The authority of this platform"
        about="It issues the certificates of private names. Browsers accept them once they trust its root"
        actions={<DownloadLink pem={authority.root} />}
      >
        <Facts
          rows={[
            ["Root", <Value key="root" text={authority.subject} />],
            [
              "Can be trusted for",
              <span key="names">
                this machine, and names under{" "}
                <span className="font-medium">{visible(authority.permittedNames.join(", "))}</span>. Whoever
                had its key could pretend to be no other name of the Internet.
              </span>,
            ],
            [
              "Good until",
              <span key="until">
                <Time at={authority.notAfter} isExact /> (<Time at={authority.notAfter} />)
              </span>,
            ],
            [
              "SHA-256",
              <span key="fingerprint" className="flex items-start justify-between gap-2">
                <Value text={authority.fingerprint} className="break-all" />
                <CopyButton text={authority.fingerprint} />
              </span>,
            ],
          ]}
        />
        <details className="mt-3">
          <summary className="text-soft">The root as text (PEM)</summary>
          <div className="mt-2">
            <CodeBlock text={authority.root.trim()} label="Root as PEM" />
          </div>
        </details>
      </Card>
      <Instructions pem={authority.root} />
    </div>
  );
}

/** The root as a file: made here, so that it works offline and asks nobody. */
function DownloadLink({ pem }: { readonly pem: string }) {
  const [href, setHref] = useState<string>();
  useEffect(() => {
    const url = URL.createObjectURL(new Blob([pem], { type: "application/x-x509-ca-cert" }));
    setHref(url);
    return () => URL.revokeObjectURL(url);
  }, [pem]);
  return (
    <a
      className="inline-flex h-8 items-center gap-1.5 rounded-lg border border-line bg-surface px-2.5 text-sm font-medium hover:bg-sunken"
      href={href}
      download={fileName}
    >
      <Download size={15} aria-hidden /> Download the root
    </a>
  );
}

type Where = "this" | "phone" | "other" | "programs";

function Instructions({ pem }: { readonly pem: string }) {
  const [where, setWhere] = useState<Where>("this");
  return (
    <Card title="Have it trusted" about="Once for each machine that opens your names">
      <Tabs<Where>
        label="Where it is to be trusted"
        selected={where}
        onSelect={setWhere}
        tabs={[
          {
            name: "this",
            title: "This machine",
            content: (
              <Steps>
                <li>
                  On the machine that the platform runs on, see what would be done, then do it:
                  <CodeBlock
                    label="Trust on this machine"
                    text={"npx fairlead trust install --plan\nnpx fairlead trust install"}
                  />
                  Chromium and Firefox have stores of their own, which it finds. With <Value text="--user" />{" "}
                  it leaves the system’s store alone.
                </li>
                <li>Open the page again. Firefox and Chromium have to be started anew.</li>
                <li>
                  <Value text="npx fairlead trust uninstall" /> takes it back at any time.
                </li>
              </Steps>
            ),
          },
          {
            name: "phone",
            title: "Phone",
            content: (
              <Steps>
                <li>
                  Download the root here and send the file to the phone: by mail, by AirDrop, or by cable.
                  <div className="my-2">
                    <DownloadLink pem={pem} />
                  </div>
                </li>
                <li>
                  <span className="font-medium">iPhone, iPad:</span> open the file, then Settings, Profile
                  Downloaded, Install. After that Settings, General, About, Certificate Trust Settings: switch
                  it on.
                </li>
                <li>
                  <span className="font-medium">Android:</span> Settings, Security, Encryption and
                  credentials, Install a certificate, CA certificate; choose the file. Firefox there also
                  wants: Settings, About, tap the logo five times, Secret settings, Use third party CA
                  certificates.
                </li>
                <li>
                  Let the phone ask this platform’s resolver for names, and compare the fingerprint that it
                  shows with the one beside.
                </li>
              </Steps>
            ),
          },
          {
            name: "other",
            title: "Other machines",
            content: (
              <Steps>
                <li>
                  Download the root here, and take the file there as <Value text={fileName} />.
                </li>
                <li>
                  <span className="font-medium">Debian, Ubuntu:</span>
                  <CodeBlock
                    label="Trust on Debian"
                    text={`sudo cp ${fileName} /usr/local/share/ca-certificates/\nsudo update-ca-certificates`}
                  />
                </li>
                <li>
                  <span className="font-medium">Fedora:</span>
                  <CodeBlock
                    label="Trust on Fedora"
                    text={`sudo cp ${fileName} /etc/pki/ca-trust/source/anchors/\nsudo update-ca-trust`}
                  />
                </li>
                <li>
                  <span className="font-medium">macOS:</span>
                  <CodeBlock
                    label="Trust on macOS"
                    text={`sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain ${fileName}`}
                  />
                </li>
                <li>
                  <span className="font-medium">Windows,</span> as administrator:
                  <CodeBlock label="Trust on Windows" text={`certutil -addstore Root ${fileName}`} />
                </li>
                <li>
                  <span className="font-medium">Firefox</span> anywhere: Settings, Privacy and Security,
                  Certificates, View Certificates, Authorities, Import.
                </li>
              </Steps>
            ),
          },
          {
            name: "programs",
            title: "Programs",
            content: (
              <Steps>
                <li>
                  <span className="font-medium">curl:</span>
                  <CodeBlock label="Trust in curl" text={`curl --cacert ${fileName} https://shop.test/`} />
                </li>
                <li>
                  <span className="font-medium">Node:</span>
                  <CodeBlock label="Trust in Node" text={`NODE_EXTRA_CA_CERTS=${fileName} node server.js`} />
                </li>
                <li>
                  <span className="font-medium">Python:</span>
                  <CodeBlock
                    label="Trust in Python"
                    text={`export SSL_CERT_FILE=${fileName} REQUESTS_CA_BUNDLE=${fileName}`}
                  />
                </li>
                <li>
                  <span className="font-medium">git:</span>
                  <CodeBlock label="Trust in git" text={`git config --global http.sslCAInfo ${fileName}`} />
                </li>
              </Steps>
            ),
          },
        ]}
      />
    </Card>
  );
}

function Steps({ children }: { readonly children: React.ReactNode }) {
  return <ol className="flex list-decimal flex-col gap-3 pl-5 [&_li>div]:my-2">{children}</ol>;
}
