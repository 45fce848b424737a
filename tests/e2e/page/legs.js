/**
 * Runs inside a page: many peer connections at once, each named by its leg, that all send the same
 * colour and tone. Signalling is the harness's. Put there after probe.js; defines `globalThis.legs`.
 */
globalThis.legs = (() => {
  const open = new Map();
  let tracks = null;

  /** @returns the offer and every candidate of a new leg. */
  async function offer(id) {
    const { probe } = globalThis;
    tracks ??= [probe.toneTrack(700), probe.pictureTrack('rgb(30, 170, 60)')];
    const connection = new RTCPeerConnection();
    open.set(id, connection);
    for (const track of tracks) connection.addTransceiver(track, { direction: 'sendrecv' });
    connection.addTransceiver('video', { direction: 'sendonly' });
    const candidates = [];
    const gathered = new Promise((resolve) => {
      connection.onicecandidate = ({ candidate }) =>
        candidate ? candidates.push(candidate.toJSON()) : resolve();
    });
    const { sdp } = await connection.createOffer();
    await connection.setLocalDescription({ type: 'offer', sdp });
    await gathered;
    return { sdp, candidates };
  }

  const answer = (id, sdp) => open.get(id).setRemoteDescription({ type: 'answer', sdp });
  const addCandidate = (id, candidate) => open.get(id).addIceCandidate(candidate);

  /** Whether each of `ids` has decoded a frame of the mix. */
  async function see(ids) {
    for (const id of ids) {
      const report = await open.get(id).getStats();
      if (![...report.values()].some((stat) => stat.type === 'inbound-rtp' && stat.framesDecoded))
        return false;
    }
    return true;
  }

  function close(id) {
    open.get(id).close();
    open.delete(id);
  }

  return { offer, answer, addCandidate, see, close };
})();
