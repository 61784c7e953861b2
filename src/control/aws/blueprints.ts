// Blueprints and bundles by Lightsail's names, so that scripts written for it run as they are. A blueprint is a name here: what an instance
// does is its launch script's matter, and nothing is installed. A bundle is the limits of its process. Nothing is billed.

import type { InstanceLimits, LightsailShapes } from "#contract";
import { invalidInput, pageOf } from "./answers.ts";

type Shapes = LightsailShapes;

/** A blueprint: its system or application, the user that Lightsail's has, and whether it is the newest of its kind. */
interface BlueprintRow {
  readonly id: string;
  readonly name: string;
  readonly group: string;
  readonly type: Shapes["BlueprintType"];
  readonly version: string;
  readonly username: string;
  readonly isActive: boolean;
}

const systems: readonly (readonly [
  id: string,
  name: string,
  version: string,
  user: string,
  isActive: boolean,
])[] = [
  ["amazon_linux_2023", "Amazon Linux 2023", "2023", "ec2-user", true],
  ["amazon_linux_2", "Amazon Linux 2", "2", "ec2-user", true],
  ["amazon_linux", "Amazon Linux", "2018.03", "ec2-user", false],
  ["ubuntu_24_04", "Ubuntu", "24.04 LTS", "ubuntu", true],
  ["ubuntu_22_04", "Ubuntu", "22.04 LTS", "ubuntu", true],
  ["ubuntu_20_04", "Ubuntu", "20.04 LTS", "ubuntu", false],
  ["ubuntu_18_04", "Ubuntu", "18.04 LTS", "ubuntu", false],
  ["debian_12", "Debian", "12", "admin", true],
  ["debian_11", "Debian", "11", "admin", true],
  ["debian_10", "Debian", "10", "admin", false],
  ["centos_stream_9", "CentOS Stream", "9", "ec2-user", true],
  ["centos_7_2009_01", "CentOS", "7", "centos", false],
  ["alma_linux_9", "AlmaLinux", "9", "ec2-user", true],
  ["opensuse_15", "openSUSE", "15", "ec2-user", true],
  ["freebsd_13", "FreeBSD", "13", "ec2-user", true],
  ["freebsd_12", "FreeBSD", "12", "ec2-user", false],
];

const applications: readonly (readonly [id: string, name: string])[] = [
  ["wordpress", "WordPress"],
  ["wordpress_multisite", "WordPress Multisite"],
  ["lamp_8_bitnami", "LAMP (PHP 8)"],
  ["lamp_7", "LAMP (PHP 7)"],
  ["lamp", "LAMP"],
  ["nodejs", "Node.js"],
  ["nginx", "Nginx"],
  ["mean", "MEAN"],
  ["django", "Django"],
  ["drupal", "Drupal"],
  ["joomla", "Joomla"],
  ["ghost_bitnami", "Ghost"],
  ["gitlab", "GitLab CE"],
  ["magento", "Magento"],
  ["prestashop_bitnami", "PrestaShop"],
  ["redmine", "Redmine"],
  ["plesk_ubuntu", "Plesk Hosting Stack on Ubuntu"],
  ["cpanel_whm_linux", "cPanel & WHM"],
];

const blueprints: readonly BlueprintRow[] = [
  ...systems.map(([id, name, version, username, isActive]): BlueprintRow => ({
    id,
    name,
    group: id.replace(/_\d.*$/, ""),
    type: "os",
    version,
    username,
    isActive,
  })),
  ...applications.map(([id, name]): BlueprintRow => ({
    id,
    name,
    group: id.replace(/_(?:bitnami|\d).*$/, ""),
    type: "app",
    version: "1",
    username: "bitnami",
    isActive: true,
  })),
];

const sizes: readonly (readonly [
  size: string,
  name: string,
  power: number,
  cpus: number,
  ramInGb: number,
  diskInGb: number,
  transferInGb: number,
])[] = [
  ["nano", "Nano", 300, 2, 0.5, 20, 1024],
  ["micro", "Micro", 500, 2, 1, 40, 2048],
  ["small", "Small", 1000, 2, 2, 60, 3072],
  ["medium", "Medium", 2000, 2, 4, 80, 4096],
  ["large", "Large", 3000, 2, 8, 160, 5120],
  ["xlarge", "Xlarge", 4000, 4, 16, 320, 6144],
  ["2xlarge", "2Xlarge", 5000, 8, 32, 640, 7168],
];

/** The blueprint of an id: one of the list, or another version of one. Throws `InvalidInputException`. */
export function requireBlueprint(id: string): BlueprintRow {
  const found = findBlueprint(id);
  if (found) return found;
  if (/^(?:windows|sql)_/.test(id))
    throw invalidInput(`blueprint "${id}" is of Windows, and instances here run on this machine's system`);
  throw invalidInput(`there is no blueprint "${id.slice(0, 128)}"`);
}

/** The blueprint of an id, or of its kind where the list has other versions; undefined where there is none. */
export function findBlueprint(id: string): BlueprintRow | undefined {
  const own = blueprints.find((row) => row.id === id);
  if (own || !/^[a-z0-9_]{1,64}$/.test(id)) return own;
  const kin = blueprints.find(({ group }) => id.startsWith(`${group}_`));
  return kin && { ...kin, id, isActive: false };
}

/** A bundle: what an instance of it may use. */
interface BundleRow {
  readonly id: string;
  readonly name: string;
  readonly power: number;
  readonly cpus: number;
  readonly ramInGb: number;
  readonly diskInGb: number;
  readonly transferInGb: number;
  readonly isActive: boolean;
}

/** The bundle of an id in any of Lightsail's generations: `nano_2_0`, `small_ipv6_3_0`. Throws `InvalidInputException`. */
export function requireBundle(id: string): BundleRow {
  const found = findBundle(id);
  if (!found) throw invalidInput(`there is no bundle "${id.slice(0, 128)}"`);
  return found;
}

/** The bundle of an id; undefined where there is none. */
export function findBundle(id: string): BundleRow | undefined {
  const [, size, kind = "", generation] = /^([a-z0-9]+?)(_win|_ipv6)?_([1-3])_\d{1,2}$/.exec(id) ?? [];
  const row = sizes.find(([name]) => name === size);
  if (!row || kind === "_win") return undefined;
  const [, name, power, cpus, ramInGb, diskInGb, transferInGb] = row;
  // Before the third generation the small ones had one core.
  const isOld = generation !== "3";
  const cores = isOld && ramInGb < 4 ? 1 : cpus;
  return { id, name, power, cpus: cores, ramInGb, diskInGb, transferInGb, isActive: !isOld };
}

/** What an instance of a bundle may use. */
export function bundleLimits({ cpus, ramInGb }: BundleRow): InstanceLimits {
  return { cpus, memoryOctets: ramInGb * 2 ** 30 };
}

/** GetBlueprints. */
export function getBlueprints({
  includeInactive = false,
  pageToken,
  appCategory,
}: Shapes["GetBlueprintsRequest"]): Shapes["GetBlueprintsResult"] {
  const listed = blueprints.filter(
    ({ isActive }) => appCategory === undefined && (isActive || includeInactive),
  );
  const { page, next } = pageOf(listed, ({ id }) => id, pageToken);
  return {
    blueprints: page.map(({ id, name, group, type, version, isActive }) => ({
      blueprintId: id,
      name,
      group,
      type,
      description: "A name for scripts written for Lightsail: the launch script says what the instance does",
      isActive,
      minPower: 0,
      version,
      versionCode: "1",
      platform: "LINUX_UNIX",
    })),
    ...next,
  };
}

/** GetBundles. */
export function getBundles({
  includeInactive = false,
  pageToken,
  appCategory,
}: Shapes["GetBundlesRequest"]): Shapes["GetBundlesResult"] {
  const generations = includeInactive ? ["2_0", "3_0"] : ["3_0"];
  const listed = generations.flatMap((generation) =>
    sizes.flatMap(([size]) => findBundle(`${size}_${generation}`) ?? []),
  );
  const { page, next } = pageOf(appCategory === undefined ? listed : [], ({ id }) => id, pageToken);
  return {
    bundles: page.map(({ id, name, power, cpus, ramInGb, diskInGb, transferInGb, isActive }) => ({
      bundleId: id,
      name,
      instanceType: name.toLowerCase(),
      price: 0,
      power,
      cpuCount: cpus,
      ramSizeInGb: ramInGb,
      diskSizeInGb: diskInGb,
      transferPerMonthInGb: transferInGb,
      isActive,
      supportedPlatforms: ["LINUX_UNIX"],
    })),
    ...next,
  };
}
