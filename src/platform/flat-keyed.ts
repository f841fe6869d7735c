/**
 * One number of a file such as `memory.events`, which says `KEY NUMBER` in each line; undefined
 * when it is not there.
 */
export function flatKeyed(text: string, key: string): number | undefined {
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${key} `));
  const number = line?.slice(key.length + 1).trim() ?? "";
  return /^\d+$/.test(number) ? Number(number) : undefined;
}
