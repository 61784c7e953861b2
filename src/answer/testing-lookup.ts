// Zones on which the algorithm of RFC 1034 section 4.3.2 is tried: a root, a TLD and zones with all that answers differ by.

import type { PlainZones } from "#zone";
import { zonesOf } from "./testing.ts";

/** What a question is answered with. */
export type LookupRow = [rule: string, group: string, question: string, expected: string];

/** By group: `root`, `tlds` and `s1`. One of them is not loaded. */
export const lookupZones: PlainZones = zonesOf({
  ". root": `
@             SOA   a.root.internal. h. 1 1800 900 604800 60
@      172800 NS    a.root.internal.
test.  172800 NS    a.nic.test.
test.  172800 NS    b.nic.test.
home.arpa. 172800 NS a.nic.test.
a.nic.test. 172800 A 127.53.1.1
b.nic.test. 172800 A 127.53.1.2
b.nic.test. 172800 AAAA ::1
a.root.internal. 172800 A 127.53.0.1
`,
  "test. tlds": `
@             SOA   a.nic h.nic 7 1800 900 604800 60
@      172800 NS    a.nic
@      172800 NS    b.nic
a.nic  172800 A     127.53.1.1
b.nic  172800 A     127.53.1.2
shop   172800 NS    ns1.s1.nic
shop   172800 NS    ns2.s1.nic
shop   172800 DS    4711 13 2 ${"00".repeat(32)}
own    172800 NS    ns.own
own    172800 NS    ns.elsewhere.net.
ns.own 172800 A     192.0.2.7
ns1.s1.nic 172800 A 127.53.2.1
ns2.s1.nic 172800 A 127.53.2.2
`,
  "shop.test. s1": `
@        600  SOA   ns1.s1.nic.test. hostmaster 1 3600 600 86400 300
@      172800 NS    ns1.s1.nic.test.
@          60 NS    ns.shop.test.
@             A     192.0.2.1
@             MX    10 mail
@             MX    20 mail.example.net.
@             MX    30 any.wild
@             HTTPS 1 . alpn=h2
ns            A     192.0.2.53
mail          A     192.0.2.25
mail          AAAA  2001:db8::25
www           A     192.0.2.2
www           A     192.0.2.3
www           TXT   "hello"
alias         CNAME www
alias2        CNAME alias
dangling      CNAME nx
empty         CNAME b.c
away          CNAME www.example.net.
over          CNAME x.other.test.
downtosub     CNAME x.sub
loop1         CNAME loop2
loop2         CNAME loop1
self          CNAME self
a.b.c         TXT   "deep"
*.wild        A     192.0.2.9
*.wild        MX    5 mail
x.wild        TXT   "not synthesised"
*.cwild       CNAME www
*.lwild       CNAME x.lwild
*.ent         A     192.0.2.10
y.*.enta      A     192.0.2.11
_sip._tcp     SRV   1 2 5060 mail
_sip._udp     SRV   1 2 5060 gone
_tgt          SVCB  0 www
_here         SVCB  1 .
_bound        SVCB  0 _here
_here         A     192.0.2.77
sub           NS    ns.sub
sub           NS    ns.sib
sub           NS    ns.far.sub
ns.sub        A     192.0.2.101
ns.far.sub    AAAA  2001:db8::102
sib           NS    ns.sib
ns.sib        A     192.0.2.103
subalias      MX    1 ns.sub
host.sub      TXT   "occluded"
old           DNAME new.shop.test.
old           A     192.0.2.12
deep.old      A     192.0.2.13
www.new       A     192.0.2.14
gone          DNAME example.net.
spin          DNAME spin.spin.shop.test.
climb         DNAME shop.test.
`,
  "other.test. s1": `
@             SOA   ns1.s1.nic.test. hostmaster 9 3600 600 86400 30
@             NS    ns1.s1.nic.test.
*             TXT   "from the other zone"
`,
  "child.shop.test. s1": `
@             SOA   ns1.s1.nic.test. hostmaster 2 3600 600 86400 30
@             NS    ns1.s1.nic.test.
www           A     192.0.2.60
`,
  "unloaded.test. s1": "",
});

/** The SOA of `shop.test.` as a negative answer has it. */
export const shopSoa: string =
  "shop.test. 300 SOA ns1.s1.nic.test. hostmaster.shop.test. 1 3600 600 86400 300";
