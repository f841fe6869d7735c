// All that an operator needs to know of a gateway, whoever's it is.
export interface GatewayAddress {
  readonly url: string;
  readonly token: string;
  readonly tlsFingerprint?: string;
}
