// Waiting for a state that another process reaches in its own time.

/** Asks until the answer is there; the error of the last attempt tells what was missing. */
export async function eventually<T>(
  what: string,
  limitMs: number,
  ask: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const deadline = performance.now() + limitMs;
  let lastError: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`Waited ${limitMs} ms in vain: ${what}`, { cause: lastError });
    }
    await Bun.sleep(100);
  }
}
