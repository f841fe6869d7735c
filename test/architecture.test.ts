// Holds the shape of the project: which folder may import which, what a pure folder may touch,
// how large files get. Every rule is a function of one file's path and text, and is shown below
// to fire on code that breaks it.

import { describe, expect, test } from "bun:test";
import { builtinModules } from "node:module";
import { join, posix } from "node:path";
import manifest from "../package.json" with { type: "json" };

interface Source {
  /** Relative to the project, with forward slashes. */
  readonly path: string;
  readonly text: string;
}
/** Gives what is wrong with a file, in words. */
type Rule = (source: Source) => string[];

/** From left to right: a folder imports from those to its right, and not from its siblings. */
const layers = [
  ["cli"],
  ["node", "operator", "gateway", "service", "update"],
  ["client", "exec", "approvals", "state", "journal"],
  ["protocol"],
  ["lib"],
];

/** Siblings that may import one another all the same: "FROM → TO" and why. */
const siblingExceptions: Readonly<Record<string, string>> = {};

/** The only files outside platform/ that may know the real adapters; all others get ports. */
const compositionRoots = ["src/main.ts", "src/cli/context.ts"];
const ports = "src/platform/ports.ts";

const runTimePackages = ["citty", "consola", "which", "zod"];

const purePaths =
  /^src\/(approvals|lib|protocol|service\/render)\/|^src\/client\/[^/]*machine[^/]*\.ts$|^src\/platform\/ports\.ts$/;
const impureGlobals =
  "Bun Buffer process fetch WebSocket setTimeout setInterval setImmediate performance";
const impureNames = [...impureGlobals.split(" "), "globalThis.process", "Date.now", "Math.random"];
const endings = ["process.exit", "process.exitCode", "process.abort", "process.reallyExit"];
const environments = ["process.env", "Bun.env", "import.meta.env"];

const longestFile = 400;
const highestMedian = 100;
const wantedMedian = 80;

// Put together here so that this file does not name them itself.
const parts = (...text: string[]): string => text.join("/");
const registry = ["registry", "npmjs", "org"].join(".");
const workplaceWords = [
  { word: new RegExp(registry.replaceAll(".", "\\.")), what: "a registry host" },
  { word: new RegExp(`(?<![\\w.~*-])${parts("", "work", "")}`), what: "a path of the workplace" },
  { word: new RegExp(`\\.${parts(".", "shared")}\\b`), what: "the shared folder" },
];

/** Every specifier that a file imports, types and lazy imports included. */
function importsOf({ text }: Source): string[] {
  // The transpiler sees all imports of values, also odd ones; the patterns see those of types.
  const seen = new Bun.Transpiler({ loader: "ts", trimUnusedImports: false }).scanImports(text);
  const statements = text.matchAll(
    /^\s*(?:import|export)\b[^;"'`=()]*?\bfrom\s*["']([^"'\n]+)["']/gm,
  );
  const calls = text.matchAll(/\b(?:import|require)\(\s*["']([^"'\n]+)["']/g);
  return [
    ...new Set([...seen.map(({ path }) => path), ...[...statements, ...calls].map(([, s]) => s!)]),
  ];
}

/** Which of these globals, or members of globals, a file uses; its own variables do not count. */
function globalsIn({ text }: Source, names: readonly string[]): string[] {
  const mark = (name: string): string => `__global_${name.replaceAll(".", "_")}__`;
  const owners = names.map((name) => name.replace(/\.\w+$/, ""));
  const define = Object.fromEntries(owners.map((owner) => [owner, mark(owner)]));
  const options = { loader: "ts", target: "bun", deadCodeElimination: false, define } as const;
  const code = new Bun.Transpiler(options).transformSync(text);
  return names.filter((name, index) => {
    const owner = mark(owners[index]!);
    const member = /\.(\w+)$/.exec(name)?.[1];
    if (member === undefined) return code.includes(owner);
    const list = `\\{[^{}]*\\b${member}\\b[^{}]*\\}`;
    const imported = `import\\s*${list}\\s*from\\s*"(node:process|bun)"`;
    return new RegExp(`${owner}\\.${member}\\b|${list}\\s*=\\s*${owner}|${imported}`).test(code);
  });
}

/** The folder of src/ that a path is in, or the name of a file that is directly in src/. */
function folderOf(path: string): string {
  return path.split("/")[1] ?? "";
}

const direction: Rule = (source) => {
  const from = folderOf(source.path);
  const rank = layers.findIndex((layer) => layer.includes(from));
  if (rank < 0 && !["main.ts", "version.ts", "platform"].includes(from))
    return [`is in "${from}", which is in no layer`];
  return importsOf(source)
    .filter((specifier) => specifier.startsWith("."))
    .flatMap((specifier) => {
      const path = posix.join(posix.dirname(source.path), specifier);
      const to = folderOf(path);
      const said = `imports ${path}`;
      if (!path.startsWith("src/")) return [`${said}, which is outside src/`];
      if (to === "main.ts") return [`${said}, where the program starts`];
      if (path === ports || to === "version.ts" || from === "main.ts" || from === to) return [];
      if (to === "platform")
        return compositionRoots.includes(source.path) ? [] : [`${said} instead of ${ports}`];
      if (from === "platform") return to === "lib" ? [] : [`${said}; platform/ may use lib/ only`];
      const toRank = layers.findIndex((layer) => layer.includes(to));
      if (toRank > rank || `${from} → ${to}` in siblingExceptions) return [];
      return [`${said}: ${toRank === rank ? "a sibling" : "against the direction"}`];
    });
};

const packages: Rule = (source) =>
  importsOf(source)
    .filter((specifier) => !/^(\.|bun$|bun:|node:)/.test(specifier))
    .filter((specifier) => !runTimePackages.includes(specifier.split("/")[0] ?? ""))
    .map((specifier) =>
      builtinModules.includes(specifier)
        ? `imports ${specifier} without "node:"`
        : `imports the package ${specifier}`,
    );

const purity: Rule = (source) => {
  if (!purePaths.test(source.path)) return [];
  const modules = importsOf(source).filter((specifier) => /^(bun$|bun:|node:)/.test(specifier));
  return [
    ...modules.map((name) => `is pure but imports ${name}`),
    ...globalsIn(source, impureNames).map((name) => `is pure but uses ${name}`),
  ];
};

const typesOnly: Rule = ({ path, text }) => {
  if (path !== ports) return [];
  const code = new Bun.Transpiler({ loader: "ts" }).transformSync(text).trim();
  return ["", "export {};"].includes(code) ? [] : ["has code, but is for types only"];
};

const ending: Rule = (source) => {
  if (source.path === "src/main.ts") return [];
  return globalsIn(source, endings).map((name) => `ends the process with ${name}`);
};

const environment: Rule = (source) => {
  if (source.path === "src/main.ts" || folderOf(source.path) === "platform") return [];
  return globalsIn(source, environments).map((name) => `reads the environment with ${name}`);
};

const naming: Rule = ({ path }) => {
  const vague = /\/(index|utils?|helpers?|common|misc)(\.ts$|\/)/.exec(path);
  return vague ? [`is named "${vague[1]}", which says nothing of its role`] : [];
};

const lineCount = ({ text }: Source): number => text.trimEnd().split("\n").length;
const size: Rule = (source) =>
  lineCount(source) > longestFile ? [`has ${lineCount(source)} lines`] : [];

const hygiene: Rule = ({ text }) =>
  workplaceWords.filter(({ word }) => word.test(text)).map(({ what }) => `names ${what}`);

/** The files that match a pattern, without what is installed or built. */
async function read(pattern: string): Promise<Source[]> {
  const root = join(import.meta.dir, "..");
  const paths = [...new Bun.Glob(pattern).scanSync({ cwd: root, dot: true })]
    .map((path) => path.replaceAll("\\", "/"))
    // In a second work tree .git is a file.
    .filter((path) => !/(^|\/)(node_modules|dist|coverage|\.git|\.cache)(\/|$)/.test(path))
    .toSorted();
  return await Promise.all(
    paths.map(async (path) => ({ path, text: await Bun.file(join(root, path)).text() })),
  );
}

const sources = await read("src/**/*.ts");
const complaints = (rule: Rule, files: readonly Source[]): string[] =>
  files.flatMap((file) => rule(file).map((complaint) => `${file.path} ${complaint}`));

describe("the source", () => {
  test.each([
    ["imports in one direction", direction],
    ["needs no package but the agreed ones", packages],
    ["has no effects in its pure folders", purity],
    ["keeps ports.ts free of code", typesOnly],
    ["ends the process only in main.ts", ending],
    ["reads the environment only in main.ts and platform/", environment],
    ["names files by their role", naming],
    [`has no file of more than ${longestFile} lines`, size],
  ] as const)("%s", (_sentence, rule) => {
    expect(complaints(rule, sources)).toEqual([]);
  });

  test(`has a median file of at most ${wantedMedian} lines`, () => {
    const counts = sources.map(lineCount).toSorted((a, b) => a - b);
    const median = counts[Math.floor(counts.length / 2)] ?? 0;
    if (median > wantedMedian)
      console.warn(`src/: ${counts.length} files, median ${median} lines; wanted ${wantedMedian}`);
    expect(median).toBeLessThanOrEqual(highestMedian);
  });

  test("uses every exception that is made for siblings", () => {
    const used = Object.keys(siblingExceptions).filter((pair) => {
      const [from, to] = pair.split(" → ");
      const target = new RegExp(`^src/${to}/`);
      return sources.some(
        (source) =>
          folderOf(source.path) === from &&
          importsOf(source).some((s) => target.test(posix.join(posix.dirname(source.path), s))),
      );
    });
    expect(used).toEqual(Object.keys(siblingExceptions));
  });
});

describe("the project", () => {
  test("names nothing of the place where it is written", async () => {
    expect(complaints(hygiene, await read("**/*"))).toEqual([]);
  });

  test("depends on the agreed packages, each in one exact version", () => {
    expect(Object.keys(manifest.dependencies).toSorted()).toEqual(runTimePackages);
    const versions = Object.values({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });
});

/** One offence: the rule, where, the code, and a part of the complaint ("" for none). */
type Row = readonly [rule: Rule, path: string, text: string, complaint: string];
const machine = "src/client/connection-machine.ts";
const rows: readonly Row[] = [
  [direction, "src/lib/a.ts", `import { b } from "../protocol/b.ts"; b();`, "against"],
  [direction, "src/lib/a.ts", `import type { B } from "../protocol/b.ts";`, "against"],
  [direction, "src/lib/a.ts", `import type {\n  B,\n  C,\n} from "../protocol/b.ts";`, "against"],
  [direction, "src/lib/a.ts", `import { type B } from "../protocol/b.ts";`, "against"],
  [direction, "src/lib/a.ts", `import "../protocol/b.ts";`, "against"],
  [direction, "src/lib/a.ts", `export * from "../protocol/b.ts";`, "against"],
  [direction, "src/lib/a.ts", `export type { B } from "../protocol/b.ts";`, "against"],
  [direction, "src/lib/a.ts", `const b = () => import("../protocol/b.ts");`, "against"],
  [direction, "src/lib/a.ts", `let b: import("../protocol/b.ts").B;`, "against"],
  [direction, "src/lib/a.ts", `const b = require("../protocol/b.ts");`, "against"],
  [direction, "src/gateway/a.ts", `import "../cli/b.ts";`, "against"],
  [direction, "src/gateway/a.ts", `import "../node/b.ts";`, "a sibling"],
  [direction, "src/exec/a.ts", `import "../approvals/b.ts";`, "a sibling"],
  [direction, "src/node/handlers/a.ts", `import "../../operator/b.ts";`, "a sibling"],
  [direction, "src/cli/a.ts", `import "../platform/clock.ts";`, "instead of"],
  [direction, "src/node/a.ts", `import type { C } from "../platform/clock.ts";`, "instead of"],
  [direction, "src/platform/a.ts", `import "../exec/b.ts";`, "may use lib/ only"],
  [direction, "src/cli/a.ts", `import "../main.ts";`, "where the program starts"],
  [direction, "src/cli/a.ts", `import "../../test/fakes/b.ts";`, "outside src/"],
  [direction, "src/cli/a.ts", `import m from "../../package.json";`, "outside src/"],
  [direction, "src/stuff/a.ts", "", "in no layer"],
  [direction, "src/lib/a.ts", `import "../stuff/b.ts";`, "against"],
  [direction, "src/cli/a.ts", `import "../gateway/b.ts"; import "../lib/c.ts";`, ""],
  [direction, "src/node/handlers/a.ts", `import "../b.ts"; import "../../exec/c.ts";`, ""],
  [direction, "src/exec/a.ts", `import type { Clock } from "../platform/ports.ts";`, ""],
  [direction, "src/cli/context.ts", `import { clock } from "../platform/clock.ts";`, ""],
  [direction, "src/lib/a.ts", `// import "../protocol/b.ts"`, ""],
  [packages, "src/lib/a.ts", `import pico from "picomatch";`, "the package picomatch"],
  [packages, "src/lib/a.ts", `import type { A } from "@scope/a/b";`, "the package @scope/a/b"],
  [packages, "src/exec/a.ts", `import { readFileSync } from "fs";`, `without "node:"`],
  [packages, "src/exec/a.ts", `import "node:fs"; import "zod/mini"; import "bun:sqlite";`, ""],
  [purity, "src/lib/a.ts", `import { join } from "node:path";`, "imports node:path"],
  [purity, "src/approvals/a.ts", `import { $ } from "bun";`, "imports bun"],
  [purity, "src/service/render/a.ts", `export const a = process.platform;`, "uses process"],
  [purity, "src/service/render/a.ts", `export const a = globalThis.process;`, "globalThis.process"],
  [purity, "src/protocol/a.ts", "export const a = `${Bun.version}`;", "uses Bun"],
  [purity, machine, `export const a = Date.now();`, "uses Date.now"],
  [purity, machine, `setTimeout(() => {}, 1);`, "uses setTimeout"],
  [purity, ports, `export const a = Buffer.from("");`, "uses Buffer"],
  [purity, "src/service/a.ts", `export const a = process.platform;`, ""],
  [purity, "src/lib/a.ts", `export const a = { process: 1, text: "Bun", f: (x: A) => x.Bun };`, ""],
  [purity, "src/lib/a.ts", `export const a = (process: A) => process.exit; // Bun`, ""],
  [typesOnly, ports, `export const a = 1;`, "types only"],
  [typesOnly, ports, `import type { A } from "../lib/a.ts"; export type B = A;`, ""],
  [ending, "src/cli/a.ts", `process.exit(1);`, "process.exit"],
  [ending, "src/cli/a.ts", `process["exit"](1);`, "process.exit"],
  [ending, "src/platform/a.ts", `process.exitCode = 1;`, "process.exitCode"],
  [ending, "src/cli/a.ts", `const { pid, exit } = process; exit(pid);`, "exit"],
  [ending, "src/cli/a.ts", `import { exit } from "node:process"; exit(1);`, "exit"],
  [ending, "src/main.ts", `process.exit(1);`, ""],
  [ending, "src/exec/a.ts", `child.exit(1); const text = "process.exit(1)";`, ""],
  [environment, "src/state/a.ts", `export const a = process.env["A"];`, "process.env"],
  [environment, "src/state/a.ts", `export const a = Bun.env.A;`, "Bun.env"],
  [environment, "src/state/a.ts", `export const a = import.meta.env.A;`, "import.meta.env"],
  [environment, "src/state/a.ts", `const { env } = process; export { env };`, "env"],
  [environment, "src/state/a.ts", `import { env } from "bun"; env.A;`, "env"],
  [environment, "src/platform/a.ts", `export const a = process.env["A"];`, ""],
  [environment, "src/exec/a.ts", `export const f = (process: A) => process.env;`, ""],
  [naming, "src/exec/utils.ts", "", "utils"],
  [naming, "src/helpers/a.ts", "", "helpers"],
  [naming, "src/exec/index.ts", "", "index"],
  [naming, "src/approvals/indexed-utilities.ts", "", ""],
  [size, "src/exec/a.ts", "a;\n".repeat(longestFile + 1), `${longestFile + 1} lines`],
  [size, "src/exec/a.ts", "a;\n".repeat(longestFile), ""],
  [hygiene, "README.md", `see https://${registry}/x`, "registry"],
  [hygiene, "README.md", `in ${parts("", "work", "main")}`, "workplace"],
  [hygiene, "README.md", `see ${parts("..", "shared", "design.md")}`, "shared"],
  [hygiene, "README.md", `in /home/runner${parts("", "work", "main")}, framework/x`, ""],
];

describe("the rules above", () => {
  for (const [rule, path, text, complaint] of rows) {
    const code = rule === hygiene ? "…" : text.replaceAll("\n", " ").slice(0, 72);
    test(`${complaint === "" ? "allow" : "refuse"} ${path}: ${code}`, () => {
      const found = rule({ path, text }).join("; ");
      if (complaint === "") expect(found).toBe("");
      else expect(found).toContain(complaint);
    });
  }
});
