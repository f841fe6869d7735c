/** The way to a gateway, link by link, without saying who comes. */
import { isIP } from "node:net";

import { formatFingerprint } from "../../client/fingerprint.ts";
import { type Failure, failureOfSocket } from "../../client/failure.ts";
import { hintOf } from "../../client/remedy.ts";
import type { Route } from "../../client/route.ts";
import { codeOf, messageOf } from "../../lib/errors.ts";
import type {
  Clock,
  NetworkProbe,
  ServerCertificate,
  SocketFactory,
} from "../../platform/ports.ts";
import { type Finding, type Step, fail, pass, skip, warn } from "./check.ts";
import { clockFinding } from "./clock-check.ts";
import type { DoctorGateway } from "./doctor-gateway.ts";
import { type Dialled, dial } from "./dial.ts";
import { gatewayFix } from "./gateway-fix.ts";
import { stageOf } from "./stage.ts";

export interface ProbePorts {
  readonly probe: NetworkProbe;
  readonly sockets: SocketFactory;
  readonly clock: Clock;
  readonly platform: string;
}

/** A certificate that ends so soon should be renewed now. */
const soonMs = 14 * 86_400_000;

export function probeSteps(ports: ProbePorts, gateway: DoctorGateway, timeoutMs: number): Step[] {
  const { probe, clock, platform } = ports;
  const { endpoint, pin, proxy, start } = gateway;
  const { host, port } = proxy?.ok === true ? proxy.place : endpoint;
  const via = proxy?.ok === true ? `the proxy ${proxy.shown}` : host;
  let shown: ServerCertificate | undefined;
  let dialled: Promise<Dialled> | undefined;
  const dialOnce = (route: Route): Promise<Dialled> => (dialled ??= dial(ports, route, timeoutMs));
  const broken = (failure: Failure): Finding => {
    const kind = failure.kind === "tls" && shown === undefined ? "no-tls" : failure.kind;
    const fix = gatewayFix(kind, { start, endpoint, fingerprint: shown?.fingerprint });
    return fail(failure.message, fix ?? hintOf(failure, true));
  };
  const ofNetwork = (error: unknown): Finding => {
    const failure = failureOfSocket({ code: codeOf(error), message: messageOf(error) });
    return proxy === undefined
      ? broken(failure)
      : fail(`${via}: ${failure.message}`, hintOf({ ...failure, kind: "proxy" }, true));
  };
  const unusable = proxy?.ok === false ? skip("a proxy is set that cannot be used") : undefined;
  return [
    {
      id: "dns",
      needs: ["settings"],
      async look() {
        if (unusable !== undefined) return unusable;
        if (isIP(host) !== 0) return pass(`${host} is an address`);
        try {
          return pass(`${host} is ${(await probe.resolve(host, timeoutMs)).join(", ")}`);
        } catch (error) {
          return ofNetwork(error);
        }
      },
    },
    {
      id: "tcp",
      needs: ["dns"],
      async look() {
        if (unusable !== undefined) return unusable;
        try {
          await probe.reach(host, port, timeoutMs);
          return pass(`port ${port} of ${via} is open`);
        } catch (error) {
          return ofNetwork(error);
        }
      },
    },
    {
      id: "proxy",
      needs: ["tcp"],
      async look() {
        if (proxy === undefined) return pass("none is used");
        if (!proxy.ok) return proxy.finding;
        const { failure } = await dialOnce(proxy.route);
        if (failure?.kind === "proxy") return broken(failure);
        return pass(`${proxy.shown} lets it through`);
      },
    },
    {
      id: "tls",
      needs: ["proxy"],
      async look() {
        if (!endpoint.tls) return skip("the connection is not encrypted (ws://)");
        const route = gateway.route();
        // What cannot be read here is told by the connection itself.
        shown = await probe.certificate(route, timeoutMs).catch(() => undefined);
        const { failure } = await dialOnce(route);
        if (failure !== undefined && stageOf(failure.kind) === "tls") return broken(failure);
        return certificateFinding(shown, pin, clock.now());
      },
    },
    {
      id: "upgrade",
      needs: ["tls"],
      async look() {
        const { opened, failure } = await dialOnce(gateway.route());
        if (opened) return pass("the server speaks WebSocket");
        return failure === undefined ? fail("the connection ended") : broken(failure);
      },
    },
    {
      id: "protocol",
      needs: ["upgrade"],
      async look() {
        const { greeting, failure } = await dialOnce(gateway.route());
        if (greeting !== undefined) return pass("the server greets as a Gateway does");
        const silent = "it speaks WebSocket and does not greet as a Gateway does";
        return fail(
          failure === undefined ? silent : `${silent}: ${failure.message}`,
          gatewayFix("not-a-gateway", { start, endpoint }),
        );
      },
    },
    {
      id: "clock",
      needs: ["protocol"],
      async look() {
        const { greeting } = await dialOnce(gateway.route());
        return clockFinding(greeting?.skewMs, platform);
      },
    },
  ];
}

function certificateFinding(
  shown: ServerCertificate | undefined,
  pin: string | undefined,
  now: number,
): Finding {
  const fingerprint = shown === undefined ? "" : ` ${formatFingerprint(shown.fingerprint)}`;
  if (pin !== undefined) return pass(`the certificate is the pinned one:${fingerprint}`);
  const by = shown?.issuer === undefined ? "" : `, issued by ${shown.issuer}`;
  const fact = `the certificate is trusted${by}:${fingerprint}`;
  const left = (shown?.validToMs ?? Number.POSITIVE_INFINITY) - now;
  if (left > soonMs) return pass(fact);
  const days = Math.max(0, Math.floor(left / 86_400_000));
  return warn(
    `the certificate ends in ${days} ${days === 1 ? "day" : "days"}`,
    "Renew it on the Gateway",
  );
}
