"""The air around the adapter: carries packets to the radio chip of the host board as they are sent.

A packet takes its time. One that begins while another is on the air is lost: the receiver is busy.
"""

import asyncio
import contextlib
import random
from collections import deque, namedtuple

CHIP_RATE = {"T": 100_000, "S": 32_768}
_PREAMBLE_S = {"T": 0.0005, "S": 0.018}
# A receiver listens for the next packet when the loop comes round to it, which takes 20 ms at most.
REARM_S = 0.02
_LOG_LIMIT = 100_000

# ends: time of the loop; packet: octets behind the sync word; whole: neither spoilt by another packet nor sent
# while the receiver was not listening.
Emission = namedtuple("Emission", ("starts", "ends", "packet", "whole"))


def airtime(packet: bytes, mode: str = "T") -> float:
    """Return the seconds that the octets behind the sync word are on the air."""
    return len(packet) * 8 / CHIP_RATE[mode]


class Air:
    """What the host board's radio hears. `port` is the TCP port of board/host/modules/sx1262_model.py."""

    def __init__(self, log_file=None, seed: int = 1):
        self.port = None
        self.heard = None  # a receiver sends nothing
        self.emissions = deque(maxlen=_LOG_LIMIT)
        self._writers = set()
        self._answers = deque()
        self._random = random.Random(seed)
        self._busy_until = 0.0
        self._server = None
        self._faults = deque()

    async def start(self):
        """Open the port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self):
        """Close the port."""
        for writer in self._writers:
            writer.close()
        self._server.close()

    def log(self) -> list:
        """Return what the adapter did on the air: nothing, it only receives."""
        return []

    def inject(self, fault):
        """Let fault(frames) -> frames damage the next packet."""
        self._faults.append(fault)

    async def send(self, frames: list, gap: float = 0.0):
        """Transmit packets of a meter, with gap seconds between them."""
        if self._faults:
            frames = self._faults.popleft()(frames)
        for index, frame in enumerate(frames):
            if index:
                await asyncio.sleep(gap)
            await self.emit(frame)

    async def emit(self, packet: bytes, mode: str = "T", dbm: int = -70) -> Emission:
        """Transmit one packet; return its Emission when it is over."""
        loop = asyncio.get_running_loop()
        starts = loop.time()
        clear = starts >= self._busy_until
        await asyncio.sleep(_PREAMBLE_S[mode])
        ends = loop.time() + airtime(packet, mode)
        heard = None
        if clear:
            self._busy_until = ends + REARM_S
            heard = self._deliver(packet, mode, dbm)
        else:
            self._busy_until = max(self._busy_until, ends + REARM_S)
        await asyncio.sleep(ends - loop.time())
        emission = Emission(starts, ends, bytes(packet), bool(heard) and await heard)
        self.emissions.append(emission)
        return emission

    async def noise(self):
        """Let the receiver find a sync word in noise."""
        loop = asyncio.get_running_loop()
        if loop.time() >= self._busy_until:
            self._busy_until = loop.time() + REARM_S
            self._deliver(self._random.randbytes(8), "T", -105)

    def _deliver(self, packet: bytes, mode: str, dbm: int) -> "asyncio.Future | None":
        """Return what becomes true if the receiver was listening; None without a receiver."""
        head = len(packet).to_bytes(2, "big") + bytes((ord(mode), -dbm))
        for writer in self._writers:
            writer.write(head + packet)
            answer = asyncio.get_running_loop().create_future()
            self._answers.append(answer)
            return answer
        return None

    async def _serve(self, reader, writer):
        self._writers.add(writer)
        with contextlib.suppress(ConnectionError):
            while answers := await reader.read(64):
                for octet in answers:
                    answer = self._answers.popleft()
                    if not answer.done():
                        answer.set_result(bool(octet))
        self._writers.discard(writer)
        while self._answers:
            self._answers.popleft().set_result(False)
        writer.close()
