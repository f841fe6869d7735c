/** The checksum of exactly this file in a SHA256SUMS; lower-case hex. */
export function listedChecksum(list: string, file: string): string | undefined {
  for (const line of list.split(/\r?\n/)) {
    const match = /^([0-9a-fA-F]{64}) [ *](.+)$/.exec(line);
    if (match?.[2] === file) return match[1]?.toLowerCase();
  }
  return undefined;
}
