// The picture of routes around one resource: what leads to it, and what lies behind it.

import { useQuery } from "@tanstack/react-query";
import type { RoutePicture as Picture } from "#contract";
import { request } from "../api/client.ts";
import { useLive } from "../api/live.ts";
import { Card } from "./card.tsx";
import { Reading } from "./reading.tsx";
import { RoutePicture } from "./route-picture.tsx";

/** Names that the picture of one resource has. */
const most = 50;

/** A card with the picture. */
export function ResourceRoutes({ resource }: { readonly resource: string }) {
  const routes = useQuery({
    queryKey: ["routes", "resource", resource],
    queryFn: ({ signal }) => {
      const query = new URLSearchParams({ resource, maxNames: String(most) });
      return request<Picture>("GET", `/v1/routes?${query.toString()}`, undefined, signal);
    },
  });
  const rates = new Map(
    (useLive().at(-1)?.resources ?? []).map(({ name, requests }) => [name, requests.perSecond]),
  );
  return (
    <Card title="Routes" about="What leads here, and what lies behind it">
      <Reading of={routes}>{(picture) => <RoutePicture picture={picture} rates={rates} />}</Reading>
    </Card>
  );
}
