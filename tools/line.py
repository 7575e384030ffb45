"""The wire between a meter and the adapter on this PC, served to `machine.UART` of the host board.

The adapter connects twice to one local port and says in its first line what the connection is for:

    data      octets of the wire in both directions, nothing else
    control   text lines: `init BAUD BITS PARITY STOP INV_RX INV_TX RXBUF`, answered `ok`;
              `read N` after the adapter took N octets out of its receive buffer;
              `pulse LEVEL US`, answered by the microseconds until the wire next has that level,
              and how long it then has it (machine.time_pulse_us), `-` for not within US

`Line` is a wire to a virtual meter, modelled bit by bit: wrong settings give the garbage a real
UART gives, and octets arrive when their stop bit does. `SerialLine` is a real serial device or pty.
Both keep the ESP32's rule that a full receive buffer drops what comes next and tells nobody.
"""

import asyncio
import contextlib
import json
import random
from collections import deque

import line_settings
from line_settings import LineSettings
from tools.wave import Receiver, Wave

_LOG_LIMIT = 200_000
_COALESCE = 0.001  # at 115200 baud a wake-up per octet would cost a core


class Port:
    """The side of the line that the adapter's UART connects to."""

    def __init__(self, log_file=None):
        self.port = None  # TCP port on 127.0.0.1, once started
        self.adapter = LineSettings(115200, 8, "N", 1, False)  # what the adapter receives with
        self.adapter_sends = self.adapter
        self.configured = asyncio.Event()
        self.overflowed = 0
        self._rxbuf = 256
        self._buffered = 0
        self._data = None
        self._server = None
        self._log = deque(maxlen=_LOG_LIMIT)
        self._log_file = log_file
        self._start = None

    async def start(self):
        """Open the port."""
        self._start = asyncio.get_running_loop().time()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self):
        """Close the port and what is connected to it."""
        if self._data:
            self._data.close()
        self._server.close()

    def log(self) -> list:
        """Return the line log: dicts with `t` (seconds since start) and what happened."""
        return list(self._log)

    def note(self, **event):
        """Add an event to the line log."""
        now = asyncio.get_running_loop().time() - self._start
        entry = {"t": round(now, 6), **event}
        self._log.append(entry)
        if self._log_file:
            self._log_file.write(json.dumps(entry) + "\n")

    def apply(self):
        """Put the adapter's settings into effect."""
        raise NotImplementedError

    def transmit(self, data: bytes):
        """Send towards the meter what the adapter wrote."""
        raise NotImplementedError

    def pulse(self, level: int, limit: int) -> tuple:
        """Return (microseconds until the level, how long it lasts), None for more than limit.

        A line whose level cannot be seen looks silent.
        """
        return (None, None) if level == 0 else (0, None)

    def deliver(self, data: bytes):
        """Put octets into the adapter's receive buffer as far as it has room."""
        room = self._rxbuf - self._buffered
        if self._data is None or self._data.is_closing():
            return
        if len(data) > room:
            self.overflowed += len(data) - room
            self.note(overflowed=len(data) - room)
            data = data[:room]
        if data:
            self._buffered += len(data)
            self._data.write(data)

    async def _serve(self, reader, writer):
        purpose = (await reader.readline()).strip()
        with contextlib.suppress(ConnectionError):
            if purpose == b"data":
                await self._serve_data(reader, writer)
            elif purpose == b"control":
                await self._serve_control(reader, writer)
        writer.close()

    async def _serve_data(self, reader, writer):
        self._data = writer
        self._buffered = 0
        while data := await reader.read(4096):
            self.note(by="adapter", wrote=data.hex())
            self.transmit(data)
        if self._data is writer:
            self._data = None

    async def _serve_control(self, reader, writer):
        while line := await reader.readline():
            word, *numbers = line.split()
            if word == b"read":
                self._buffered = max(0, self._buffered - int(numbers[0]))
            elif word == b"init":
                baud, bits, stop, inv_rx, inv_tx, rxbuf = (
                    int(numbers[i]) for i in (0, 1, 3, 4, 5, 6)
                )
                parity = numbers[2].decode()
                self.adapter = LineSettings(baud, bits, parity, stop, bool(inv_rx))
                self.adapter_sends = LineSettings(baud, bits, parity, stop, bool(inv_tx))
                self._rxbuf = rxbuf
                self.note(by="adapter", settings=line_settings.text(self.adapter))
                self.apply()
                self._buffered = 0  # a change of settings flushes the buffer
                self.configured.set()
                writer.write(b"ok\n")
            elif word == b"pulse":
                waited, width = self.pulse(int(numbers[0]), int(numbers[1]))
                answers = ["-" if time is None else str(time) for time in (waited, width)]
                writer.write((" ".join(answers) + "\n").encode())


class Direction:
    """One wire with its receiver: calls deliver(bytes) for characters at the time they are complete."""

    def __init__(self, idle: LineSettings, receives: LineSettings, deliver):
        self._loop = asyncio.get_running_loop()
        self.wave = Wave(0 if idle.invert else 1)
        self.receiver = Receiver(self.wave, receives)
        self._deliver = deliver
        self._timer = None

    def now(self) -> int:
        """Return the time of the wire in nanoseconds."""
        return int(self._loop.time() * 1_000_000_000)

    def changed(self):
        """Look again for the next character: the wire or the receiver's settings changed."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        self._pump()

    def _pump(self):
        batch = bytearray()
        while True:
            received = self.receiver.peek()
            if received is None or received.time > self.now():
                break
            batch.append(received.byte)
            self.receiver.accept(received)
        if batch:
            self._deliver(bytes(batch))
        if received is not None:
            earliest = self._loop.time() + _COALESCE if batch else 0
            self._timer = self._loop.call_at(max(received.time / 1e9, earliest), self._pump)

    def close(self):
        """Deliver nothing more."""
        if self._timer:
            self._timer.cancel()


class Line(Port):
    """A wire to a virtual meter.

    meter: the meter's own LineSettings. bit_errors: probability that a bit is turned over.
    noise: probability that a transmission has noise before and after it. seed makes both repeatable.
    """

    def __init__(self, meter: LineSettings, bit_errors=0.0, noise=0.0, seed=1, log_file=None):
        super().__init__(log_file)
        self.meter = meter
        self.bit_errors = bit_errors
        self.noise = noise
        self.heard = None  # called with octets that the meter receives
        self.connected = True
        self._random = random.Random(seed)
        self._faults = deque()
        self._to_adapter = None
        self._to_meter = None

    async def start(self):
        await super().start()
        self._to_adapter = Direction(self.meter, self.adapter, self._adapter_received)
        self._to_meter = Direction(self.adapter_sends, self.meter, self._meter_received)

    async def stop(self):
        self._to_adapter.close()
        self._to_meter.close()
        await super().stop()

    def plug(self, meter: LineSettings):
        """Connect another meter with its own line settings."""
        self.meter = meter
        self._to_adapter.wave.drive(0 if meter.invert else 1, self._to_adapter.now())
        self._to_adapter.changed()
        self._to_meter.receiver.apply(meter, self._to_meter.now())
        self._to_meter.changed()

    def inject(self, fault):
        """Let fault(frames) -> frames damage the next telegram; several wait their turn."""
        self._faults.append(fault)

    async def send(self, frames: list, gap: float = 0.0):
        """Transmit a meter's frames with gap seconds between them; return when the last bit is out."""
        frames = list(frames)
        if self._faults:
            fault = self._faults.popleft()
            frames = fault(frames)
            self.note(by="line", fault=getattr(fault, "__name__", "fault"))
        if self.noise and self._random.random() < self.noise:
            frames = [self._noise(), *frames, self._noise()]
        for index, frame in enumerate(frames):
            if index:
                await asyncio.sleep(gap)
            self.note(by="meter", sent=frame.hex())
            await self.put(frame)

    async def put(self, data: bytes):
        """Transmit octets with the meter's settings; return when the last bit is out."""
        if not self.connected or not data:
            return
        wire = self._to_adapter
        damage = self._damage if self.bit_errors else None
        end = wire.wave.send(data, self.meter, wire.now(), damage)
        wire.changed()
        await asyncio.sleep((end - wire.now()) / 1e9)

    def pulse(self, level: int, limit: int) -> tuple:
        wave, now = self._to_adapter.wave, self._to_adapter.now()
        start = now if wave.level(now) == level else wave.next_edge(now, level)
        if start is None or start - now > limit * 1000:
            return None, None
        end = wave.next_edge(start + 1, 1 - level)
        if end is None or end - start > limit * 1000:
            return (start - now) // 1000, None
        return (start - now) // 1000, (end - start) // 1000

    def transmit(self, data: bytes):
        wire = self._to_meter
        wire.wave.send(data, self.adapter_sends, wire.now())
        wire.changed()

    def apply(self):
        self._to_adapter.receiver.apply(self.adapter, self._to_adapter.now())
        self._to_adapter.changed()
        if self._to_meter.wave.end <= self._to_meter.now():
            level = 0 if self.adapter_sends.invert else 1
            self._to_meter.wave.drive(level, self._to_meter.now())
            self._to_meter.changed()

    def _damage(self, bit):
        return 1 - bit if self._random.random() < self.bit_errors else bit

    def _noise(self):
        return self._random.randbytes(self._random.randint(1, 20))

    def _adapter_received(self, data):
        if self._data:  # before the adapter opens its UART nobody receives
            self.note(by="adapter", received=data.hex())
            self.deliver(data)

    def _meter_received(self, data):
        self.note(by="meter", received=data.hex())
        if self.heard and self.connected:
            self.heard(data)


class SerialLine(Port):
    """A real serial device or a pty in place of the virtual meter.

    It cannot invert; a device that needs it must do it in hardware.
    """

    def __init__(self, device: str, log_file=None):
        super().__init__(log_file)
        self._device = device
        self._serial = None

    async def start(self):
        """Open the port; raises OSError where the device cannot be opened."""
        import serial

        await super().start()
        self._serial = serial.Serial(self._device, timeout=0, write_timeout=1)
        asyncio.get_running_loop().add_reader(self._serial.fileno(), self._readable)

    async def stop(self):
        if self._serial:
            asyncio.get_running_loop().remove_reader(self._serial.fileno())
            self._serial.close()
        await super().stop()

    def apply(self):
        import termios

        serial, adapter = self._serial, self.adapter
        try:
            serial.baudrate, serial.bytesize = adapter.baud, adapter.bits
            serial.parity, serial.stopbits = adapter.parity, adapter.stop
        except (termios.error, OSError, ValueError) as error:
            # A pty has no bit times and refuses parity; what it carries arrives all the same.
            self.note(by="line", refused=str(error))
        serial.reset_input_buffer()

    def transmit(self, data: bytes):
        self._serial.write(data)

    def _readable(self):
        try:
            data = self._serial.read(4096)
        except OSError as error:
            asyncio.get_running_loop().remove_reader(self._serial.fileno())
            self.note(by="line", lost=str(error))
            return
        if data:
            self.note(by="adapter", received=data.hex())
            self.deliver(data)


def flip(octet: int, bit: int):
    """Fault: turn over a bit of an octet of the telegram, counted over all its frames."""

    def bit_flipped(frames):
        frames = [bytearray(frame) for frame in frames]
        index = octet
        for frame in frames:
            if index < len(frame):
                frame[index] ^= 1 << bit
                break
            index -= len(frame)
        return [bytes(frame) for frame in frames]

    return bit_flipped


def lose(octet: int, count: int = 1):
    """Fault: octets of the first frame do not arrive."""

    def octets_lost(frames):
        return [frames[0][:octet] + frames[0][octet + count :], *frames[1:]]

    return octets_lost


def cut(length: int):
    """Fault: the telegram ends after so many octets of its first frame."""

    def telegram_cut(frames):
        return [frames[0][:length]]

    return telegram_cut


def noise(before: bytes = b"", after: bytes = b""):
    """Fault: octets that belong to nothing run into the telegram before and after it."""

    def noise_around(frames):
        frames = list(frames)
        frames[0] = before + frames[0]
        frames[-1] = frames[-1] + after
        return frames

    return noise_around


def silent():
    """Fault: the telegram is not sent at all."""

    def telegram_missing(frames):
        return []

    return telegram_missing
