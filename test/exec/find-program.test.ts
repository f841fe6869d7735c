import { describe, expect, test } from "bun:test";
import { chmodSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { type ProgramSearch, findProgram, locateProgram } from "../../src/exec/find-program.ts";
import { systemFiles } from "../../src/platform/files.ts";
import { Scratch } from "../fakes/scratch.ts";

/** Two directories of programs, oddities among them. */
class Machine extends Scratch {
  readonly first = this.directory("first");
  readonly second = this.directory("second");
  readonly real = realpathSync(this.path);

  constructor() {
    super();
    this.program("second/tool");
    this.program("first/both");
    this.program("second/both");
    this.file("first/readable", "text", 0o644);
    this.program("second/readable");
    this.directory("first/shadow");
    this.program("second/shadow");
    this.link("first/alias", "../second/tool");
    this.link("first/dangling", "nowhere");
    this.link("first/circle", "circle");
    this.link("first/to-directory", "../second");
    this.program("work/here");
    this.program("work/sub/deep");
    this.program("first/with space");
    this.program("first/-dash");
    this.program("first/ünï");
  }

  /** Both ways of looking find the same. */
  find(name: string, search: Partial<ProgramSearch> = {}) {
    const whole = {
      cwd: this.at("work"),
      path: `${this.first}:${this.second}`,
      windows: false,
      pathExt: undefined,
      ...search,
    };
    const found = findProgram(systemFiles, name, whole);
    expect(locateProgram(systemFiles, name, whole)).toBe(found?.path);
    return found;
  }
}

function withMachine(use: (machine: Machine) => void): () => void {
  return () => {
    using machine = new Machine();
    use(machine);
  };
}

describe("findProgram", () => {
  const table: [sentence: string, name: string, found: string | undefined][] = [
    ["a name is looked up in PATH", "tool", "second/tool"],
    ["the first directory wins", "both", "first/both"],
    ["a file that may not be executed is passed over", "readable", "second/readable"],
    ["a directory of that name is passed over", "shadow", "second/shadow"],
    ["a link keeps its own path", "alias", "first/alias"],
    ["a link that leads nowhere is nothing", "dangling", undefined],
    ["a link that leads to itself is nothing", "circle", undefined],
    ["a link to a directory is nothing", "to-directory", undefined],
    ["a name with a blank", "with space", "first/with space"],
    ["a name that looks like a flag", "-dash", "first/-dash"],
    ["a name that is not ASCII", "ünï", "first/ünï"],
    ["no such name", "nothing", undefined],
    ["an empty name", "", undefined],
    ["a dot", ".", undefined],
    ["two dots", "..", undefined],
    ["a slash", "/", undefined],
    ["a name with a NUL", "tool\0", undefined],
    ["a path with a NUL", "./here\0/../x", undefined],
    ["a name is not looked up in the working directory", "here", undefined],
    ["a path from the working directory", "./here", "work/here"],
    ["a deeper path from there", "sub/deep", "work/sub/deep"],
    ["a path out of it", "../second/tool", "second/tool"],
    ["a path through what is not there", "no/../here", "work/here"],
    ["a directory by its path", "./sub", undefined],
    ["a home that nobody expands", "~/tool", undefined],
    ["a backslash is no separator here", "sub\\deep", undefined],
    ["a name that no system allows", "x".repeat(5000), undefined],
  ];

  test.each(table)("%s: %j", (_sentence, name, found) => {
    using machine = new Machine();
    expect(machine.find(name)?.path).toBe(found === undefined ? undefined : machine.at(found));
  });

  test(
    "where a link leads is told too, and how the program was found",
    withMachine((machine) => {
      const tool = statSync(machine.at("second/tool"));
      expect(machine.find("alias")).toEqual({
        path: machine.at("first/alias"),
        realPath: join(machine.real, "second/tool"),
        device: tool.dev,
        inode: tool.ino,
        viaPath: true,
      });
      expect(machine.find(machine.at("first/alias"))?.viaPath).toBe(false);
      expect(machine.find("./here")?.viaPath).toBe(false);
    }),
  );

  test(
    "relative and empty entries of PATH do not let the working directory choose",
    withMachine((machine) => {
      for (const path of ["", ":", ".", "./", ":.:", "sub", ".:sub:"]) {
        expect(machine.find("here", { path })).toBeUndefined();
        expect(machine.find("deep", { path })).toBeUndefined();
      }
      expect(machine.find("tool", { path: `:.:work:${machine.second}` })?.path).toBe(
        machine.at("second/tool"),
      );
    }),
  );

  test(
    "an empty PATH does not fall back to this process' own",
    withMachine((machine) => {
      expect(machine.find("sh", { path: "" })).toBeUndefined();
    }),
  );

  test(
    "an entry of PATH that is a file or is not there is passed over",
    withMachine((machine) => {
      const path = `${machine.at("second/tool")}:${machine.at("none")}:${machine.second}`;
      expect(machine.find("tool", { path })?.path).toBe(machine.at("second/tool"));
    }),
  );

  test.each([
    "git.exe.",
    "git.exe ",
    "git.exe:evil",
    "C:\\t\\git.exe.",
    "C:\\t\\git.exe::$DATA",
    "\\\\?\\C:\\t\\git.exe:evil",
    "C:git:evil",
  ])("another spelling of a file's name on Windows is nothing: %j", (name) => {
    const asked: string[] = [];
    const files = { ...systemFiles, realPath: (path: string) => void asked.push(path) };
    const search = { cwd: "C:\\", path: "C:\\t", windows: true, pathExt: ".EXE" };
    expect(findProgram(files, name, search)).toBeUndefined();
    expect(asked).toEqual([]);
  });

  test(
    "another working directory means another program",
    withMachine((machine) => {
      expect(machine.find("./deep", { cwd: machine.at("work/sub") })?.path).toBe(
        machine.at("work/sub/deep"),
      );
      expect(machine.find("./here", { cwd: machine.at("gone") })).toBeUndefined();
    }),
  );

  test(
    "agrees with Bun.which wherever both know the same rules",
    withMachine((machine) => {
      const PATH = `${machine.first}:${machine.second}:/usr/bin:/bin`;
      const names = [
        "tool",
        "both",
        "readable",
        "alias",
        "sh",
        "cat",
        "env",
        "nothing",
        "with space",
      ];
      for (const name of names) {
        expect(machine.find(name, { path: PATH })?.path ?? null).toBe(Bun.which(name, { PATH }));
      }
    }),
  );

  test(
    "a program that loses its permission is gone at once",
    withMachine((machine) => {
      expect(machine.find("tool")).toBeDefined();
      chmodSync(machine.at("second/tool"), 0o600);
      expect(machine.find("tool")).toBeUndefined();
      expect(machine.find(machine.at("second/tool"))).toBeUndefined();
    }),
  );
});
