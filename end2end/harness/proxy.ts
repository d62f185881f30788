// TCP proxy between a person and the server. The proxy can cut the whole network or only the sockets. It can break connections, or leave
// them open and silent, as the sleep of a laptop does.

import { connect, createServer, type Server as NetServer, type Socket } from 'node:net';

export type Weather = 'fine' | 'cut' | 'sockets-cut';

interface ProxyConnection {
  page: Socket;
  server: Socket;
  isWebSocket: boolean;
  frozen: boolean;
  deaf: boolean;
}

export class Proxy {
  readonly base: string;
  /** Number of WebSocket connections that were opened through this proxy so far. */
  socketsOpened = 0;
  private readonly net: NetServer;
  private readonly lines = new Set<ProxyConnection>();
  private weather: Weather = 'fine';

  private constructor(net: NetServer, port: number, serverPort: number) {
    this.net = net;
    this.base = `http://127.0.0.1:${port}`;
    net.on('connection', (page) => this.join(page, serverPort));
  }

  static start(serverPort: number): Promise<Proxy> {
    const net = createServer();
    return new Promise((resolve, reject) => {
      net.on('error', reject);
      net.listen(0, '127.0.0.1', () => resolve(new Proxy(net, (net.address() as { port: number }).port, serverPort)));
    });
  }

  stop(): Promise<void> {
    for (const line of this.lines) this.drop(line);
    return new Promise((resolve) => this.net.close(() => resolve()));
  }

  /** Sets the state of the network. `cut` breaks all connections and refuses new ones; `sockets-cut` does so to WebSockets only. */
  set(weather: Weather): void {
    this.weather = weather;
    for (const line of this.lines) if (this.forbids(line)) this.drop(line);
  }

  /** Keeps open WebSockets open but silent in both directions; new ones work. */
  freezeSockets(): void {
    for (const line of this.lines) if (line.isWebSocket) line.frozen = true;
  }

  /** Drops everything that the server sends to open WebSockets; the other direction works. */
  deafenSockets(): void {
    for (const line of this.lines) if (line.isWebSocket) line.deaf = true;
  }

  private forbids(line: ProxyConnection): boolean {
    return this.weather === 'cut' || (this.weather === 'sockets-cut' && line.isWebSocket);
  }

  private join(page: Socket, serverPort: number): void {
    const server = connect(serverPort, '127.0.0.1');
    const line: ProxyConnection = { page, server, isWebSocket: false, frozen: false, deaf: false };
    this.lines.add(line);
    if (this.forbids(line)) return this.drop(line);
    page.on('data', (chunk) => {
      // A browser uses a separate connection for an upgrade, and the request head arrives in one chunk.
      if (!line.isWebSocket && /\r\nupgrade: *websocket\r\n/i.test(chunk.toString('latin1'))) {
        line.isWebSocket = true;
        this.socketsOpened += 1;
        if (this.forbids(line)) return this.drop(line);
      }
      if (!line.frozen) server.write(chunk);
    });
    server.on('data', (chunk) => line.frozen || line.deaf || page.write(chunk));
    for (const end of [page, server]) {
      end.on('error', () => this.drop(line));
      end.on('close', () => this.drop(line));
    }
  }

  private drop(line: ProxyConnection): void {
    this.lines.delete(line);
    line.page.destroy();
    line.server.destroy();
  }
}
