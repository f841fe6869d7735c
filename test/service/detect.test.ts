import { describe, expect, test } from "bun:test";
import { type Choice, type Marker, chooseManager, findMarkers } from "../../src/service/detect.ts";
import { rootedFiles } from "../fakes/rooted-files.ts";
import { Scratch } from "../fakes/scratch.ts";

interface Row {
  readonly is: string;
  readonly found?: readonly Marker[];
  readonly platform?: string;
  readonly root?: boolean;
  readonly userManager?: boolean;
  readonly wanted?: "user" | "system";
  readonly choice: Choice;
}

const rows: readonly Row[] = [
  {
    is: "a desktop or server with a user's systemd",
    found: ["systemd", "useradd"],
    userManager: true,
    choice: { kind: "systemd", scope: "user" },
  },
  {
    is: "root on it",
    found: ["systemd", "useradd"],
    root: true,
    choice: { kind: "systemd", scope: "system" },
  },
  {
    is: "root on it who wants a unit of root's own manager",
    found: ["systemd"],
    root: true,
    userManager: true,
    wanted: "user",
    choice: { kind: "systemd", scope: "user" },
  },
  {
    is: "a user without a bus: after su, on some cloud images",
    found: ["systemd"],
    choice: { kind: "systemd", scope: "system" },
  },
  {
    is: "a user without a bus who insists",
    found: ["systemd"],
    wanted: "user",
    choice: { kind: "systemd", scope: "user" },
  },
  {
    is: "Alpine",
    found: ["openrc", "adduser"],
    root: true,
    choice: { kind: "openrc", scope: "system" },
  },
  {
    is: "Alpine, not root",
    found: ["openrc", "adduser"],
    choice: { kind: "openrc", scope: "system" },
  },
  {
    is: "a Synology, which has a systemd, too",
    found: ["synology", "systemd"],
    root: true,
    choice: { kind: "rc", scope: "system", style: "synology" },
  },
  { is: "Unraid", found: ["unraid"], root: true, choice: { kind: "recipe", recipe: "unraid" } },
  { is: "Void", found: ["runit", "useradd"], choice: { kind: "recipe", recipe: "runit" } },
  {
    is: "a container",
    found: ["container", "updateRc", "useradd"],
    root: true,
    choice: { kind: "recipe", recipe: "docker" },
  },
  {
    is: "a container with systemd in it",
    found: ["container", "systemd"],
    root: true,
    choice: { kind: "systemd", scope: "system" },
  },
  {
    is: "Devuan with SysV init",
    found: ["updateRc", "useradd"],
    root: true,
    choice: { kind: "rc", scope: "system", style: "sysv" },
  },
  { is: "something else", root: true, choice: { kind: "recipe", recipe: "none" } },
  { is: "a Mac", platform: "darwin", choice: { kind: "launchd", scope: "user" } },
  {
    is: "a Mac's daemon",
    platform: "darwin",
    root: true,
    choice: { kind: "launchd", scope: "system" },
  },
  { is: "Windows", platform: "win32", choice: { kind: "task", scope: "user" } },
];

describe("chooseManager", () => {
  test.each(rows.map((row) => [row.is, row] as const))("on %s", (_is, row) => {
    const { found = [], platform = "linux", root = false, userManager = false } = row;
    const facts = { platform, root, userManager, found: new Set(found) };
    expect(chooseManager(facts, row.wanted)).toEqual(row.choice);
  });
});

test("findMarkers finds what is there", () => {
  using scratch = new Scratch();
  scratch.directory("run/systemd/system");
  scratch.file("etc/synoinfo.conf", "");
  scratch.file("etc/unraid-version/not-a-directory", "");
  expect([...findMarkers(rootedFiles(scratch.path))].toSorted()).toEqual([
    "synology",
    "systemd",
    "unraid",
  ]);
});
