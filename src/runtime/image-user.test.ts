import { expect, test } from "vitest";
import { findUser } from "./image-user.ts";

const files: Readonly<Record<string, string>> = {
  "/etc/passwd":
    "root:x:0:0::/:/bin/sh\nweb:x:101:102::/:/bin/sh\nodd:x:99999999999:1::/:\n101twin:x:7:8::/:\nbroken\n",
  "/etc/group": "root:x:0:\nweb:x:102:\nextra:x:103:root,web\nbad:x:-1:web\n",
};
const find = (text: string): unknown => findUser(text, (path) => files[path] ?? "");

test.each([
  ["", { id: 0, group: 0, groups: [0, 103] }],
  ["web", { id: 101, group: 102, groups: [102, 103] }],
  ["101", { id: 101, group: 102, groups: [102, 103] }],
  ["web:extra", { id: 101, group: 103, groups: [103] }],
  ["web:7", { id: 101, group: 7, groups: [7, 103] }],
  ["5000", { id: 5000, group: 0, groups: [0] }],
  ["nobody", 'Cannot run as user "nobody": the image has no such user'],
  ["odd", 'Cannot run as user "odd": the image has no such user'],
  ["4294967295", 'Cannot run as user "4294967295": the image has no such user'],
  ["web:none", 'Cannot run as group "none": the image has no such group'],
  ["-1", 'Cannot run as user "-1": the image has no such user'],
])("user %j is %j", (text, expected) => {
  expect(find(text)).toEqual(expected);
});
