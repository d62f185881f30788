// All of the internet as a Worker sees it (`Server.start`, `outside`): whatever it fetches comes here, with the host that it named, and is
// handed on to stand-ins on this machine. Who has no stand-in is not there. So a test sees whom the Worker really calls, in production too.

import { createServer, request as send, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export class Outside {
  /** Host and path of every call, in order. */
  readonly called: string[] = [];
  private readonly server: Server;

  private constructor(server: Server) {
    this.server = server;
  }

  /** `places`: origins of stand-ins by host. */
  static start(places: Record<string, string>): Promise<Outside> {
    let outside: Outside;
    const server = createServer((request, answer) => {
      const host = request.headers.host ?? '';
      outside.called.push(`${host}${request.url}`);
      const place = places[host];
      if (place === undefined) return void answer.writeHead(530).end();
      const { hostname, port } = new URL(place);
      const { url: path, method, headers } = request;
      const there = send({ hostname, port, path, method, headers, agent: false }, (said) => {
        answer.writeHead(said.statusCode ?? 502, said.headers);
        said.pipe(answer);
      });
      // Whoever breaks off is seen to break off.
      there.on('error', () => answer.destroy());
      answer.on('close', () => there.destroy());
      request.pipe(there);
    });
    // The runtime lets go of what it does not use before this does: no call is lost between the two.
    server.keepAliveTimeout = 60_000;
    return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((outside = new Outside(server)))));
  }

  /** Where it listens: what a server is told. */
  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The calls of one host. */
  to(host: string): string[] {
    return this.called.filter((call) => call.startsWith(`${host}/`));
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
