// Worker around both codecs of packets: it decodes and encodes one packet as often as requested, and returns the last result.

/** Makes the Worker. `turn` is a codec: it decodes the bytes of a packet and returns them encoded again. */
export const packets = (turn) => ({
  async fetch(request) {
    if (request.method !== 'POST') return new Response('ok');
    const rounds = Number(new URL(request.url).searchParams.get('rounds'));
    let packet = new Uint8Array(await request.arrayBuffer());
    for (let round = 0; round < rounds; round += 1) packet = turn(packet);
    return new Response(packet);
  },
});
