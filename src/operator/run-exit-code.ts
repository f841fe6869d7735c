/** Exit codes of `nodes run` beside the command's own: those of timeout(1) and of shells. */
export const runExitCode = {
  timedOut: 124,
  notExecutable: 126,
  notFound: 127,
  /** Added to the number of the signal that ended the command, or the waiting for it. */
  signalBase: 128,
} as const;
