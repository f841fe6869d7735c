/** Every exit code of the program; documented in `clawdbot --help` and in the README. */
export const exitCode = {
  ok: 0,
  failure: 1,
  usage: 2,
  config: 3,
  auth: 10,
  pairing: 11,
  tls: 12,
  protocol: 13,
  alreadyRunning: 14,
  limitReached: 20,
  /** `update --check`: there is a newer release. */
  updateAvailable: 30,
  temporary: 75,
  /** Added to the signal's number when a second signal ends the process. */
  signalBase: 128,
} as const;
