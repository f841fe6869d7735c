// Row 1: `--version` against the smallest program that the same compiler makes.
import { join } from "node:path";
import type { Measurement } from "./measurement.ts";
import { median } from "./quantile.ts";
import { type Rig, smallEnvironment } from "./rig.ts";

const RUNS = 25;

export async function versionStart(rig: Rig): Promise<Measurement[]> {
  const hello = await compileHello(rig.directory);
  const times = { hello: [] as number[], version: [] as number[] };
  // The first run of each only brings its file into memory.
  for (let round = 0; round <= RUNS; round += 1) {
    const helloMs = timeOf([hello], rig.directory);
    const versionMs = timeOf([rig.binary, "--version"], rig.directory);
    if (round === 0) continue;
    times.hello.push(helloMs);
    times.version.push(versionMs);
  }
  const [version, floor] = [median(times.version), median(times.hello)];
  return [
    {
      what: "--version ÷ compiled hello-world",
      value: version / floor,
      unit: "×",
      budget: { kind: "at most", value: 3 },
      detail: `${version.toFixed(1)} ms ÷ ${floor.toFixed(1)} ms, ${RUNS} runs each`,
    },
  ];
}

/** With the options of build.ts, so that only what the program does differs. */
async function compileHello(directory: string): Promise<string> {
  const source = join(directory, "hello.ts");
  await Bun.write(source, `console.log("hello");\n`);
  const outfile = join(directory, "hello");
  const result = await Bun.build({
    entrypoints: [source],
    target: "bun",
    format: "esm",
    bytecode: true,
    compile: {
      executablePath: process.execPath,
      outfile,
      autoloadBunfig: false,
      autoloadDotenv: false,
      autoloadPackageJson: false,
      autoloadTsconfig: false,
    },
  });
  if (!result.success) throw new Error("hello-world cannot be compiled");
  return outfile;
}

function timeOf(command: string[], cwd: string): number {
  const startedAt = performance.now();
  const { exitCode } = Bun.spawnSync(command, { cwd, env: smallEnvironment(cwd) });
  const took = performance.now() - startedAt;
  if (exitCode !== 0) throw new Error(`${command.join(" ")} ended with ${exitCode}`);
  return took;
}
