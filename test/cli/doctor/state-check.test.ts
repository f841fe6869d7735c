import { describe, expect, test } from "bun:test";
import { stateFinding } from "../../../src/cli/doctor/state-check.ts";
import { systemRandom } from "../../../src/platform/clock.ts";
import { systemFiles } from "../../../src/platform/files.ts";
import { pathsIn } from "../../../src/state/paths.ts";
import { Scratch } from "../../fakes/scratch.ts";

const own = process.getuid?.() ?? 0;
const look = (directory: string, uid: number | undefined = own) =>
  stateFinding(systemFiles, systemRandom, { paths: pathsIn(directory), uid });

describe("the state directory", () => {
  test("that is not there is no fault", () => {
    using scratch = new Scratch();
    const found = look(scratch.at("none"));
    expect([found.status, scratch.has("none")]).toEqual(["pass", false]);
  });

  test("that is a file", () => {
    using scratch = new Scratch();
    const path = scratch.file("it", "");
    expect(look(path)).toMatchObject({
      status: "fail",
      fix: `Move it away: mv ${path} ${path}.old`,
    });
  });

  test("that belongs to somebody else", () => {
    using scratch = new Scratch();
    const found = look(scratch.path, own + 1);
    expect(found).toMatchObject({ status: "fail" });
    expect(found.fix).toContain("chown");
  });

  test("that others may write, with the files that they may read", () => {
    using scratch = new Scratch();
    const directory = scratch.directory("state", 0o777);
    const file = scratch.file("state/node.json", '{"version":1}', 0o640);
    const found = look(directory);
    expect(found).toMatchObject({
      status: "warn",
      fix: `chmod 700 ${directory}; chmod 600 ${file}`,
    });
  });

  test("where nobody has a number, modes say nothing", () => {
    using scratch = new Scratch();
    const directory = scratch.directory("state", 0o777);
    const facts = { paths: pathsIn(directory), uid: undefined };
    expect(stateFinding(systemFiles, systemRandom, facts).status).toBe("pass");
  });

  test("with two damages names both", () => {
    using scratch = new Scratch();
    scratch.file("node.json", "[");
    scratch.file("identity/device.json", "{}");
    const { status, fact } = look(scratch.path);
    expect(status).toBe("fail");
    expect(fact).toMatch(/node\.json.*device\.json/);
  });
});
