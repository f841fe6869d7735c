const units: Readonly<Record<string, number>> = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** Reads `512M`, `2G`, `64k` or bytes; undefined for anything else. */
export function parseByteSize(text: string): number | undefined {
  const match = /^(\d+)\s*([kmg]?)(?:i?b)?$/i.exec(text.trim());
  if (match === null) return undefined;
  const bytes = Number(match[1]) * (units[(match[2] ?? "").toLowerCase()] ?? 0);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
