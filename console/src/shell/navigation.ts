// The console's areas, in the order in which a visitor's way runs: names, what they lead to, what can be seen of it, people.

import {
  Activity,
  BookOpen,
  Boxes,
  FileBadge,
  Gauge,
  Globe,
  History,
  KeyRound,
  Layers,
  Link2,
  MapPin,
  Bell,
  Route,
  Server,
  Share2,
  Table2,
  UsersRound,
  type LucideIcon,
} from "lucide-react";

/** A page that the navigation leads to. */
export interface NavigationEntry {
  readonly title: string;
  /** Path below /console. */
  readonly to: string;
  readonly icon: LucideIcon;
  /** True for what owners alone see. */
  readonly isForOwners?: boolean;
}

/** Pages by area. */
export const navigation: readonly { readonly title: string; readonly entries: readonly NavigationEntry[] }[] =
  [
    {
      title: "",
      entries: [
        { title: "Overview", to: "/", icon: Gauge },
        { title: "Trace", to: "/traces", icon: Route },
      ],
    },
    {
      title: "Names",
      entries: [
        { title: "Domains", to: "/domains", icon: Globe },
        { title: "Zones", to: "/zones", icon: Table2 },
        { title: "Assign a name", to: "/assign", icon: Link2 },
        { title: "Certificates", to: "/certificates", icon: FileBadge },
      ],
    },
    {
      title: "Resources",
      entries: [
        { title: "Instances", to: "/instances", icon: Server },
        { title: "Static IPs", to: "/static-ips", icon: MapPin },
        { title: "Load balancers", to: "/load-balancers", icon: Share2 },
        { title: "Distributions", to: "/distributions", icon: Layers },
        { title: "Container services", to: "/container-services", icon: Boxes },
      ],
    },
    {
      title: "Platform",
      entries: [
        { title: "Status", to: "/status", icon: Activity },
        { title: "Alarms", to: "/alarms", icon: Bell },
        { title: "History", to: "/history", icon: History },
        { title: "Keys", to: "/keys", icon: KeyRound },
        { title: "Users", to: "/users", icon: UsersRound, isForOwners: true },
        { title: "Documentation", to: "/docs", icon: BookOpen },
      ],
    },
  ];
