// Units of systemd: golden files, the way back, and systemd's own opinion.
import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { systemdUnit } from "../../../src/service/render/systemd.ts";
import type { ServiceSpec } from "../../../src/service/service-spec.ts";
import { expectGolden } from "../../fakes/golden.ts";
import { anyText, holds } from "../../fakes/property.ts";
import { Scratch } from "../../fakes/scratch.ts";
import { hostileSpec, hostileWords, systemSpec, userSpec } from "../../fakes/service-specs.ts";
import { settingsOf, specifiers, systemdCommand, systemdWords } from "../../fakes/systemd-words.ts";

const newest = 257;
const unitOf = (spec: ServiceSpec, version: number, notifies = true): string =>
  systemdUnit(spec, { version, notifies });
const rows: readonly (readonly [string, ServiceSpec, number])[] = [
  ["user.service", userSpec, newest],
  ["user-with-secret.service", { ...userSpec, secrets: hostileSpec.secrets }, 252],
  ["system-strict.service", systemSpec, newest],
  ["system-basic.service", { ...systemSpec, hardening: "basic" }, 252],
  ["user-strict.service", { ...userSpec, hardening: "strict" }, 252],
  ["system-old.service", { ...systemSpec, hardening: "none" }, 219],
  [
    "system-as-alice.service",
    { ...systemSpec, account: { name: "alice", home: "/home/alice", own: false } },
    252,
  ],
  ["hostile.service", hostileSpec, 252],
];

describe("systemdUnit", () => {
  test.each(rows.map((row) => [...row] as const))("writes %s", (name, spec, version) => {
    expectGolden(`service/systemd/${name}`, unitOf(spec, version, name !== "system-old.service"));
  });

  test("hostile words come back as they went in", () => {
    const [line = ""] = settingsOf(unitOf(hostileSpec, 252), "ExecStart");
    expect(systemdCommand(line)).toEqual([...hostileSpec.argv]);
  });

  test("every argument comes back as it went in", () => {
    const argument = anyText.filter((text) => !text.includes("\0") && text.isWellFormed());
    holds(
      fc.property(fc.array(argument, { maxLength: 8 }), (words) => {
        const argv = ["/usr/bin/clawdbot", ...words];
        const unit = unitOf({ ...userSpec, argv }, 252);
        const lines = settingsOf(unit, "ExecStart");
        expect(lines).toHaveLength(1);
        expect(systemdCommand(lines[0]!)).toEqual(argv);
      }),
    );
  });

  test("every variable comes back as it went in, and none is replaced", () => {
    const value = anyText.filter((text) => !text.includes("\0") && text.isWellFormed());
    holds(
      fc.property(value, (text) => {
        const unit = unitOf({ ...userSpec, environment: { PATH: text } }, 252);
        const [assignment = ""] = settingsOf(unit, "Environment");
        expect(systemdWords(assignment)).toEqual([`PATH=${text}`]);
      }),
    );
  });

  test("paths that take the rest of a line keep blanks, quotes and per cent signs", () => {
    const unit = unitOf(hostileSpec, 252);
    expect(settingsOf(unit, "EnvironmentFile").map(specifiers)).toEqual([
      ...hostileSpec.environmentFiles,
    ]);
    expect(settingsOf(unit, "WorkingDirectory").map(specifiers)).toEqual([
      hostileSpec.workingDirectory,
    ]);
  });

  test.each(["/home/a\nExecStartPre=/bin/evil", "/home/trailing\\", "/home/blank "])(
    "a path that would become something else is refused: %j",
    (path) => {
      expect(() => unitOf({ ...userSpec, workingDirectory: path }, 252)).toThrow(
        "into a systemd unit",
      );
    },
  );

  test.each([
    '/opt/"a"/clawdbot',
    "/opt/it's/clawdbot",
    "/opt/a\\b/clawdbot",
    "/opt/a\nb/clawdbot",
  ])("a program that systemd would refuse is refused at once: %j", (program) => {
    expect(() => unitOf({ ...userSpec, argv: [program] }, 252)).toThrow(
      "refuses paths of programs",
    );
  });

  test("no level forbids the memory that the program compiles its code into", () => {
    for (const [, spec, version] of rows) {
      expect(unitOf(spec, version)).not.toContain("MemoryDenyWriteExecute");
    }
  });

  test("no secret and no path of a command line is needed twice", () => {
    const unit = unitOf(systemSpec, 252);
    expect(settingsOf(unit, "LoadCredential")).toHaveLength(2);
    expect(unit).not.toContain("CREDENTIALS_DIRECTORY");
    expect(unitOf(systemSpec, 246)).toContain("CREDENTIALS_DIRECTORY");
  });
});

const analyze = Bun.which("systemd-analyze");

describe.skipIf(analyze === null)("systemd itself", () => {
  test.each(rows.filter(([name]) => name !== "system-old.service").map((row) => [...row] as const))(
    "finds nothing wrong with %s",
    (name, spec) => {
      using scratch = new Scratch();
      // It looks for the program, and complains about what this systemd does not know.
      const program = scratch.program("my %h $tools [*]/clawdbot");
      const existing = { ...spec, argv: [program, ...spec.argv.slice(1)] };
      const version = Number(
        /systemd (\d+)/.exec(Bun.spawnSync(["systemctl", "--version"]).stdout.toString())?.[1],
      );
      const unit = scratch.file(`unit/${name}`, unitOf(existing, version));
      const scope = spec.scope === "user" ? ["--user"] : ["--system"];
      const { stderr, exitCode } = Bun.spawnSync(
        [analyze!, ...scope, "--man=no", "--recursive-errors=no", "verify", unit],
        {
          env: {
            PATH: "/usr/sbin:/usr/bin:/bin",
            HOME: scratch.path,
            XDG_RUNTIME_DIR: scratch.directory("run"),
            SYSTEMD_UNIT_PATH: `${scratch.at("unit")}:`,
          },
        },
      );
      const about = stderr
        .toString()
        .split("\n")
        .filter((line) => line.includes(name));
      expect(about).toEqual([]);
      expect(exitCode).toBe(0);
    },
  );

  test("complains about a unit with a mistake, so that its silence means something", () => {
    using scratch = new Scratch();
    const unit = scratch.file(
      "unit/bad.service",
      unitOf(userSpec, 252).replace("Restart=always", "Restart=sometimes"),
    );
    const { stderr } = Bun.spawnSync([analyze!, "--user", "--man=no", "verify", unit], {
      env: { PATH: "/usr/bin:/bin", HOME: scratch.path, XDG_RUNTIME_DIR: scratch.path },
    });
    expect(stderr.toString()).toContain("sometimes");
  });
});

test("the hostile words are worth the name", () => {
  expect(hostileWords.join("")).toMatch(/%.*\$.*"/);
});
