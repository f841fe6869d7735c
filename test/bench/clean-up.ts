// Ctrl-C ends this process and nothing else: nodes are leaders of groups of their own.
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Calls back on any way out but a SIGKILL; what it does has to be synchronous. */
export function cleanUpOnExit(cleanUp: () => void): void {
  process.on("exit", cleanUp);
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.on(signal, () => process.exit(code));
  }
}
