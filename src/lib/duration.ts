const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Longest delay that timers of the platform can hold: 2^31 - 1 ms, about 24.8 days. */
export const longestTimerMs = 2_147_483_647;

/**
 * Reads a duration such as `30s`, `5m`, `1h30m` or `250ms` as milliseconds.
 * A bare number is seconds. Returns undefined for anything else, and for more than `mostMs`.
 */
export function parseDuration(text: string, mostMs = longestTimerMs): number | undefined {
  const trimmed = text.trim();
  if (/^\d+(\.\d+)?$/.test(trimmed)) return within(Number(trimmed) * 1000, mostMs);
  if (!/^(\d+(\.\d+)?(ms|[smhd]))+$/.test(trimmed)) return undefined;
  let total = 0;
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)) {
    total += Number(amount) * (unitMs[unit ?? ""] ?? 0);
  }
  return within(total, mostMs);
}

function within(ms: number, mostMs: number): number | undefined {
  return ms <= mostMs ? Math.round(ms) : undefined;
}

/** Shows milliseconds as a person reads them: `850 ms`, `12 s`, `3 min`, `2 h 5 min`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  }
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d`;
}
