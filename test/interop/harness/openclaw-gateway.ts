// A real OpenClaw gateway, with an agent whose model says what a test wants it to say.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Child, Ended } from "./child.ts";
import { startHelper } from "./helper-program.ts";
import { openClawPart, writeOpenClawConfig } from "./openclaw-program.ts";
import type { OpenClawVersion } from "./peers.ts";
import type { Stage } from "./stage.ts";

const GATEWAY_PORT = 18_789;
const MODEL_PORT = 9_999;
const GATEWAY_TOKEN = "interop-shared-token-0123456789abcdef";

/** The first start compiles half a gigabyte of JavaScript. */
const READY_LIMIT_MS = 110_000;
const CALL_LIMIT_MS = 100_000;

export interface OpenClawOptions {
  readonly version: OpenClawVersion;
  /** What the gateway's own configuration lets an agent do: `tools.exec`. */
  readonly exec?: { readonly security?: string; readonly ask?: string };
  /** Addresses of proxies that it believes; others that say whom they forward for are refused. */
  readonly trustedProxies?: readonly string[];
}

export class OpenClawGateway {
  readonly url = `ws://127.0.0.1:${GATEWAY_PORT}`;
  readonly port = GATEWAY_PORT;
  readonly token = GATEWAY_TOKEN;
  readonly version: OpenClawVersion;
  readonly #stage: Stage;
  readonly #home: string;
  #child: Child | undefined;
  #model: Child | undefined;

  private constructor(stage: Stage, home: string, version: OpenClawVersion) {
    this.#stage = stage;
    this.#home = home;
    this.version = version;
  }

  static async start(stage: Stage, options: OpenClawOptions): Promise<OpenClawGateway> {
    const home = await stage.home("openclaw");
    const { trustedProxies = [] } = options;
    await writeOpenClawConfig(home, {
      gateway: {
        mode: "local",
        auth: { mode: "token" },
        controlUi: { enabled: false },
        trustedProxies,
      },
      tools: { exec: { host: "node", security: "full", ask: "off", ...options.exec } },
      models: { providers: { fake: fakeProvider } },
      agents: { defaults: { model: { primary: "fake/m" }, heartbeat: { every: "0m" } } },
    });
    const gateway = new OpenClawGateway(stage, home, options.version);
    await gateway.start();
    return gateway;
  }

  /** Returns when the gateway takes connections. */
  async start(): Promise<void> {
    this.#child = this.#stage.start(
      await openClawPart(this.#stage, {
        version: this.version,
        role: `OpenClaw ${this.version} gateway`,
        args: ["gateway", "--port", String(GATEWAY_PORT), "--bind", "loopback"],
        home: this.#home,
        token: GATEWAY_TOKEN,
      }),
    );
    await this.#child.says(/\[gateway\][^\n]*(ready|listening on ws)/, READY_LIMIT_MS);
  }

  async stop(): Promise<void> {
    await this.#child?.stop();
  }

  /** `openclaw ARGS…` as the operator of this gateway. */
  async call(...args: string[]): Promise<Ended> {
    const part = await openClawPart(this.#stage, {
      version: this.version,
      role: `openclaw ${args.slice(0, 2).join(" ")}`,
      args,
      home: this.#home,
      token: GATEWAY_TOKEN,
    });
    return this.#stage.run(part, CALL_LIMIT_MS);
  }

  /** Lets the agent call one tool, and gives what the tool answered. */
  async agentCalls(tool: string, args: Readonly<Record<string, unknown>>): Promise<string> {
    const script = join(this.#home, "model-script.json");
    this.#model ??= await startHelper(this.#stage, "scripted-model", String(MODEL_PORT), script);
    const before = this.#model.stdout.length;
    await writeFile(script, JSON.stringify({ name: tool, args }));
    const ended = await this.call("agent", "--agent", "main", "--message", "go", "--json");
    const answer = /^tool answered: (.*)$/m.exec(this.#model.stdout.slice(before))?.[1];
    if (answer === undefined) {
      throw new Error(
        `The agent called no tool: exit ${ended.code}\n${ended.stdout}${ended.stderr}`,
      );
    }
    return answer;
  }
}

const fakeProvider = {
  baseUrl: `http://127.0.0.1:${MODEL_PORT}/v1`,
  apiKey: "k",
  api: "openai-completions",
  models: [
    {
      id: "m",
      name: "m",
      reasoning: false,
      input: ["text"],
      cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
      contextWindow: 128_000,
      maxTokens: 4_096,
    },
  ],
};
