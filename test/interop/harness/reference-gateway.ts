// The real Gateway. It can be killed and started again on the same state, as a crash would do.
import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { Device } from "./answers.ts";
import type { Child } from "./child.ts";
import { writeReferenceConfig } from "./reference-config.ts";
import { referencePart } from "./reference-program.ts";
import type { Stage } from "./stage.ts";
import { stateDirectory } from "./state-directory.ts";

/** The same for each: every stage has its own network. */
const GATEWAY_PORT = 18_789;
const GATEWAY_TOKEN = "interop-shared-token-0123456789abcdef";

const READY_LIMIT_MS = 60_000;

export class ReferenceGateway {
  readonly url: string;
  readonly port = GATEWAY_PORT;
  readonly token = GATEWAY_TOKEN;
  readonly #stage: Stage;
  readonly #home: string;
  #child: Child | undefined;

  private constructor(stage: Stage, home: string, isTls: boolean) {
    this.#stage = stage;
    this.#home = home;
    this.url = `${isTls ? "wss" : "ws"}://127.0.0.1:${GATEWAY_PORT}`;
  }

  static async start(stage: Stage, options: { tls?: boolean } = {}): Promise<ReferenceGateway> {
    const home = await stage.home("gateway");
    const isTls = options.tls ?? false;
    await writeReferenceConfig(home, {
      mode: "local",
      auth: { mode: "token" },
      ...(isTls ? { tls: { enabled: true } } : {}),
    });
    const gateway = new ReferenceGateway(stage, home, isTls);
    await gateway.start();
    return gateway;
  }

  /** Returns when the gateway listens. */
  async start(): Promise<void> {
    this.#child = this.#stage.start(
      referencePart(this.#stage, {
        role: "reference gateway",
        // After `gateway`, not `gateway run`: there the parent command swallows the flags.
        args: ["gateway", "--port", String(GATEWAY_PORT), "--bind", "loopback"],
        home: this.#home,
        token: GATEWAY_TOKEN,
      }),
    );
    await this.#child.says(/\[gateway\] listening on wss?:/, READY_LIMIT_MS);
  }

  /** As a crash or a power cut: no goodbye to anyone. */
  async crash(): Promise<void> {
    this.#child?.killNow();
    await this.#child?.ended;
  }

  /** As an update does it: clients are told "service restart". */
  async stop(): Promise<void> {
    await this.#child?.stop();
  }

  /** What the gateway wrote down, whatever an operator's command shows of it. */
  async devices(kind: "paired" | "pending"): Promise<Device[]> {
    const path = join(stateDirectory(this.#home), "devices", `${kind}.json`);
    const text = await readFile(path, "utf8");
    return Object.values(z.record(z.string(), Device).parse(JSON.parse(text)));
  }

  /** SHA-256 of the certificate that the gateway made for itself. */
  async fingerprint(): Promise<string> {
    return new X509Certificate(await readFile(this.certificate.cert)).fingerprint256;
  }

  get certificate(): { cert: string; key: string } {
    const directory = join(stateDirectory(this.#home), "gateway", "tls");
    return {
      cert: join(directory, "gateway-cert.pem"),
      key: join(directory, "gateway-key.pem"),
    };
  }
}
