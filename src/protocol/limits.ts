/**
 * Every size and time that the wire protocol fixes, in one place.
 * Sections are those of the public gateway's behaviour: framing, connect, ticks, pairing, invoke.
 */

/** Protocol versions that this program speaks. */
export const oldestProtocol = 3;
export const newestProtocol = 4;

/** Largest frame that a January 2026 gateway accepts; one byte more closes the line with 1009. */
export const gatewayMaxFrameBytes = 524_288;

/** Largest frame that a client accepts from a gateway. */
export const clientMaxFrameBytes = 26_214_400;

/** Later gateways close with 1009 when the connect frame is larger than this. */
export const connectMaxFrameBytes = 65_536;

/** A gateway drops a client that leaves more than this unread. */
export const gatewayMaxBufferedBytes = 1_572_864;

/** Kept free below `policy.maxPayload` for the envelope that a relay may add. */
export const frameReserveBytes = 1024;

/** A client that has seen no challenge by then signs without a nonce (v1). */
export const challengeWaitMs = 750;

/** A gateway closes a connection that has not finished its handshake by then. */
export const handshakeMs = 10_000;

/** How far `signedAt` may be from the gateway's clock. */
export const signatureSkewMs = 600_000;

export const tickIntervalMs = 30_000;

/** A pending pairing request is forgotten after this time. */
export const pairingTtlMs = 300_000;

/** A gateway's own limit for an invoke that names none. */
export const invokeDefaultMs = 30_000;

/** Characters of command output that an `exec.finished` event carries, taken from the end. */
export const eventOutputChars = 20_000;

/** A close reason has to fit a control frame: 125 bytes less the code, rounded down. */
export const closeReasonBytes = 120;

export const defaultPort = 18_789;

/** Connections that the embedded gateway serves at once, and those among them without a handshake. */
export const gatewayMaxConnections = 1024;
export const gatewayMaxHandshakes = 64;

/** Devices that wait for an operator, and devices that are known, at one embedded gateway. */
export const maxPendingDevices = 64;
export const maxPairedDevices = 1024;

/** Scopes that a connection may ask for, and the length of one. */
export const maxScopes = 16;
export const maxScopeChars = 64;

/** Names, versions and platforms that a device gives are remembered up to this length. */
export const maxLabelChars = 128;

/** Invocations that wait for their nodes at one embedded gateway. */
export const maxInvokesInFlight = 4096;

/** Ticks without any sign of life after which the embedded gateway drops a connection. */
export const deadAfterTicks = 3;

/** An approval is asked for this long unless its request says otherwise, and never longer. */
export const approvalDefaultMs = 120_000;
export const maxApprovalMs = 86_400_000;

/** How long after an operator's yes the run may be called approved. */
export const approvalUseMs = 120_000;

/**
 * Approvals that wait for an operator, in all and of one device, and those that wait to be used, at
 * one embedded gateway.
 */
export const maxPendingApprovals = 64;
export const maxPendingApprovalsOfDevice = 32;
export const maxGrantedApprovals = 256;

/** Longest texts of a request for approval: all that wait have to fit one answer. */
export const maxApprovalCommandChars = 16_384;
export const maxPathChars = 4096;
export const maxAgentChars = 512;
