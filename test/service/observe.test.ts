// What the tools of service managers say, as captured, and what is made of it.
import { describe, expect, test } from "bun:test";
import { observationOf as ofLaunchd } from "../../src/service/launchd-manager.ts";
import { observationOf as ofUnit, observeUnit } from "../../src/service/systemd-observe.ts";
import { observationOf as ofTask } from "../../src/service/task-manager.ts";
import { Tools } from "../fakes/tools.ts";

const shown = (values: Record<string, string>): string =>
  Object.entries({
    LoadState: "loaded",
    UnitFileState: "enabled",
    ActiveState: "active",
    SubState: "running",
    MainPID: "42",
    ExecMainStatus: "0",
    ExecMainCode: "0",
    Result: "success",
    NRestarts: "0",
    ...values,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");

describe("systemctl show", () => {
  const dead = { ActiveState: "inactive", SubState: "dead", MainPID: "0" };
  const failed = { ...dead, ActiveState: "failed", SubState: "failed", ExecMainCode: "1" };
  test.each([
    ["running", {}, { loaded: true, failed: false }, { status: "running", pid: 42 }],
    ["stopped by hand", dead, { loaded: true, failed: false }, { status: "stopped" }],
    [
      "being stopped",
      { ActiveState: "deactivating", SubState: "stop-sigterm" },
      { failed: false },
      { status: "running", state: "deactivating" },
    ],
    [
      "not there",
      { ...dead, LoadState: "not-found", UnitFileState: "" },
      { loaded: false },
      { status: "stopped", missingUnit: true },
    ],
    [
      "waiting to be started again",
      {
        ...dead,
        ActiveState: "activating",
        SubState: "auto-restart",
        ExecMainCode: "2",
        ExecMainStatus: "9",
      },
      { failed: true },
      {
        status: "stopped",
        lastExitReason: "killed",
        detail: "ended (signal 9) and is started again",
      },
    ],
    [
      "not started again",
      { ...failed, ExecMainStatus: "3" },
      { failed: true },
      {
        lastExitStatus: 3,
        detail:
          "ended (exit code 3: a configuration or policy file cannot be used) and is not started again",
      },
    ],
    [
      "without a program",
      { ...failed, ExecMainStatus: "203" },
      { failed: true },
      {
        detail: "ended (exit code 203: the executable cannot be started) and is not started again",
      },
    ],
    ["with an own status", { StatusText: "connected" }, {}, { detail: "connected" }],
    ["restarted before", { NRestarts: "3" }, {}, { restarts: 3 }],
    ["disabled", { UnitFileState: "disabled" }, { loaded: false }, { status: "running" }],
    [
      "with drop-ins",
      { DropInPaths: "/etc/a.conf /etc/b.conf" },
      { dropIns: ["/etc/a.conf", "/etc/b.conf"] },
      {},
    ],
    ["masked", { ...dead, UnitFileState: "masked", LoadState: "masked" }, { loaded: false }, {}],
  ] as const)("%s", (_name, values, observation, runtime) => {
    expect(ofUnit(shown(values))).toMatchObject({ ...observation, runtime });
  });

  test("no bus is no answer, and not a service that is stopped", async () => {
    const tools = new Tools(() => ({ code: 1, stderr: "Failed to connect to bus\nmore" }));
    expect(await observeUnit(tools, ["systemctl", "--user"], "x.service")).toMatchObject({
      runtime: { status: "unknown", detail: "Failed to connect to bus" },
    });
  });
});

describe("launchctl print", () => {
  test.each([
    [
      "running",
      "gui/501/com.clawdbot.node = {\n\tactive count = 1\n\tstate = running\n\n\tpid = 77\n\tlast exit code = (never exited)\n\tspawn type = {\n\t\tstate = other\n\t}\n}",
      { status: "running", pid: 77 },
      false,
    ],
    [
      "crashed",
      "x = {\n\tstate = spawn scheduled\n\tlast exit code = 3\n}",
      { status: "stopped", lastExitStatus: 3 },
      true,
    ],
    [
      "ended well",
      "x = {\n\tstate = not running\n\tlast exit code = 0\n}",
      { status: "stopped", lastExitStatus: 0 },
      false,
    ],
  ] as const)("%s", (_name, text, runtime, failed) => {
    expect(ofLaunchd(text)).toMatchObject({ loaded: true, failed, runtime });
  });
});

describe("schtasks /Query /V /FO CSV /NH", () => {
  test.each([
    [
      "running, in German",
      '"PC","\\Clawdbot Node","N/A","Wird ausgeführt","Interaktiv/Hintergrund","23.11.2026 03:00:00","267009","PC\\alice"',
      { status: "running" },
    ],
    [
      "ended with a code, in Spanish",
      '"PC","\\Clawdbot Node","N/D","Listo","Interactivo","23/11/2026 3:00:00","3","x"',
      { status: "stopped", lastExitStatus: 3 },
    ],
    [
      "never started",
      '"PC","\\Clawdbot Node","N/A","Ready","x","N/A","267011","x"',
      { status: "stopped" },
    ],
    [
      "a name with a comma and quotes",
      '"PC, the ""big"" one","\\Clawdbot Node","N/A","Running","x","y","267009"',
      { status: "running" },
    ],
    ["something else", "ERROR", { status: "unknown" }],
  ] as const)("%s", (_name, text, runtime) => {
    expect(ofTask(`\r\n${text}\r\n`).runtime).toEqual(runtime);
  });
});
