// The compiled host, killed again and again in the middle of its work, by a gateway that asks again
// for everything that it got no answer to: each command runs at most once, each request is answered.
//
// KILLS=200 bun test test/e2e/kill-loop.test.ts
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { InvokingGateway } from "../fakes/invoking-gateway.ts";
import { Person } from "./program.ts";

const kills = Number(process.env["KILLS"] ?? 40);
const longestLifeMs = 90;

/** Random numbers that are the same in every run. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Asked {
  readonly id: string;
  readonly key: string | undefined;
  readonly marker: string;
  readonly paramsJSON: string;
  /** Every id that it was asked for with. */
  readonly ids: string[];
}

class Kills implements AsyncDisposable {
  readonly person = new Person();
  readonly gateway = new InvokingGateway();
  readonly asked: Asked[] = [];
  readonly random = randomFrom(7);

  constructor() {
    this.person.state("exec-approvals.json", {
      version: 1,
      defaults: { security: "full", ask: "off" },
    });
  }

  async start() {
    const before = this.gateway.connects.length;
    const program = this.person.start(["node", "run", "--url", this.gateway.url]);
    await this.gateway.until(() => this.gateway.connects.length > before, "the host connects");
    for (const [index, request] of this.unanswered().entries()) {
      // Some callers know their request only by its key.
      const renamed = request.key !== undefined && index % 3 === 0;
      const id = renamed ? `again-${crypto.randomUUID()}` : request.id;
      if (renamed) request.ids.push(id);
      this.#send({ ...request, id });
    }
    return program;
  }

  ask(): void {
    const number = this.asked.length;
    const marker = this.person.at(`marker-${number}`);
    const seconds = (this.random() * 0.04).toFixed(3);
    const command = ["/bin/sh", "-c", `echo ran >> ${marker}; sleep ${seconds}; echo ${number}`];
    const id = `ask-${number}`;
    const request: Asked = {
      id,
      key: number % 2 === 0 ? `key-${number}` : undefined,
      marker,
      paramsJSON: JSON.stringify({ command, runId: `run-${number}` }),
      ids: [id],
    };
    this.asked.push(request);
    this.#send(request);
  }

  answers({ ids }: Asked): any[] {
    return this.gateway.frames
      .filter(({ method, params }) => method === "node.invoke.result" && ids.includes(params.id))
      .map(({ params }) => params);
  }

  unanswered(): Asked[] {
    return this.asked.filter((request) => this.answers(request).length === 0);
  }

  #send({ id, key, paramsJSON }: Asked): void {
    const rest = key === undefined ? {} : { idempotencyKey: key };
    this.gateway.send({ id, nodeId: "n", command: "system.run", paramsJSON, ...rest });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.person[Symbol.asyncDispose]();
    await this.gateway[Symbol.asyncDispose]();
  }
}

describe("a host that is killed at any moment", () => {
  test(
    `${kills} times runs nothing twice and answers everything`,
    async () => {
      await using scene = new Kills();
      for (let kill = 0; kill < kills; kill += 1) {
        const program = await scene.start();
        for (let request = 0; request < 3; request += 1) scene.ask();
        await Bun.sleep(scene.random() * longestLifeMs);
        program.kill("SIGKILL");
        await program.ended;
      }
      const last = await scene.start();
      await scene.gateway.until(() => scene.unanswered().length === 0, "every answer");

      const counts = { ran: 0, unknown: 0 };
      for (const request of scene.asked) {
        const lines = existsSync(request.marker) ? readFileSync(request.marker, "utf8") : "";
        expect(["", "ran\n"]).toContain(lines);
        const kinds = scene.answers(request).map(({ ok, payloadJSON, error }) => {
          if (ok === true) {
            expect(lines).toBe("ran\n");
            const number = request.id.replace("ask-", "");
            expect(JSON.parse(payloadJSON)).toMatchObject({ exitCode: 0, stdout: `${number}\n` });
            return "ran";
          }
          expect(error.message).toStartWith("outcome-unknown: ");
          return "unknown";
        });
        // What was told once is not told otherwise later.
        expect(new Set(kinds).size).toBe(1);
        counts[kinds[0] ?? "ran"] += 1;
      }
      // Otherwise the moments were not hit.
      expect(counts.ran).toBeGreaterThan(0);
      expect(counts.unknown).toBeGreaterThan(0);

      last.kill("SIGTERM");
      expect((await last.ended).code).toBe(0);
      const verified = await scene.person.run(["node", "history", "--verify"]);
      expect([verified.code, verified.stderr]).toEqual([0, ""]);
      console.info(`${kills} kills, ${scene.asked.length} requests:`, counts);
    },
    60_000 + kills * 1000,
  );
});
