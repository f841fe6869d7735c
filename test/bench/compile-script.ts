// The smallest programs to compare with, made by the same compiler as ours.
import { join } from "node:path";

/** With the options of build.ts, so that only what the program does differs. Gives its path. */
export async function compileScript(
  directory: string,
  name: string,
  code: string,
): Promise<string> {
  const source = join(directory, `${name}.ts`);
  await Bun.write(source, code);
  const outfile = join(directory, name);
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
    throw: false,
  });
  if (!result.success)
    throw new Error(`"${name}" cannot be compiled: ${result.logs.map(String).join("; ")}`);
  return outfile;
}
