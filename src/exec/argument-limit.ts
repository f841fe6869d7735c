/** Linux refuses a single argument or variable of 32 pages, the final NUL included. */
const longestBytes = 131_071;

/**
 * Says which argument or variable is too long for the system, which itself says only `E2BIG`.
 * Undefined where all fit, and on systems that limit only the sum.
 */
export function tooLong(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  platform: string,
): string | undefined {
  if (platform !== "linux") return undefined;
  for (const [index, argument] of argv.entries()) {
    const bytes = Buffer.byteLength(argument);
    if (bytes > longestBytes) return problem(`argument ${index}`, bytes);
  }
  for (const [name, value] of Object.entries(env)) {
    const bytes = Buffer.byteLength(name) + 1 + Buffer.byteLength(value);
    if (bytes > longestBytes) return problem(`the variable ${name.slice(0, 100)}`, bytes);
  }
  return undefined;
}

function problem(what: string, bytes: number): string {
  return `ARG_TOO_LONG: ${what} has ${bytes} bytes, at most ${longestBytes} are possible; write it to a file and name that`;
}
