// The Worker around both codecs of packets: decodes and encodes one packet as often as it is asked to, and answers with the last.

/** `turn` is a codec: bytes of a packet to the bytes of the same packet, made anew. */
export const packets = (turn) => ({
  async fetch(request) {
    if (request.method !== 'POST') return new Response('ok');
    const rounds = Number(new URL(request.url).searchParams.get('rounds'));
    let packet = new Uint8Array(await request.arrayBuffer());
    for (let round = 0; round < rounds; round += 1) packet = turn(packet);
    return new Response(packet);
  },
});
