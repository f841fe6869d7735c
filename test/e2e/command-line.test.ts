// The executable's own edges: version, help, and readers that go away.
import { describe, expect, test } from "bun:test";
import manifest from "../../package.json" with { type: "json" };
import { Person } from "./program.ts";

describe("--version", () => {
  test.each([["--version"], ["-v"]])(
    "%s is one line that names version, commit and target",
    async (flag) => {
      await using person = new Person();
      const { code, stdout, stderr } = await person.run([flag]);
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).toMatch(
        new RegExp(`^clawdbot ${manifest.version} \\([0-9a-z.]+, [a-z0-9-]+\\)\\n$`),
      );
      expect(stdout).not.toContain("source");
      expect(person.has("home/.clawdbot")).toBe(false);
    },
  );

  test("without any environment", async () => {
    await using person = new Person();
    expect((await person.run(["--version"], { shell: 'exec env -i "$@"' })).code).toBe(0);
  });
});

describe("a reader that goes away", () => {
  test.each([["--version"], ["--help"], ["node run --help"], ["nodes --help"]])(
    "%s into a closed pipe ends quietly",
    async (words) => {
      await using person = new Person();
      const shell = '{ "$@"; echo "code $?" >&2; } | true';
      const { stderr } = await person.run(words.split(" "), { shell });
      // 141: ended by SIGPIPE, as usual programs are.
      expect(stderr).toMatch(/^code (0|141)\n$/);
    },
  );

  test.each([["--version"], ["--help"]])(
    "%s onto a full disk ends without a stack",
    async (word) => {
      await using person = new Person();
      const { stderr } = await person.run([word], { shell: 'exec "$@" >/dev/full' });
      expect(stderr).not.toMatch(/^\s+at /m);
    },
  );

  test("data that is lost is a failure, with the reason", async () => {
    await using person = new Person();
    const { code, stderr } = await person.run(["--help"], { shell: 'exec "$@" >/dev/full' });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Error: Cannot write the output: .*ENOSPC/);
  });

  test("output that is longer than a pipe holds arrives whole", async () => {
    await using person = new Person();
    const direct = await person.run(["node", "run", "--help"]);
    const slow = await person.run(["node", "run", "--help"], {
      shell: '"$@" | { sleep 0.2; cat; }',
    });
    expect(slow.stdout).toBe(direct.stdout);
  });
});

test("data on standard output, all else on standard error, no colours where nobody sees them", async () => {
  await using person = new Person();
  const help = await person.run(["--help"]);
  expect([help.code, help.stderr]).toEqual([0, ""]);
  expect(help.stdout).not.toContain("\u001b");
  const bare = await person.run([]);
  expect([bare.code, bare.stdout]).toEqual([2, ""]);
  expect(bare.stderr).toBe(help.stdout);
});

test("logs as one JSON object a line", async () => {
  await using person = new Person();
  const { stderr } = await person.run([
    "node",
    "run",
    "--port",
    "1",
    "--once",
    "--log-format",
    "json",
  ]);
  const lines = stderr
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines) {
    expect(line).toMatchObject({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      level: expect.stringMatching(/^(info|warn|error|debug)$/),
      message: expect.any(String),
    });
  }
});
