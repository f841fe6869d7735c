// A connection over real sockets, on a clock that a test moves; every state is kept to be awaited.
import type { Credentials } from "../../src/client/credentials.ts";
import { connectRequest } from "../../src/client/connect-request.ts";
import type { ConnectionState, Phase } from "../../src/client/connection-state.ts";
import { GatewayConnection } from "../../src/client/connection.ts";
import type { Route } from "../../src/client/route.ts";
import type { Clock, SocketFactory } from "../../src/platform/ports.ts";
import { systemSockets } from "../../src/platform/websocket-client.ts";
import { CollectedLog } from "../fakes/collected-log.ts";
import { ManualClock } from "../fakes/manual-clock.ts";
import { newDevice, nodeProfile } from "../gateway/device.ts";

type Named<Name extends Phase["name"]> = Extract<Phase, { name: Name }>;

interface Options {
  readonly clock?: Clock;
  readonly credentials?: () => Credentials;
}

export const noCredentials: Credentials = {
  deviceToken: undefined,
  sharedToken: undefined,
  password: undefined,
};

export class ObservedConnection implements AsyncDisposable {
  readonly device = newDevice();
  readonly clock: ManualClock;
  readonly log = new CollectedLog();
  readonly states: ConnectionState[] = [];
  readonly events: (readonly [event: string, payload: unknown])[] = [];
  /** Pings and pongs of the peer. */
  activity = 0;
  readonly connection: GatewayConnection;
  #read = 0;
  #changed = Promise.withResolvers<void>();

  constructor(route: string | (() => Route), { clock, credentials }: Options = {}) {
    this.clock = (clock ?? new ManualClock()) as ManualClock;
    const sockets: SocketFactory = {
      open: (options, maxFrameBytes, handlers) =>
        systemSockets.open(options, maxFrameBytes, {
          ...handlers,
          onActivity: () => {
            this.activity += 1;
            handlers.onActivity();
          },
        }),
    };
    const random = { uuid: () => crypto.randomUUID(), unit: () => 0.5 };
    this.connection = new GatewayConnection(
      { clock: this.clock, random, sockets, log: this.log },
      {
        route: typeof route === "string" ? () => ({ url: route }) : route,
        credentials: credentials ?? (() => noCredentials),
        connectParams: (handshake) => connectRequest(nodeProfile, this.device, handshake),
        onState: (state) => {
          this.states.push(state);
          this.#changed.resolve();
          this.#changed = Promise.withResolvers();
        },
        onEvent: (event, payload) => void this.events.push([event, payload]),
      },
    );
  }

  static started(...args: ConstructorParameters<typeof ObservedConnection>): ObservedConnection {
    const observed = new ObservedConnection(...args);
    observed.connection.start();
    return observed;
  }

  /** Waits for the next state, after those that were awaited before, that is in a phase. */
  async next<Name extends Phase["name"]>(name: Name): Promise<Named<Name>> {
    for (;;) {
      const state = this.states[this.#read];
      if (state === undefined) {
        await this.#changed.promise;
        continue;
      }
      this.#read += 1;
      if (state.phase.name === name) return state.phase as Named<Name>;
    }
  }

  /** Waits for the next wait, and lets it pass; gives what was waited out. */
  async retry(): Promise<Named<"waiting">> {
    const waiting = await this.next("waiting");
    this.clock.advance(waiting.delayMs);
    return waiting;
  }

  /** Names of all phases so far. */
  get path(): string {
    return this.states.map(({ phase }) => phase.name).join(" ");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stopped = this.connection.stop();
    // A peer that does not answer the close is dropped after a moment of the manual clock.
    while (this.connection.state.phase.name === "closing") {
      this.clock.advance(2000);
      await Bun.sleep(5);
    }
    await stopped;
  }
}
