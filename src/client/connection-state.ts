/** The vocabulary of the connection's state machine. */
import type { HelloOk } from "../protocol/connect.ts";
import type { Failure } from "./failure.ts";

export type Phase =
  | { readonly name: "idle" }
  /** TCP, proxy, TLS and upgrade; `after`: what ended the connection before, without a wait. */
  | { readonly name: "dialing"; readonly after?: Failure }
  /** Open; the gateway speaks first. */
  | { readonly name: "challenge" }
  | { readonly name: "authenticating" }
  | { readonly name: "connected"; readonly hello: HelloOk; readonly tickMs: number }
  /** Waiting for the socket to be really gone: a gateway drops the newer of two. */
  | { readonly name: "closing"; readonly failure: Failure | undefined; readonly next: Next }
  | { readonly name: "waiting"; readonly failure: Failure; readonly delayMs: number }
  | { readonly name: "stopped" };

type Next = "retry" | "retry-now" | "stop";

/** How the device signs; gateways before 2026.2.26 know only the first. */
export type SignatureForm = "v2" | "v3";

/** Which of the credentials at hand is offered: a refused first one is followed by the second. */
export type CredentialChoice = "first" | "second";

export interface ConnectionState {
  readonly phase: Phase;
  /** Failures in a row; zero again after the connection was stable for a while. */
  readonly failures: number;
  readonly credential: CredentialChoice;
  readonly signature: SignatureForm;
  /** What was learnt about the end of this socket before it closed. */
  readonly cause: Failure | undefined;
}

export type TimerId =
  | "dial"
  | "challenge"
  | "handshake"
  | "liveness"
  | "stable"
  | "close-grace"
  | "retry";

export type Input =
  | { readonly type: "start" }
  | { readonly type: "stop" }
  | { readonly type: "opened" }
  /** The dial could not even begin, or the socket reported an error; `closed` follows in the latter case. */
  | { readonly type: "failed"; readonly failure: Failure; readonly socketLeft: boolean }
  | { readonly type: "challenge"; readonly nonce: string; readonly ts: number | undefined }
  | { readonly type: "accepted"; readonly hello: HelloOk }
  | { readonly type: "refused"; readonly failure: Failure; readonly anotherCredential: boolean }
  /** The gateway announced that it stops. */
  | { readonly type: "shutdown" }
  /** This side wants to introduce itself anew: some gateways change what a node may only then. */
  | { readonly type: "renew" }
  | { readonly type: "closed"; readonly code: number; readonly reason: string }
  | { readonly type: "timer"; readonly id: Exclude<TimerId, "liveness"> }
  | { readonly type: "liveness"; readonly quietMs: number; readonly pingUnanswered: boolean };

export type Effect =
  | { readonly type: "dial"; readonly credential: CredentialChoice }
  | {
      readonly type: "send-connect";
      readonly nonce: string | undefined;
      readonly ts: number | undefined;
      readonly signature: SignatureForm;
    }
  | { readonly type: "ping" }
  | { readonly type: "close"; readonly code: number; readonly reason: string }
  | { readonly type: "terminate" }
  | { readonly type: "set-timer"; readonly id: TimerId; readonly ms: number }
  | { readonly type: "clear-timers" };

export interface Step {
  readonly state: ConnectionState;
  readonly effects: readonly Effect[];
}

export const initialState: ConnectionState = {
  phase: { name: "idle" },
  failures: 0,
  credential: "first",
  signature: "v2",
  cause: undefined,
};
