// Worker in front of every baseline's rooms: /room/<name> is a socket, /history/<name> returns the stored messages, /health answers.

export const door = {
  fetch(request, env) {
    const room = /^\/(?:room|history)\/([a-z0-9-]+)$/.exec(new URL(request.url).pathname)?.[1];
    if (!room) return new Response('ok');
    return env.ROOM.get(env.ROOM.idFromName(room)).fetch(request);
  },
};
