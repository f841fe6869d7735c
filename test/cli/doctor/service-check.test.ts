import { expect, test } from "bun:test";
import { lingerFinding, serviceFinding } from "../../../src/cli/doctor/service-check.ts";
import type { FoundHost } from "../../../src/cli/host/find-host.ts";
import type { ServiceStatus } from "../../../src/cli/service/service-status.ts";
import { systemFiles } from "../../../src/platform/files.ts";
import { serviceNames } from "../../../src/service/service-names.ts";
import { systemdManager } from "../../../src/service/systemd-manager.ts";
import { systemClock } from "../../../src/platform/clock.ts";
import { hostStatusWith } from "../../fakes/host-status.ts";

const directory = "/state";
const running: FoundHost = { kind: "running", directory, status: hostStatusWith({}) };
const older: FoundHost = {
  kind: "running",
  directory,
  status: hostStatusWith({ version: "0.0.1" }),
};
const absent: FoundHost = { kind: "absent", directory };
const mute: FoundHost = { kind: "mute", directory, problem: "permission denied", hint: "use sudo" };

const place: ServiceStatus["place"] = {
  names: serviceNames(undefined),
  scope: "user",
  home: "/home/me",
  stateDirectory: directory,
  dataDirectory: `${directory}/service`,
  uid: 1,
  userName: "me",
};
const runner = {
  run: () => Promise.resolve({ code: 1, stdout: "", stderr: "" }),
  follow: () => ({ ended: Promise.resolve(0), stop() {} }),
};
const manager = systemdManager({ files: systemFiles, runner, clock: systemClock }, place, {
  version: 252,
  notifies: true,
  makeAccountWith: undefined,
  lingering: false,
});
const record = {
  version: 1 as const,
  manager: "systemd",
  scope: "user" as const,
  programArguments: [process.execPath],
  workingDirectory: "/",
  stateDirectory: directory,
  environment: {},
  environmentFiles: [],
  hardening: "none",
  files: [],
};

function service(changes: Partial<ServiceStatus> = {}): ServiceStatus {
  return {
    running: true,
    json: {},
    manager,
    observation: { loaded: true, failed: false, dropIns: [], runtime: { status: "running" } },
    runtime: { status: "running" },
    record,
    origin: "ours",
    endsAtLogout: false,
    place,
    ...changes,
  };
}

const gone = { ...record, programArguments: ["/no/such/program"] };
const stopped = {
  running: false,
  runtime: { status: "stopped", detail: "ended (exit code 3)\u001b" },
} as const;
const notLoaded = {
  loaded: false,
  failed: false,
  dropIns: [],
  runtime: { status: "running" },
} as const;

test.each<[string, Partial<ServiceStatus>, FoundHost, string, string, string | undefined]>([
  ["runs", {}, running, "pass", "the systemd service runs (pid 7)", undefined],
  ["was edited", { origin: "edited" }, running, "pass", "its file was edited", undefined],
  [
    "runs an older build",
    {},
    older,
    "warn",
    "version 0.0.1, this",
    "clawdbot node restart --profile x",
  ],
  ["does not answer", {}, absent, "warn", "does not answer", "clawdbot node restart --profile x"],
  ["cannot be asked", {}, mute, "warn", "permission denied", "use sudo"],
  [
    "does not start by itself",
    { observation: notLoaded },
    running,
    "warn",
    "does not start by itself",
    "clawdbot node install --profile x",
  ],
  [
    "is stopped",
    stopped,
    absent,
    "fail",
    "not running: ended (exit code 3)\\u{1b}",
    "clawdbot node start --profile x, and see: clawdbot node logs --profile x",
  ],
  [
    "starts what is gone",
    { record: gone, ...stopped },
    absent,
    "fail",
    '"/no/such/program", which is not there',
    "clawdbot node install --profile x",
  ],
  [
    "is not installed",
    { running: false, origin: "absent" },
    absent,
    "skip",
    "none is installed",
    "clawdbot node install --profile x",
  ],
  [
    "is not installed; a host runs by hand",
    { running: false, origin: "absent" },
    running,
    "skip",
    "a host runs by hand (pid 7)",
    "clawdbot node install --profile x",
  ],
  [
    "is not installed; an older host runs by hand",
    { running: false, origin: "absent" },
    older,
    "warn",
    "version 0.0.1, this",
    "Stop it, and start it again",
  ],
])("a service that %s", (_case, changes, host, status, fact, fix) => {
  const facts = { service: service(changes), host, suffix: " --profile x" };
  const found = serviceFinding(systemFiles, facts);
  expect(found.status).toBe(status as "pass");
  expect(found.fact).toContain(fact);
  expect(found.fix).toBe(fix as string);
});

test("the commands of a service of the machine take root", () => {
  const system = { ...place, scope: "system" } as const;
  const facts = { service: service({ ...stopped, place: system }), host: absent, suffix: "" };
  expect(serviceFinding(systemFiles, facts).fix).toStartWith("sudo clawdbot node start, ");
});

test.each([
  [false, false, "skip", undefined],
  [true, false, "pass", undefined],
  [true, true, "warn", "sudo loginctl enable-linger me"],
])("lingering counts: %s, it ends at logout: %s", (counts, endsAtLogout, status, fix) => {
  const facts = { service: service({ endsAtLogout }), host: running, suffix: "" };
  const found = lingerFinding(facts, counts);
  expect([found.status, found.fix]).toEqual([status as "skip", fix]);
});
