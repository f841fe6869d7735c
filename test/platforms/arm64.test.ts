// The build for 64-bit ARM, under qemu: its programs are this machine's own.
import { afterAll, beforeAll, expect, test } from "bun:test";

import { InvokingGateway } from "../fakes/invoking-gateway.ts";
import { ForeignPerson, arm64 } from "./foreign-program.ts";

let person: ForeignPerson;
let gateway: InvokingGateway;

beforeAll(() => {
  person = new ForeignPerson(arm64());
  gateway = new InvokingGateway();
});
afterAll(async () => {
  await person[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
});

test("says what it is built for", async () => {
  const { code, stdout } = await person.run(["--version"]);
  expect([code, stdout]).toEqual([0, expect.stringContaining("linux-arm64")]);
});

test("connects, runs what is allowed, keeps a journal and drains", async () => {
  const host = person.start(["node", "run", "--url", gateway.url]);
  await gateway.until(() => gateway.connected, "the host connects");
  const refused = await gateway.run({ command: ["/usr/bin/id", "-u"] });
  expect(refused.result.error.message).toContain("approval required");
  const added = await person.run(["approvals", "allowlist", "add", "/usr/bin/id"]);
  expect(added.code).toBe(0);
  const { payload } = await gateway.run({ command: ["/bin/sh", "-lc", "id -u | tr 0-9 a-j"] });
  expect(payload).toMatchObject({ exitCode: 0, success: true, stderr: "" });
  expect(payload.stdout).toMatch(/^[a-j]+\n$/);
  const found = await gateway.invoke("system.which", { bins: ["sh"] });
  expect(found.payload.bins.sh).toBe("/usr/bin/sh");
  const stopped = await gateway.run({ command: ["/usr/bin/id"], timeoutMs: 60_000 });
  expect(stopped.payload.exitCode).toBe(0);
  const history = await person.run(["node", "history", "--verify"]);
  expect([history.code, history.stdout]).toEqual([0, expect.stringContaining("whole")]);
  host.kill("SIGTERM");
  expect(await host.exited).toBe(0);
});
