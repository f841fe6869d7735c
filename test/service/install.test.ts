// Installing and removing on every kind of machine, with real files: what happens, that it happens
// once, and that a step that fails leaves everything as it was.
import { describe, expect, test } from "bun:test";
import { applyPlan } from "../../src/service/apply.ts";
import {
  type InstallRequest,
  planInstall,
  refuseForeign,
  textOf,
} from "../../src/service/install.ts";
import type { Step } from "../../src/service/plan.ts";
import type { ServiceSpec } from "../../src/service/service-spec.ts";
import { planUninstall } from "../../src/service/uninstall.ts";
import { Machine, type MachineName, machineNames } from "../fakes/machines.ts";
import { treeOf } from "../fakes/tree.ts";

const token = "the-secret-token";

async function plan(machine: Machine, spec: ServiceSpec = machine.spec) {
  const request: InstallRequest = {
    spec,
    secrets: Object.fromEntries(spec.secrets.map(({ path }) => [path, token])),
    before: await machine.manager.observe(),
    secretsStayRoots: machine.name.startsWith("systemd"),
    switchesLingering: machine.name === "systemd of a user",
  };
  const made = planInstall(machine.files, machine.manager, request);
  machine.resetCalls();
  return made;
}

function ports(machine: Machine) {
  return { files: machine.files, runner: machine.tools };
}

async function install(machine: Machine, spec?: ServiceSpec): Promise<string[]> {
  return applyPlan(ports(machine), (await plan(machine, spec)).steps);
}

function uninstall(machine: Machine, options = { force: false, lingering: machine.lingering }) {
  return planUninstall(machine.files, machine.manager, machine.place, options);
}

/** What of the machine is not files. */
function facts({ enabled, running, account, lingering }: Machine) {
  return { enabled, running, account, lingering };
}

const changed = (spec: ServiceSpec): ServiceSpec => ({
  ...spec,
  argv: [...spec.argv, "--verbose"],
});

describe.each(machineNames.map((name) => [name] as const))("%s", (name: MachineName) => {
  test("an installation runs and is enabled; the same again has no steps", async () => {
    using machine = new Machine(name);
    await install(machine);
    expect(machine.running).toBe(true);
    const observed = await machine.manager.observe();
    expect(observed).toMatchObject({ loaded: true, runtime: { status: "running" } });
    const before = treeOf(machine.root);
    expect((await plan(machine)).steps).toEqual([]);
    expect(treeOf(machine.root)).toEqual(before);
  });

  test("the secret is in a file of mode 600, and nowhere else", async () => {
    using machine = new Machine(name);
    await install(machine);
    const holders = Object.entries(treeOf(machine.root)).filter(([, entry]) => {
      const [, , content = ""] = entry.split(" ");
      const bytes = Buffer.from(content, "base64");
      return bytes.includes(token) || bytes.includes(Buffer.from(token, "utf16le"));
    });
    expect(holders.length).toBe(machine.spec.secrets.length);
    for (const [, entry] of holders) expect(entry).toStartWith("file 600 ");
    expect(machine.tools.calls.join("\n")).not.toContain(token);
  });

  test("another installation shows what changes, and puts it in place", async () => {
    using machine = new Machine(name);
    await install(machine);
    const next = await plan(machine, changed(machine.spec));
    const diff = next.files.flatMap((file) => file.diff).join("\n");
    expect(diff).toContain("--verbose");
    expect(diff).not.toContain("sha256");
    await applyPlan(ports(machine), next.steps);
    expect((await plan(machine, changed(machine.spec))).steps).toEqual([]);
    expect(machine.running).toBe(true);
  });

  test("whatever step of the first installation fails, nothing of it is left", async () => {
    for (let failing = 0; ; failing += 1) {
      using machine = new Machine(name);
      machine.put("/home/alice/.clawdbot/node.json", "{}", 0o600);
      const before = [treeOf(machine.root), facts(machine)];
      const { steps } = await plan(machine);
      if (failing === steps.length) break;
      await expectUndone(machine, breakAt(steps, failing));
      expect([treeOf(machine.root), facts(machine)]).toEqual(before);
    }
  });

  test("whatever tool of the first installation fails, nothing of it is left", async () => {
    for (let failing = 0; ; failing += 1) {
      using machine = new Machine(name);
      const before = [treeOf(machine.root), facts(machine)];
      const { steps } = await plan(machine);
      const commands = steps.filter((step) => step.kind === "command");
      if (failing === commands.length) break;
      machine.failingCall = failing;
      if (commands[failing]!.optional !== undefined) continue;
      await expectUndone(machine, steps);
      expect([treeOf(machine.root), facts(machine)]).toEqual(before);
    }
  });

  test("whatever step of a second installation fails, the first one runs as before", async () => {
    for (let failing = 0; ; failing += 1) {
      using machine = new Machine(name);
      await install(machine);
      const before = [treeOf(machine.root), facts(machine)];
      const { steps } = await plan(machine, changed(machine.spec));
      if (failing === steps.length) break;
      await expectUndone(machine, breakAt(steps, failing));
      expect([treeOf(machine.root), facts(machine)]).toEqual(before);
    }
  });

  test("an edited definition is shown and not replaced", async () => {
    using machine = new Machine(name);
    await install(machine);
    const edit = Buffer.from(machine.files.readBytes(machine.manager.definition)!);
    edit[edit.length - 20]! ^= 1;
    machine.files.writeAtomic(machine.manager.definition, new Uint8Array(edit), 0o644);
    const next = await plan(machine);
    expect(() => refuseForeign(next)).toThrow("it was edited since it was installed");
    const origins = next.files.map(({ origin }) => origin);
    expect(origins).toContain("edited");
  });

  test("a definition of another program is neither replaced nor removed", async () => {
    using machine = new Machine(name);
    machine.put(machine.manager.definition, "somebody else's\n");
    const next = await plan(machine);
    expect(() => refuseForeign(next)).toThrow("another program wrote it");
    expect(() => uninstall(machine)).toThrow("another program wrote it");
    const options = { force: true, lingering: false };
    expect(uninstall(machine, options).length).toBeGreaterThan(0);
  });

  test("removing leaves what was there before, and is possible twice", async () => {
    using machine = new Machine(name);
    machine.put("/home/alice/.clawdbot/node.json", "{}", 0o600);
    machine.put("/home/alice/.clawdbot/service/notes", "mine", 0o600);
    const dropIn = `${machine.manager.definition}.d/own.conf`;
    machine.put(dropIn, "[Service]\n");
    await install(machine);
    await applyPlan(ports(machine), uninstall(machine));
    expect(facts(machine)).toMatchObject({ enabled: false, running: false, lingering: false });
    const left = Object.entries(treeOf(machine.root))
      .filter(([, entry]) => !entry.startsWith("directory"))
      .map(([path]) => `/${path}`);
    expect(left.toSorted()).toEqual(
      ["/home/alice/.clawdbot/node.json", "/home/alice/.clawdbot/service/notes", dropIn].toSorted(),
    );
    expect(uninstall(machine)).toEqual([]);
  });

  test("start, stop and restart do that", async () => {
    using machine = new Machine(name);
    await install(machine);
    await applyPlan(ports(machine), machine.manager.stop());
    expect(machine.running).toBe(false);
    await applyPlan(ports(machine), machine.manager.start());
    expect(machine.running).toBe(true);
    await applyPlan(ports(machine), machine.manager.restart());
    expect(machine.running).toBe(true);
  });
});

describe("a host that ends at once", () => {
  test("is a failed installation, with the reason", async () => {
    using machine = new Machine("systemd of a user");
    machine.diesWith = 14;
    const before = treeOf(machine.root);
    const { steps } = await plan(machine);
    expect(applyPlan(ports(machine), steps)).rejects.toThrow(
      "Cannot keep the service running: it ended at once with exit code 14: another host uses the state directory",
    );
    await Promise.resolve();
    await expectUndone(machine, steps);
    expect(treeOf(machine.root)).toEqual(before);
  });
});

test("the log file of a service is named once, also when somebody else chose it", async () => {
  for (const name of machineNames) {
    using machine = new Machine(name);
    const chosen = { ...machine.spec, argv: [...machine.spec.argv, "--log-file", "/srv/node.log"] };
    for (const spec of [machine.spec, chosen]) {
      const texts = machine.manager.render(spec).map(({ content }) => textOf(bytesOf(content)));
      const expected = spec === chosen || !name.startsWith("systemd") ? 1 : 0;
      expect(texts.join("").split("--log-file").length - 1).toBe(expected);
    }
  }
});

function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? new TextEncoder().encode(content) : content;
}

test("an agent without anybody at the screen: what to do instead", async () => {
  using machine = new Machine("launchd agent");
  const { steps } = await plan(machine);
  const commands = steps.filter((step) => step.kind === "command");
  machine.failingCall = commands.findIndex(({ argv }) => argv.includes("bootstrap"));
  expect(await applyPlan(ports(machine), steps).catch(String)).toContain(
    "sudo clawdbot node install --system --account alice",
  );
});

test("lingering that cannot be switched on is a warning with the line for root", async () => {
  using machine = new Machine("systemd of a user");
  const { steps } = await plan(machine);
  const commands = steps.filter((step) => step.kind === "command");
  machine.failingCall = commands.findIndex(({ argv }) => argv.includes("enable-linger"));
  const warnings = await applyPlan(ports(machine), steps);
  expect(warnings.join()).toContain("Run: sudo loginctl enable-linger alice");
  expect(machine.running).toBe(true);
});

/** The same steps, of which one does nothing but fail. */
function breakAt(steps: readonly Step[], index: number): Step[] {
  const broken: Step = { kind: "check", what: "go on", check: () => Promise.resolve("it broke") };
  return steps.flatMap((step, at) => (at === index ? [broken, step] : [step]));
}

async function expectUndone(machine: Machine, steps: readonly Step[]): Promise<void> {
  const failure = await applyPlan(ports(machine), steps).then(
    () => undefined,
    (error: unknown) => error,
  );
  machine.failingCall = -1;
  expect(failure).toBeInstanceOf(Error);
}
