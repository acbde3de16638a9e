import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import type { LeadsChangedSubscription } from "./generated/graphql.js";

/** The body we asked for: the answer to our own subscription. */
export const DOCUMENT = "subscription { leadsChanged { cursor kind lead { id name state } } }";

export interface Delivery {
  type: string;
  timestamp: string;
  data: LeadsChangedSubscription;
}

/** The delivery; throws when it is not from Leadwell, was changed on the way, or is older than five minutes. Give it the bytes as they came. */
export function verified(secret: string, headers: IncomingMessage["headers"], body: Buffer): Delivery {
  const texts = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  return new Webhook(secret).verify(body, texts) as Delivery;
}

/** Takes webhooks on this machine: verifies, answers at once, works later, and each `webhook-id` once. */
export class Receiver {
  secret = "";
  private readonly seen = new Set<string>();
  private constructor(private readonly server: Server, private readonly work: (delivery: Delivery) => void) {}

  static async open(work: (delivery: Delivery) => void): Promise<Receiver> {
    const server = createServer();
    const receiver = new Receiver(server, work);
    server.on("request", async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      response.writeHead(receiver.take(request, Buffer.concat(chunks))).end();
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/leadwell`;
  }

  /** The status to answer. */
  private take(request: IncomingMessage, body: Buffer): number {
    let delivery: Delivery;
    try {
      delivery = verified(this.secret, request.headers, body);
    } catch {
      return 401;
    }
    const id = String(request.headers["webhook-id"]);
    if (!this.seen.has(id)) {
      this.seen.add(id);
      setImmediate(this.work, delivery);
    }
    return 204;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
