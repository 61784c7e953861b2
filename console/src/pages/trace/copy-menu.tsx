// A trace to take along: as a link, as JSON, as the commands that ask the same again, as a picture.

import { useState } from "react";
import type { Trace } from "#contract";
import { Share2 } from "lucide-react";
import { Button } from "../../parts/button.tsx";
import { copyText } from "../../parts/code.tsx";
import { Menu } from "../../parts/dialog.tsx";
import { tell } from "../../parts/toast.tsx";
import style from "./picture.css?raw";
import { drawTrace, toSvg, type PictureTheme } from "./save-picture.ts";

/** Pixels of a PNG for each unit of the picture: sharp on dense screens. */
const density = 2;

/** The menu. @param step  the one that is chosen, whose command is copied */
export function CopyMenu({ trace, step }: { readonly trace: Trace; readonly step: number | undefined }) {
  const [isBusy, setBusy] = useState(false);
  const asked = trace.steps.filter(({ hop, dns }) => dns && hop !== "record");
  const chosen = step === undefined ? undefined : trace.steps[step]?.dns;
  const copy = (what: string, text: string): void => {
    copyText(text).then(
      () => tell(`${what} is copied`),
      () => tell("It could not be copied", { tone: "bad" }),
    );
  };
  const png = (): void => {
    setBusy(true);
    const theme = document.documentElement.dataset["theme"] === "dark" ? "dark" : "light";
    paint(trace, theme)
      .then((picture) => save(picture, `${fileName(trace)}.png`))
      .catch(() => tell("The picture could not be made", { tone: "bad" }))
      .finally(() => setBusy(false));
  };
  return (
    <Menu
      trigger={
        <Button icon={<Share2 size={16} aria-hidden />} isBusy={isBusy}>
          Take along
        </Button>
      }
      choices={[
        { label: "Copy the link", onChoose: () => copy("The link", location.href) },
        {
          label: "Copy as JSON",
          onChoose: () => copy("The JSON", `${JSON.stringify(trace, undefined, 2)}\n`),
        },
        ...(chosen
          ? [{ label: "Copy this step’s dig command", onChoose: () => copy("The command", chosen.dig) }]
          : []),
        ...(asked.length > 0
          ? [
              {
                label: "Copy all dig commands",
                onChoose: () =>
                  copy("The commands", `${asked.map(({ dns }) => dns?.dig ?? "").join("\n")}\n`),
              },
            ]
          : []),
        "line" as const,
        {
          label: "Save as SVG",
          onChoose: () =>
            save(new Blob([toSvg(trace, style)], { type: "image/svg+xml" }), `${fileName(trace)}.svg`),
        },
        { label: "Save as PNG", onChoose: png },
      ]}
    />
  );
}

function fileName({ url, id }: Trace): string {
  return `trace-${new URL(url).hostname.replaceAll(/[^a-z0-9.-]/gi, "_")}-${id.slice(0, 6)}`;
}

function save(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** Has the browser paint the picture in one theme. */
async function paint(trace: Trace, theme: PictureTheme): Promise<Blob> {
  const { width, height } = drawTrace(trace);
  const url = URL.createObjectURL(new Blob([toSvg(trace, style, theme)], { type: "image/svg+xml" }));
  try {
    const image = new Image(width * density, height * density);
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = width * density;
    canvas.height = height * density;
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => {
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("nothing was painted"))), "image/png");
    });
  } finally {
    URL.revokeObjectURL(url);
  }
}
