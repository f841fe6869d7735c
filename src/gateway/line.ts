/** One connection at the gateway's end: challenge, handshake, then requests. */
import { messageOf } from "../lib/errors.ts";
import type { Cancel, ServerSocket } from "../platform/ports.ts";
import { challengeEvent } from "../protocol/connect.ts";
import { encodeError, encodeEvent, encodeOk, parseFrame } from "../protocol/frame.ts";
import { closeCodes, errorCodes } from "../protocol/gateway-errors.ts";
import {
  connectMaxFrameBytes,
  deadAfterTicks,
  gatewayMaxBufferedBytes,
} from "../protocol/limits.ts";
import { type Admission, admit } from "./admit.ts";
import { type ClientOrigin, clientOrigin } from "./client-origin.ts";
import { hello } from "./hello.ts";
import { type Refusal, refusal } from "./refusal.ts";
import { serveRequest } from "./serve-request.ts";
import type { Peer, Session } from "./session.ts";
import type { Switchboard } from "./switchboard.ts";

export class Line implements Peer {
  readonly #board: Switchboard;
  readonly #socket: ServerSocket;
  readonly #origin: ClientOrigin;
  readonly #connId: string;
  readonly #nonce: string;
  readonly #cancelHandshakeTimer: Cancel;
  #session: Session | undefined;
  #closed = false;
  #quietTicks = 0;

  constructor(board: Switchboard, socket: ServerSocket) {
    const { clock, random } = board.ports;
    this.#board = board;
    this.#socket = socket;
    this.#origin = clientOrigin(socket.remoteAddress, socket.headers);
    this.#connId = random.uuid();
    this.#nonce = random.uuid();
    this.#cancelHandshakeTimer = clock.after(board.handshakeMs, () =>
      this.close(closeCodes.normal, ""),
    );
  }

  /** Only a line that was let in has one. */
  get session(): Session {
    if (this.#session === undefined) throw new Error("this line has no session");
    return this.#session;
  }

  challenge(): void {
    this.sendEvent(challengeEvent, { nonce: this.#nonce, ts: this.#board.ports.clock.now() });
  }

  sendEvent(event: string, payload: unknown, seq?: number): boolean {
    if (this.#socket.bufferedBytes() > gatewayMaxBufferedBytes) {
      this.#board.ports.log.warn("dropped a client that does not read", this.#fields());
      this.close(closeCodes.policy, "slow consumer");
      return false;
    }
    return this.#send(encodeEvent(event, payload, seq));
  }

  close(code: number, reason: string): void {
    if (this.#closed) return;
    this.ended(code, reason);
    this.#socket.close(code, reason);
  }

  /** The socket is gone or about to go; called any number of times, the first one counts. */
  ended(code: number, reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelHandshakeTimer();
    this.#board.left(this, this.#session, { code, reason });
  }

  /** Whatever came in, also below the frames, shows that the other side is alive. */
  heard(): void {
    this.#quietTicks = 0;
  }

  /** Once a tick: asks for a sign of life, and gives up when none has come for a while. */
  checkLife(): void {
    this.#quietTicks += 1;
    if (this.#quietTicks <= deadAfterTicks) return this.#socket.ping();
    this.#board.ports.log.info("dropped a connection without a sign of life", this.#fields());
    this.ended(closeCodes.abnormal, "no sign of life");
    this.#socket.terminate();
  }

  receive(text: string): void {
    this.heard();
    if (this.#closed) return;
    const session = this.#session;
    if (session === undefined) return this.#handshake(text);
    const { methods, ports } = this.#board;
    const reply = (answer: string): void => void this.#send(answer);
    serveRequest(text, { session, methods, log: ports.log, reply });
  }

  #handshake(text: string): void {
    // Nobody who is not known yet gets to fill the memory.
    if (Buffer.byteLength(text) > connectMaxFrameBytes) return this.close(closeCodes.tooBig, "");
    const parsed = parseFrame(text);
    if (parsed.kind === "not-json") return this.close(closeCodes.normal, "");
    if (parsed.kind !== "frame" || parsed.frame.type !== "req") {
      return this.close(closeCodes.policy, "invalid request frame");
    }
    const { id, method, params } = parsed.frame;
    if (method !== "connect") {
      return this.#refuse(id, refusal("invalid handshake: first request must be connect"));
    }
    const admission = this.#admit(params);
    if (!admission.ok) return this.#refuse(id, admission.refusal);
    this.#welcome(id, admission);
  }

  #admit(params: unknown): Admission {
    try {
      return admit(this.#board.admitDeps, params, { nonce: this.#nonce, origin: this.#origin });
    } catch (error) {
      // A full disk, for one: the client may come again, and who runs the gateway has to know.
      this.#board.ports.log.error("a device could not be let in", { error: messageOf(error) });
      const options = { code: errorCodes.unavailable };
      return { ok: false, refusal: refusal("the gateway cannot save its state", options) };
    }
  }

  #refuse(id: string, { error, closeCode, closeReason, told }: Refusal): void {
    if (!told) this.#board.refused(this.#origin, error.message);
    this.#send(encodeError(id, error));
    this.close(closeCode, closeReason);
  }

  #welcome(id: string, { claim, token }: Extract<Admission, { ok: true }>): void {
    this.#cancelHandshakeTimer();
    this.#session = {
      connId: this.#connId,
      deviceId: claim.deviceId,
      role: claim.role,
      scopes: claim.scopes,
      remoteIp: this.#origin.remoteIp,
      connectedAtMs: this.#board.ports.clock.now(),
      params: claim.params,
    };
    const facts = this.#board.helloFacts();
    this.#send(encodeOk(id, hello({ ...facts, connId: this.#connId, token })));
    this.#board.joined(this, this.#session);
  }

  #send(text: string): boolean {
    return !this.#closed && this.#socket.send(text);
  }

  #fields() {
    return {
      from: this.#origin.remoteIp ?? "behind a proxy",
      role: this.#session?.role,
      device: this.#session?.deviceId.slice(0, 12),
    };
  }
}
