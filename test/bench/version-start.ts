// Row 1: `--version` against the smallest program that the same compiler makes.
import { compileScript } from "./compile-script.ts";
import type { Measurement } from "./measurement.ts";
import { median } from "./quantile.ts";
import { type Rig, smallEnvironment } from "./rig.ts";

const RUNS = 25;

export async function versionStart(rig: Rig): Promise<Measurement[]> {
  const hello = await compileScript(rig.directory, "hello", `console.log("hello");`);
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

function timeOf(command: string[], cwd: string): number {
  const startedAt = performance.now();
  const { exitCode } = Bun.spawnSync(command, { cwd, env: smallEnvironment(cwd) });
  const took = performance.now() - startedAt;
  if (exitCode !== 0) throw new Error(`${command.join(" ")} ended with ${exitCode}`);
  return took;
}
