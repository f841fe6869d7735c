// A WebSocket client that says exactly what a test wants, and holds every frame that comes back
// against the strict shapes.
import type { DeviceIdentity } from "../../src/state/device-identity.ts";
import { type Signing, newDevice, nodeProfile, operatorProfile, signedConnect } from "./device.ts";
import { checkFrame } from "./strict-frames.ts";

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

export interface ClientOptions {
  readonly headers?: Record<string, string>;
  /** For TLS: the certificate that is trusted. */
  readonly ca?: string;
}

const patienceMs = 5000;

export class RawClient implements Disposable {
  readonly closed: Promise<Closed>;
  /** Frames that nobody has waited for yet. */
  readonly frames: any[] = [];
  readonly #socket: WebSocket;
  readonly #methods = new Map<string, string>();
  readonly #waiting: { matches(frame: any): boolean; resolve(frame: any): void }[] = [];
  #problem: Error | undefined;
  #ids = 0;

  constructor(url: string, { headers = {}, ca }: ClientOptions = {}) {
    const tls = ca === undefined ? {} : { tls: { ca, checkServerIdentity: () => undefined } };
    this.#socket = new WebSocket(url, { headers, ...tls });
    this.#socket.addEventListener("message", ({ data }) => this.#take(JSON.parse(String(data))));
    this.closed = new Promise((resolve) => {
      this.#socket.addEventListener("close", ({ code, reason }) => resolve({ code, reason }));
    });
  }

  /** Opens a connection and completes the handshake. */
  static async connected(
    url: string,
    options: ClientOptions & Signing & { readonly device?: DeviceIdentity } = {},
  ): Promise<RawClient> {
    const client = new RawClient(url, options);
    const answer = await client.connect(options);
    if (answer.ok !== true) throw new Error(`not let in: ${JSON.stringify(answer.error)}`);
    return client;
  }

  static operator(url: string, options: Parameters<typeof RawClient.connected>[1] = {}) {
    return RawClient.connected(url, { profile: operatorProfile, ...options });
  }

  static node(url: string, options: Parameters<typeof RawClient.connected>[1] = {}) {
    return RawClient.connected(url, { profile: nodeProfile, ...options });
  }

  /** Sends the connect request that answers the challenge; gives the response. */
  async connect(options: Signing & { readonly device?: DeviceIdentity } = {}): Promise<any> {
    const { payload } = await this.event("connect.challenge");
    const { device = newDevice(), ...signing } = options;
    return this.request(
      "connect",
      signedConnect(device, { nonce: payload.nonce, signedAtMs: payload.ts, ...signing }),
    );
  }

  /** Sends now, or as soon as the connection is open. */
  send(data: string | Uint8Array<ArrayBuffer>): void {
    if (this.#socket.readyState !== WebSocket.CONNECTING) return this.#socket.send(data);
    this.#socket.addEventListener("open", () => this.#socket.send(data), { once: true });
  }

  /** Sends a request; gives its response frame. */
  async request(method: string, params?: unknown): Promise<any> {
    const id = `request-${(this.#ids += 1)}`;
    return this.requestText(JSON.stringify({ type: "req", id, method, params }), id, method);
  }

  /** Sends a text that holds a request; gives its response frame. */
  requestText(text: string, id: string, method: string): Promise<any> {
    this.#methods.set(id, method);
    this.send(text);
    return this.next((frame) => frame.type === "res" && frame.id === id);
  }

  /** Sends a request whose answer is of no interest. */
  post(method: string, params?: unknown): void {
    void this.request(method, params).catch(() => {});
  }

  /** The payload of a request that has to succeed. */
  async payload(method: string, params: unknown = {}): Promise<any> {
    const answer = await this.request(method, params);
    if (answer.ok !== true) throw new Error(`${method}: ${JSON.stringify(answer.error)}`);
    return answer.payload;
  }

  /** The error of a request that has to fail. */
  async error(method: string, params: unknown = {}): Promise<any> {
    const answer = await this.request(method, params);
    if (answer.ok !== false) throw new Error(`${method} succeeded: ${JSON.stringify(answer)}`);
    return answer.error;
  }

  event(name: string): Promise<any> {
    return this.next((frame) => frame.type === "event" && frame.event === name);
  }

  /** The first frame that matches, among those that have come or will. */
  next(matches: (frame: any) => boolean): Promise<any> {
    if (this.#problem !== undefined) return Promise.reject(this.#problem);
    const index = this.frames.findIndex(matches);
    if (index >= 0) return Promise.resolve(this.frames.splice(index, 1)[0]);
    return new Promise((resolve, reject) => {
      const patience = setTimeout(
        () => reject(this.#problem ?? new Error(`nothing came for ${String(matches)}`)),
        patienceMs,
      );
      const waiting = {
        matches,
        resolve: (frame: any) => {
          clearTimeout(patience);
          resolve(frame);
        },
      };
      this.#waiting.push(waiting);
      void this.closed.then(({ code, reason }) => {
        clearTimeout(patience);
        reject(this.#problem ?? new Error(`closed: ${code} ${reason}`));
      });
    });
  }

  close(): void {
    this.#socket.close();
  }

  terminate(): void {
    this.#socket.terminate();
  }

  [Symbol.dispose](): void {
    this.#socket.terminate();
    if (this.#problem !== undefined) throw this.#problem;
  }

  #take(frame: any): void {
    try {
      checkFrame(frame, (id) => this.#methods.get(id));
    } catch (error) {
      this.#problem ??= new Error(`not a strict frame: ${JSON.stringify(frame)}`, { cause: error });
    }
    const index = this.#waiting.findIndex(({ matches }) => matches(frame));
    if (index < 0) this.frames.push(frame);
    else this.#waiting.splice(index, 1)[0]?.resolve(frame);
  }
}
