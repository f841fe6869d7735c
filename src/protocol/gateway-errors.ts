/** Error codes, closes and the texts by which a refused connection is told apart. */

export const errorCodes = {
  invalidRequest: "INVALID_REQUEST",
  notPaired: "NOT_PAIRED",
  unavailable: "UNAVAILABLE",
} as const;

export const closeCodes = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  abnormal: 1006,
  policy: 1008,
  tooBig: 1009,
  serviceRestart: 1012,
  tryAgainLater: 1013,
  tickTimeout: 4000,
  authChanged: 4001,
} as const;

/** Events that a node or an operator reacts to. */
export const gatewayEvents = {
  tick: "tick",
  shutdown: "shutdown",
  pairRequested: "device.pair.requested",
  pairResolved: "device.pair.resolved",
  approvalRequested: "exec.approval.requested",
  approvalResolved: "exec.approval.resolved",
  /** Sent by the embedded gateway alone: an approval was spent on the run that it was given for. */
  approvalUsed: "exec.approval.used",
  /** The node's commands, the second gate: to the node itself and to operators. */
  commandsResolved: "node.pair.resolved",
} as const;
