// The build for Windows, under wine: its programs are wine's own.
import { afterAll, beforeAll, expect, test } from "bun:test";

import { InvokingGateway } from "../fakes/invoking-gateway.ts";
import { Scratch } from "../fakes/scratch.ts";
import { type Foreign, ForeignPerson, endWine, onWindows, windows } from "./foreign-program.ts";

const place = new Scratch();
let foreign: Foreign;
let person: ForeignPerson;
let gateway: InvokingGateway;

beforeAll(async () => {
  foreign = await windows(place);
  person = new ForeignPerson(foreign, { CLAWDBOT_STATE_DIR: onWindows(place.at("state")) });
  gateway = new InvokingGateway();
  place.file(
    "state/exec-approvals.json",
    '{"version":1,"defaults":{"security":"full","ask":"off"}}',
  );
}, 120_000);
afterAll(async () => {
  await person[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
  await endWine(foreign);
  place[Symbol.dispose]();
});

test("says what it is built for", async () => {
  const { code, stdout } = await person.run(["--version"]);
  expect([code, stdout]).toEqual([0, expect.stringContaining("windows-x64")]);
});

test("connects, runs commands of cmd.exe and finds programs", async () => {
  person.start(["node", "run", "--url", gateway.url]);
  await gateway.until(() => gateway.connected, "the host connects");
  const cmd = (text: string) => ({
    command: ["cmd.exe", "/d", "/s", "/c", text],
    rawCommand: text,
  });
  const said = await gateway.run(cmd("echo hi&& echo there"));
  expect(said.payload).toMatchObject({ exitCode: 0, stdout: "hi\r\nthere\r\n", stderr: "" });
  expect((await gateway.run(cmd("exit 7"))).payload).toMatchObject({ exitCode: 7, success: false });
  const env = { env: { GREETING: "a b" } };
  expect((await gateway.run({ ...cmd("echo %GREETING%"), ...env })).payload.stdout).toBe("a b\r\n");
  const found = await gateway.invoke("system.which", { bins: ["cmd", "no-such"] });
  expect(found.payload).toEqual({ bins: { cmd: expect.stringMatching(/\\cmd\.exe$/i) } });
  const missing = await gateway.run({ command: ["no-such-program"] });
  expect(missing.payload.error).toContain("ENOENT");
});

test("understands no text of cmd.exe under an allowlist", async () => {
  place.file("state/exec-approvals.json", '{"version":1,"agents":{"main":{"allowlist":["cmd"]}}}');
  const { result } = await gateway.run({ command: ["cmd.exe", "/d", "/s", "/c", "echo hi"] });
  expect(result.error.message).toContain("SYSTEM_RUN_DENIED");
});

test("shows the task that it would make", async () => {
  const { code, stdout } = await person.run(["node", "install", "--host", "gw", "--print"]);
  expect(code).toBe(0);
  expect(stdout).toContain('xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task"');
  expect(stdout).toContain("<ExecutionTimeLimit>PT0S</ExecutionTimeLimit>");
});
