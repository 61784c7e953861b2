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
  /** Opens it after `g`. */
  readonly letter: string;
  /** True for what owners alone see. */
  readonly isForOwners?: boolean;
}

/** Pages by area. */
export const navigation: readonly { readonly title: string; readonly entries: readonly NavigationEntry[] }[] =
  [
    {
      title: "",
      entries: [
        { title: "Overview", to: "/", icon: Gauge, letter: "o" },
        { title: "Trace", to: "/traces", icon: Route, letter: "t" },
      ],
    },
    {
      title: "Names",
      entries: [
        { title: "Domains", to: "/domains", icon: Globe, letter: "d" },
        { title: "Zones", to: "/zones", icon: Table2, letter: "z" },
        { title: "Assign a name", to: "/assign", icon: Link2, letter: "a" },
        { title: "Certificates", to: "/certificates", icon: FileBadge, letter: "c" },
      ],
    },
    {
      title: "Resources",
      entries: [
        { title: "Instances", to: "/instances", icon: Server, letter: "i" },
        { title: "Static IPs", to: "/static-ips", icon: MapPin, letter: "s" },
        { title: "Load balancers", to: "/load-balancers", icon: Share2, letter: "l" },
        { title: "Distributions", to: "/distributions", icon: Layers, letter: "b" },
        { title: "Container services", to: "/container-services", icon: Boxes, letter: "n" },
      ],
    },
    {
      title: "Platform",
      entries: [
        { title: "Status", to: "/status", icon: Activity, letter: "p" },
        { title: "Alarms", to: "/alarms", icon: Bell, letter: "m" },
        { title: "History", to: "/history", icon: History, letter: "h" },
        { title: "Keys", to: "/keys", icon: KeyRound, letter: "k" },
        { title: "Users", to: "/users", icon: UsersRound, letter: "u", isForOwners: true },
        { title: "Documentation", to: "/docs", icon: BookOpen, letter: "e" },
      ],
    },
  ];
