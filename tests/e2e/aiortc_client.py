"""A client by aiortc, written from the interface alone: it joins an open call, or starts one, sends a
colour and a tone of its own, and says five times a second on stdout, as a line of JSON, what it sees
and hears:

    {"call": "…", "width", "height", "tiles": [{"user_id", "source", "width", "colour"}],
     "heard": {"700": -21.5, …}, "codecs": ["video/H264"], "route": "relay"}

`codecs` are the camera line's, `route` is the type of its own candidate that media goes by. It leaves
the call when its standard input ends. A fault ends it with 1 and what it was on stderr.
"""
import argparse
import asyncio
import fractions
import json
import re
import sys
import time
import uuid

import aiohttp
import av
import numpy
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCIceServer,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCSessionDescription,
)
from aiortc.sdp import SessionDescription

API = "/api/webrtc"
RATE = 48000
BLOCK = RATE // 50
FPS = 25
WIDTH, HEIGHT = 640, 360
# How to reach a TURN server: what its URL begins with, and what is in it.
TURN = {
    "any": ("", ""),
    "udp": ("turn:", "transport=udp"),
    "tcp": ("turn:", "transport=tcp"),
    "tls": ("turns:", "transport=tcp"),
}
# 0.34 s: a resolution of 3 Hz, far below the distance of the tones.
HEARD = 16384


class Paced(MediaStreamTrack):
    """A track whose frames come `rate` a second, each of them `units` of its clock long."""

    def __init__(self, rate, units):
        super().__init__()
        self.count = 0
        self.rate = rate
        self.units = units
        self.began = time.monotonic()

    def draw(self):
        raise NotImplementedError

    async def recv(self):
        due = self.began + self.count / self.rate
        await asyncio.sleep(max(0, due - time.monotonic()))
        frame = self.draw()
        frame.pts = self.count * self.units
        frame.time_base = fractions.Fraction(1, self.rate * self.units)
        self.count += 1
        return frame


class Tone(Paced):
    kind = "audio"

    def __init__(self, frequency):
        super().__init__(RATE // BLOCK, BLOCK)
        self.frequency = frequency

    def draw(self):
        times = (self.count * BLOCK + numpy.arange(BLOCK)) / RATE
        wave = 0.2 * 32767 * numpy.sin(2 * numpy.pi * self.frequency * times)
        frame = av.AudioFrame.from_ndarray(wave.astype(numpy.int16)[None], "s16", "mono")
        frame.sample_rate = RATE
        return frame


class Colour(Paced):
    kind = "video"

    def __init__(self, colour):
        super().__init__(FPS, 90000 // FPS)
        self.picture = numpy.full((HEIGHT, WIDTH, 3), colour, numpy.uint8)

    def draw(self):
        picture = self.picture.copy()
        # Something moves at the upper edge, so that every frame is a new one.
        at = self.count * 8 % WIDTH
        picture[:16, at : at + 16] = 255
        return av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format="yuv420p")


class Ears:
    """The last third of a second of the mix."""

    def __init__(self):
        self.samples = numpy.zeros(HEARD)

    async def follow(self, track):
        while True:
            frame = await track.recv()
            block = frame.to_ndarray().reshape(-1, len(frame.layout.channels))
            mono = block.mean(axis=1) / 32768
            self.samples = numpy.concatenate([self.samples, mono])[-HEARD:]

    def level(self, frequency):
        """In dB of full scale, under a Hann window, whose mean is one half."""
        turns = numpy.exp(-2j * numpy.pi * frequency * numpy.arange(HEARD) / RATE)
        amplitude = 4 * abs(numpy.mean(self.samples * numpy.hanning(HEARD) * turns))
        return round(10 * numpy.log10(amplitude**2 + 1e-12), 1)


class Eyes:
    """The newest picture of the composite."""

    def __init__(self):
        self.frame = None

    async def follow(self, track):
        while True:
            self.frame = await track.recv()

    def look(self, layout):
        if self.frame is None or layout is None:
            return {"width": 0, "height": 0, "tiles": []}
        picture = self.frame.to_ndarray(format="rgb24")
        scale = self.frame.width / layout["canvas"]["width"]
        tiles = [
            {
                "user_id": tile["user_id"],
                "source": tile["source"],
                "width": tile["width"],
                "colour": middle_of(picture, tile, scale),
            }
            for tile in layout["tiles"]
            if tile["visible"]
        ]
        return {"width": self.frame.width, "height": self.frame.height, "tiles": tiles}


def middle_of(picture, tile, scale):
    """The mean colour around the middle of a tile, above its name."""
    x, y, width, height = (int(tile[key] * scale) for key in ("x", "y", "width", "height"))
    rows = slice(y + height * 2 // 5, y + height * 3 // 5)
    columns = slice(x + width * 2 // 5, x + width * 3 // 5)
    part = picture[rows, columns]
    return [round(value) for value in part.reshape(-1, 3).mean(axis=0)]


class Client:
    def __init__(self, arguments, session):
        self.arguments = arguments
        self.session = session
        self.call = arguments.call
        self.ears = Ears()
        self.eyes = Eyes()
        self.layout = None
        self.leg = str(uuid.uuid4())
        self.answer = None
        self.candidates = []
        self.connection = None
        self.running = []

    async def request(self, method, path, body=None):
        async with self.session.request(method, API + path, json=body) as response:
            answer = await response.json(content_type=None)
            if response.status >= 400:
                raise RuntimeError(f"{method} {path}: {response.status} {answer}")
            return answer

    async def run(self):
        login = {"user_id": self.arguments.user_id, "name": self.arguments.name}
        token = (await self.request("POST", "/token", login))["token"]
        self.session.headers["Authorization"] = f"Bearer {token}"
        if self.call:
            await self.request("POST", f"/call/{self.call}/join")
        else:
            room = {"participants": [], "open": True}
            self.call = (await self.request("POST", "/call/initiate", room))["id"]
        # Without servers none at all: aiortc's own choice would be one on the Internet.
        servers = (await self.request("GET", "/ice-servers"))["ice_servers"]
        ice = [server for entry in servers for server in self.usable(entry)]
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=ice))
        async with self.session.ws_connect(f"{API}/ws?access_token={token}") as socket:
            try:
                # Where one of the tasks fails, it ends the others and the waiting for stdin.
                async with asyncio.TaskGroup() as tasks:
                    await self.offer(socket, tasks)
                    self.running += [
                        tasks.create_task(self.listen(socket)),
                        tasks.create_task(self.report()),
                    ]
                    await until_stdin_ends()
                    for task in self.running:
                        task.cancel()
            finally:
                await self.connection.close()
        await self.request("POST", f"/call/{self.call}/leave")

    def usable(self, server):
        """The server with those of its addresses that are reached by the wanted transport."""
        scheme, transport = TURN[self.arguments.turn_transport]
        urls = [url for url in server["urls"] if url.startswith(scheme) and transport in url]
        return [RTCIceServer(**{**server, "urls": urls})] if urls else []

    async def offer(self, socket, tasks):
        self.connection.addTransceiver(Tone(self.arguments.tone))
        camera = self.connection.addTransceiver(Colour(self.arguments.colour))
        self.connection.addTransceiver("video", direction="sendonly")
        codecs = RTCRtpReceiver.getCapabilities("video").codecs
        camera.setCodecPreferences(sorted(codecs, key=lambda codec: codec.mimeType != "video/H264"))

        @self.connection.on("track")
        def follow(track):
            sense = self.ears if track.kind == "audio" else self.eyes
            self.running.append(tasks.create_task(sense.follow(track)))

        # Every candidate is in the description when this returns.
        await self.connection.setLocalDescription(await self.connection.createOffer())
        await socket.send_json(
            {
                "type": "webrtc:offer",
                "call_id": self.call,
                "ref": self.leg,
                "leg": self.leg,
                "sdp": self.connection.localDescription.sdp,
            }
        )

    async def listen(self, socket):
        async for text in socket:
            message = text.json()
            kind = message["type"]
            if kind == "error":
                raise RuntimeError(f"the server refuses: {message}")
            if kind == "call:layout" and message["call_id"] == self.call:
                self.layout = message
            if message.get("leg") != self.leg:
                continue
            if kind == "webrtc:answer":
                self.answer = message["sdp"]
            elif kind == "webrtc:ice-candidate" and message["candidate"]:
                self.candidates.append(message["candidate"])
            elif kind == "webrtc:ice-candidate":
                await self.accept()
            elif kind == "leg:closed":
                raise RuntimeError(f"the leg was closed: {message}")
        raise RuntimeError(f"the WebSocket was closed with {socket.close_code}")

    async def accept(self):
        """aiortc gives up where it starts without a candidate: all of them go into the answer."""
        session, *media = re.split("(?m)^(?=m=)", self.answer)
        for line in self.candidates:
            media[line["sdpMLineIndex"]] += f"a={line['candidate']}\r\n"
        answer = RTCSessionDescription("".join([session, *media]), "answer")
        await self.connection.setRemoteDescription(answer)

    async def report(self):
        while True:
            await asyncio.sleep(0.2)
            heard = {str(tone): self.ears.level(tone) for tone in self.arguments.tones}
            line = {
                "call": self.call,
                **self.eyes.look(self.layout),
                "heard": heard,
                "codecs": self.codecs(),
                "route": self.route(),
            }
            print(json.dumps(line), flush=True)

    def codecs(self):
        """What the answer takes for the camera's line; aiortc's figures name no codec."""
        if not self.connection.remoteDescription:
            return []
        camera = SessionDescription.parse(self.connection.remoteDescription.sdp).media[1]
        return [codec.mimeType for codec in camera.rtp.codecs if codec.name != "rtx"]

    def route(self):
        """Of the first line's transport, which carries all media; aiortc has no figures of ICE."""
        ice = self.connection.getTransceivers()[0].sender.transport.transport
        pair = ice._connection._nominated.get(1)
        return pair.local_candidate.type if pair else None


async def until_stdin_ends():
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


def numbers(text):
    return [int(number) for number in text.split(",")]


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--call", help="without it, it starts one")
    parser.add_argument("--user-id", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--colour", required=True, type=numbers)
    parser.add_argument("--tone", required=True, type=int)
    parser.add_argument("--tones", required=True, type=numbers, help="which to listen for")
    parser.add_argument("--turn-transport", choices=TURN, default="any")
    arguments = parser.parse_args()
    async with aiohttp.ClientSession(arguments.url) as session:
        await Client(arguments, session).run()


if __name__ == "__main__":
    asyncio.run(main())
