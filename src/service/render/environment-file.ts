/** NAME=VALUE lines that `node run --env-file` reads. */
export function environmentFile(environment: Readonly<Record<string, string>>): string {
  const lines = Object.entries(environment).map(
    ([name, value]) => `${name}="${value.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"\n`,
  );
  return lines.join("");
}
