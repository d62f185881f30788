// socket.io: the published server of Socket.IO in a process of its own, with its engine `ws`. It sends each message to every socket of the
// room and stores nothing. The bench starts it with CFM_BASELINE = {port}; it lives as long as its standard input is open.

import { createServer } from 'node:http';
import { Server } from 'socket.io';

const { port } = JSON.parse(process.env.CFM_BASELINE);
const http = createServer((_, response) => response.end('ok'));
// The client of the bench opens a WebSocket at once; long polling would be another measurement.
const io = new Server(http, { transports: ['websocket'], serveClient: false });

io.on('connection', (socket) => {
  const room = String(socket.handshake.query.room);
  socket.join(room);
  socket.on('m', (text) => io.to(room).emit('m', text));
});

const stop = () => process.exit(0);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
process.stdin.on('end', stop).on('error', stop).resume();
http.listen(port, '127.0.0.1');
