// A worker that passes encoded frames on untouched and tells the page each one's RTP timestamp.
self.onrtctransform = ({ transformer: { options, readable, writable } }) => {
  const note = new TransformStream({
    transform(frame, controller) {
      postMessage({ kind: options.kind, timestamp: frame.getMetadata().rtpTimestamp });
      controller.enqueue(frame);
    },
  });
  readable.pipeThrough(note).pipeTo(writable);
};
