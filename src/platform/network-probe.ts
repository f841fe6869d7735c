import { lookup } from "node:dns/promises";
import { connect } from "node:net";

import { readLeafCertificate } from "./leaf-certificate.ts";
import type { NetworkProbe } from "./ports.ts";

export const systemNetworkProbe: NetworkProbe = {
  async resolve(host, timeoutMs) {
    const found = await within(lookup(host, { all: true }), timeoutMs);
    return [...new Set(found.map(({ address }) => address))];
  },

  reach: (host, port, timeoutMs) =>
    new Promise((resolve, reject) => {
      const socket = connect({ host, port });
      const timer = setTimeout(() => socket.destroy(timedOut()), timeoutMs);
      socket.once("connect", () => {
        socket.destroy();
        resolve();
      });
      socket.once("error", reject);
      socket.once("close", () => clearTimeout(timer));
    }),

  async certificate(options, timeoutMs) {
    const abort = new AbortController();
    try {
      return await within(readLeafCertificate(options, abort.signal), timeoutMs);
    } finally {
      abort.abort();
    }
  },
};

async function within<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(timedOut()), timeoutMs);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function timedOut(): Error {
  return Object.assign(new Error("no answer came in time"), { code: "ETIMEDOUT" });
}
